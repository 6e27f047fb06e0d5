// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/price_list.h>

#include <algorithm>

#include <snnvp/platform/config/params.h>
#include <snnvp/platform/report/technology_params.h>

namespace snnvp {
namespace {

ParamSpec text(const char* name, const char* doc) { return required_param(name, ParamType::text, doc); }

std::vector<ParamSpec> price_list_specs(const Technology& technology) {
  const ParamSpec power = group("power",
                                {text("key", "name of the row in the ledger"), text("price", "path of the published power in mW"),
                                 param("unit", "", "unit whose busy time counts; empty: elapsed time"),
                                 quantity("at", Dimension::frequency, 0, "clock the figure was published for")},
                                "published power of a part");
  const ParamSpec statistic = group(
      "statistic",
      {text("key", "name of the row in the ledger"), text("statistic", "statistic of the block"), text("price", "path of the price in pJ")},
      "a priced statistic");
  const ParamSpec event = group("event",
                                {text("key", "event key"), text("price", "path of the price in pJ"),
                                 param("times", 1.0, "how often the event costs it").range(0, 1e12)},
                                "a priced event");
  ParamSpec other;
  other.type = ParamType::text;
  const ParamSpec kind = group("block",
                               {text("kind", "kind of the blocks"), list_of("also", other, "kinds that have the same figures"),
                                list_of("power", power, "published powers"), list_of("statistics", statistic, "priced statistics"),
                                list_of("events", event, "priced events")},
                               "published figures of a kind");
  const ParamSpec exception = group("exception", {text("kind", "kind of the blocks"), text("reason", "why they are not counted")}, "");
  return {text("doc", "one line for people"),
          param("warning", "", "told with every run that uses the list"),
          group("set", technology_params(technology), "technology parameters this list sets"),
          list_of("blocks", kind, "published figures by kind"),
          list_of("not_counted", exception, "kinds whose energy this list leaves out"),
          param("fallback", "none", "prices of all other kinds").choices({"none", "bottom_up"})};
}

const std::string& text_at(const Value& record, const char* name) { return record.find(name)->as_text(); }

}  // namespace

const PriceList::Kind* PriceList::find(const std::string& kind) const {
  const auto it = std::find_if(blocks.begin(), blocks.end(), [&](const Kind& k) { return k.kind == kind; });
  return it == blocks.end() ? nullptr : &*it;
}

const PriceList::Exception* PriceList::find_exception(const std::string& kind) const {
  const auto it = std::find_if(not_counted.begin(), not_counted.end(), [&](const Exception& e) { return e.kind == kind; });
  return it == not_counted.end() ? nullptr : &*it;
}

PriceList read_price_list(const Technology& technology, const std::string& name) {
  Diagnostics diagnostics;
  const Value checked =
      check_params(&technology.price_list(name), price_list_specs(technology), "price list " + name, "price_lists." + name, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);

  PriceList list;
  list.name = name;
  list.doc = text_at(checked, "doc");
  list.warning = text_at(checked, "warning");
  list.set = *checked.find("set");
  list.falls_back_to_bottom_up = text_at(checked, "fallback") == "bottom_up";
  for (const Value& block : checked.find("blocks")->items()) {
    PriceList::Kind kind;
    kind.kind = text_at(block, "kind");
    for (const Value& v : block.find("power")->items())
      kind.powers.push_back({text_at(v, "key"), text_at(v, "price"), text_at(v, "unit"), v.find("at")->as_double()});
    for (const Value& v : block.find("statistics")->items())
      kind.statistics.push_back({text_at(v, "key"), text_at(v, "statistic"), text_at(v, "price")});
    for (const Value& v : block.find("events")->items())
      kind.events.push_back({text_at(v, "key"), text_at(v, "price"), v.find("times")->as_double()});
    for (const Value& v : block.find("also")->items()) {
      list.blocks.push_back(kind);
      list.blocks.back().kind = v.as_text();
    }
    list.blocks.push_back(std::move(kind));
  }
  for (const Value& v : checked.find("not_counted")->items()) list.not_counted.push_back({text_at(v, "kind"), text_at(v, "reason")});
  return list;
}

}  // namespace snnvp
