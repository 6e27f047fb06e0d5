// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/technology_params.h>

#include <charconv>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/price_list.h>

namespace snnvp {
namespace {

ParamSpec from_preset(ParamSpec spec) {
  spec.default_value = Value();
  return spec.price().from("spec/energy.md 3");
}

ParamSpec preset_choice(std::string name, std::vector<std::string> allowed, std::string doc) {
  return from_preset(param(std::move(name), "", std::move(doc)).choices(std::move(allowed)));
}

/// Null unless it is given.
ParamSpec timing_choice(std::string name, std::vector<std::string> allowed, std::string doc) {
  ParamSpec spec = param(std::move(name), "", std::move(doc)).choices(std::move(allowed));
  spec.default_value = Value();
  return spec.from("decision 68");
}

ParamSpec on_off(std::string name, std::string doc) { return preset_choice(std::move(name), {"on", "off"}, std::move(doc)); }

std::vector<ParamSpec> constant_fields() {
  return {required_param("value", ParamType::real, "the number"),
          required_param("unit", ParamType::text, "its unit, as in the technology file"),
          required_param("lo", ParamType::real, "lower end of the plausible band"),
          required_param("hi", ParamType::real, "upper end of the plausible band"),
          required_param("status", ParamType::text, "how the number was obtained").choices(status_words()),
          required_param("source", ParamType::text, "where the number comes from"),
          param("note", "", "anything else worth knowing")};
}

/// Position of `technology.<key>`, as exact as the document allows.
SourcePos position(const Node* section, const std::string& key) {
  if (!section) return {};
  if (const Node* node = section->find(key)) return node->pos;
  return section->pos;
}

/// Reads the overrides below `technology.prices`; a dotted path may have been written nested.
void read_prices(const Value& prices, const std::string& prefix, const Node* section, std::map<std::string, Constant>& result,
                 Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < prices.items().size(); ++i) {
    const Value& item = prices.items()[i];
    const std::string path = prefix + prices.keys()[i];
    if (!item.find("value")) {
      read_prices(item, path + '.', section, result, diagnostics);
      continue;
    }
    // Fields that are missing or wrong have been reported when the section was checked.
    const auto is_missing = [&item](const char* name) { return !item.find(name) || item.find(name)->is_null(); };
    if (is_missing("value") || is_missing("lo") || is_missing("hi") || is_missing("unit") || is_missing("status") || is_missing("source"))
      continue;
    Constant c;
    c.path = path;
    c.value = item.find("value")->as_double();
    c.lo = item.find("lo")->as_double(), c.hi = item.find("hi")->as_double();
    c.unit = item.find("unit")->as_text(), c.status = item.find("status")->as_text(), c.source = item.find("source")->as_text();
    if (const Value* note = item.find("note"); note && !note->is_null()) c.note = note->as_text();
    if (!(c.lo > 0) || c.lo > c.value || c.value > c.hi) {
      const Node* all = section ? section->find("prices") : nullptr;
      const Node* node = all ? all->find(path) : nullptr;
      diagnostics.error(node ? node->pos : position(section, "prices"), "technology.prices." + path,
                        fmt::format("lo {}, value {}, hi {} are out of order", c.lo, c.value, c.hi), "a price needs 0 < lo <= value <= hi");
    }
    result[path] = std::move(c);
  }
}

/// Looks a parameter up in the scenario, then in the preset.
class Layers {
public:
  Layers(const Value& scenario, const Value& preset) : scenario_(scenario), preset_(preset) {}

  const Value* find(const char* name) const {
    for (const Value* layer : {&scenario_, &preset_})
      if (const Value* v = layer->find(name); v && !v->is_null()) return v;
    return nullptr;
  }
  void read(const char* name, std::string& result) const {
    if (const Value* v = find(name)) result = v->as_text();
  }
  void read(const char* name, double& result) const {
    if (const Value* v = find(name)) result = v->as_double();
  }
  void read_on_off(const char* name, bool& result) const {
    if (const Value* v = find(name)) result = v->as_text() == "on";
  }

private:
  const Value& scenario_;
  const Value& preset_;
};

/// A quantity in K, or the word thermal.
void read_temperature(const Layers& layers, const Node* section, TechnologySettings& settings, Diagnostics& diagnostics) {
  std::string text;
  layers.read("temperature", text);
  settings.is_thermal = text == "thermal";
  if (text.empty() || settings.is_thermal) return;
  const ParsedNumber kelvin = parse_quantity(text, Dimension::temperature);
  const std::string allowed = "allowed: 250 K to 450 K, or thermal";
  if (!kelvin)
    diagnostics.error(position(section, "temperature"), "technology.temperature", kelvin.problem, allowed);
  else if (kelvin.value.as_double() < 250 || kelvin.value.as_double() > 450)
    diagnostics.error(position(section, "temperature"), "technology.temperature", quote(text) + " is out of range", allowed);
  else
    settings.temperature = kelvin.value.as_double();
}

}  // namespace

const char* to_string(EnergyMode mode) { return mode == EnergyMode::bottom_up ? "bottom_up" : "calibrated"; }

std::vector<ParamSpec> technology_params(const Technology& technology) {
  const auto quantity_of = [](const char* name, Dimension dimension, double lo, double hi, const char* doc) {
    return from_preset(quantity(name, dimension, 0.0, doc).range(lo, hi));
  };
  return {
      param("preset", "generic28", "price list; sets the fields below, which the scenario may override")
          .choices(technology.price_lists())
          .price()
          .from("spec/energy.md 6.4"),
      preset_choice("mode", {"bottom_up", "calibrated"}, "events times prices, or the published figures of the price list"),
      preset_choice("node_nm", {"65", "45", "28", "22", "16", "7", "5"}, "node of logic and SRAM in nm (28)"),
      quantity_of("vdd", Dimension::voltage, 0.4, 1.5, "supply voltage (nominal of the node)"),
      from_preset(param("temperature", "", "die temperature for leakage, 250 K to 450 K (350 K); thermal: of the models.thermal block")),
      preset_choice("sram_device", {"lstp", "mixed", "hp", "lop"}, "device class of SRAM (lstp)"),
      preset_choice("logic_vt", {"hvt", "lvt"}, "threshold class, for the leakage of logic (hvt)"),
      on_off("sram_corrections", "multipliers between SRAM tables and real macros (on)"),
      preset_choice("dram_mode", {"event", "const"}, "DRAM by activations, bits and refreshes, or one constant per bit (event)"),
      on_off("noc_multiplier", "multiplier between router model and published routers (on)"),
      on_off("overheads", "clock, control and wire on top of datapath energy (on)"),
      map_of("prices", group("constant", constant_fields(), "a constant that replaces the one at this path, or prices custom.<name>"),
             "price overrides by path")
          .price()
          .from("spec/energy.md 3"),
      timing_choice("timing_node", {"65", "45", "28", "22", "16", "7", "5"},
                    "node of latencies that follow from the tables, in nm (node_nm)"),
      timing_choice("timing_sram_device", {"lstp", "mixed", "hp", "lop"},
                    "SRAM class of latencies that follow from the tables (sram_device)"),
      param("draws", 1000, "random draws for the uncertainty band").range(1, 1e6).price().from("spec/energy.md 4.7"),
      param("seed", 1, "seed of the draws").at_least(0).price().from("spec/energy.md 4.7"),
      param("weak_share_mark", 0.2, "share of remembered or guessed constants from which a total gets a footnote")
          .range(0, 1)
          .price()
          .from("spec/energy.md 4.8"),
  };
}

TechnologySettings resolve_settings(const PriceList& list, const Value& params, const Node* node, Diagnostics& diagnostics) {
  TechnologySettings s;
  s.preset = list.name;
  const Layers layers(params, list.set);
  std::string mode = "bottom_up", node_nm = "28", dram_mode = "event";
  layers.read("mode", mode);
  layers.read("node_nm", node_nm);
  layers.read("dram_mode", dram_mode);
  s.mode = mode == "calibrated" ? EnergyMode::calibrated : EnergyMode::bottom_up;
  s.dram_event_mode = dram_mode == "event";
  std::from_chars(node_nm.data(), node_nm.data() + node_nm.size(), s.node_nm);
  layers.read("vdd", s.vdd);
  read_temperature(layers, node, s, diagnostics);
  layers.read("sram_device", s.sram_device);
  std::string timing_node = std::to_string(s.node_nm);
  s.timing_sram_device = s.sram_device;
  layers.read("timing_node", timing_node);
  layers.read("timing_sram_device", s.timing_sram_device);
  std::from_chars(timing_node.data(), timing_node.data() + timing_node.size(), s.timing_node);
  layers.read("logic_vt", s.logic_vt);
  layers.read_on_off("sram_corrections", s.sram_corrections);
  layers.read_on_off("noc_multiplier", s.noc_multiplier);
  layers.read_on_off("overheads", s.overheads);
  if (const Value* draws = params.find("draws")) s.draws = static_cast<unsigned>(draws->as_u64());
  if (const Value* seed = params.find("seed")) s.seed = seed->as_u64();
  if (const Value* mark = params.find("weak_share_mark")) s.weak_share_mark = mark->as_double();
  for (const Value* layer : {&list.set, &params})
    if (const Value* prices = layer->find("prices")) read_prices(*prices, {}, layer == &params ? node : nullptr, s.prices, diagnostics);
  if (s.mode == EnergyMode::calibrated && list.blocks.empty())
    diagnostics.error(position(node, "mode"), "technology.mode", fmt::format("price list '{}' holds no published figures", s.preset),
                      "choose another preset, or mode: bottom_up");
  return s;
}

}  // namespace snnvp
