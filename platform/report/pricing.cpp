// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/pricing.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/report/price_book.h>
#include <snnvp/platform/report/price_list.h>

namespace snnvp {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Nothing to count and nothing that leaks: a probe, a wire.
bool has_nothing_to_price(const BlockDeclaration& block) {
  return block.event_keys.empty() && block.units.empty() && block.macros.empty() && block.logic_area_mm2 == 0 && !block.area_mm2 &&
         block.flops == 0;
}

/// Resolves the blocks of one platform against one price list.
class Resolver {
public:
  Resolver(const Technology& technology, const PriceList& list, PriceContext& context, Diagnostics& diagnostics)
      : technology_(technology),
        list_(list),
        context_(context),
        diagnostics_(diagnostics),
        book_(technology, context.settings, context.constants) {}

  void check_overrides(const std::vector<BlockDeclaration>& blocks, const Node* section) {
    const Node* prices = section ? section->find("prices") : nullptr;
    for (const auto& [path, constant] : context_.settings.prices) {
      const bool is_key =
          path.rfind("custom.", 0) == 0 ||
          std::any_of(blocks.begin(), blocks.end(), [&p = path](const BlockDeclaration& b) { return contains(b.event_keys, p); });
      if (is_key || technology_.find(path)) continue;
      const Node* node = prices ? prices->find(path) : nullptr;
      diagnostics_.error(node     ? node->pos
                         : prices ? prices->pos
                                  : SourcePos{},
                         "technology.prices." + path,
                         "there is no such price: neither a path of the technology files nor an event key of a block",
                         nearest_price(path, blocks));
    }
  }

  /// What may have been meant: an entry of the technology file that the path begins with, else an event key.
  std::string nearest_price(const std::string& path, const std::vector<BlockDeclaration>& blocks) const {
    if (std::string why = technology_.why_missing(path); !why.empty()) return why;
    std::vector<std::string> keys;
    for (const BlockDeclaration& block : blocks) keys.insert(keys.end(), block.event_keys.begin(), block.event_keys.end());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const std::string guess = did_you_mean(path, keys);
    return "event keys of this platform: " + join_names(keys, 40) + (guess.empty() ? "" : "   " + guess);
  }

  void add(const BlockDeclaration& block) {
    PriceContext::Block out;
    out.name = block.name;
    out.kind = block.kind;
    out.not_counted = block.not_counted;
    out.power_gated_when_idle = block.power_gated_when_idle;
    if (out.not_counted.empty() && has_nothing_to_price(block)) out.not_counted = "declares nothing that has a price";
    if (context_.settings.mode == EnergyMode::calibrated) {
      if (const auto* exception = list_.find_exception(block.kind); exception && out.not_counted.empty())
        out.not_counted = exception->reason;
    }
    if (out.not_counted.empty()) {
      try {
        fill(block, out);
      } catch (const UnpricedKey& unpriced) {
        report(block, unpriced);
      } catch (const MissingSramDevice& missing) {
        report(block, {missing.what(), {}});
      }
    }
    context_.blocks.push_back(std::move(out));
  }

private:
  void report(const BlockDeclaration& block, const UnpricedKey& unpriced) {
    diagnostics_.error(block.pos, block.path,
                       fmt::format("block '{}' ({}): {} in price list '{}'", block.name, block.kind, unpriced.problem, list_.name),
                       unpriced.hint);
  }

  void fill(const BlockDeclaration& block, PriceContext::Block& out) {
    if (context_.settings.mode == EnergyMode::calibrated) {
      if (const PriceList::Kind* published = list_.find(block.kind)) return fill_calibrated(block, *published, out);
      if (!list_.falls_back_to_bottom_up)
        throw UnpricedKey{fmt::format("no published figures for kind '{}'", block.kind),
                          "this price list is calibrated: choose another preset, or set technology.mode: bottom_up"};
    }
    fill_bottom_up(block, out);
  }

  void fill_calibrated(const BlockDeclaration& block, const PriceList::Kind& published, PriceContext::Block& out) {
    out.mode = EnergyMode::calibrated;
    for (const PriceList::Power& power : published.powers) {
      if (!power.unit.empty() && !contains(block.units, power.unit))
        throw UnpricedKey{
            fmt::format("the published power '{}' needs the busy time of unit '{}', which the block does not have", power.key, power.unit),
            block.units.empty() ? "it has no units" : "its units: " + join_names(block.units)};
      out.powers.push_back({power.key, power.unit, power.hz, book_.term(power.price, 1, "mW")});
    }
    for (const PriceList::Statistic& priced : published.statistics) {
      if (!contains(block.statistics, priced.statistic))
        throw UnpricedKey{fmt::format("the price '{}' needs statistic '{}', which the block does not have", priced.key, priced.statistic),
                          did_you_mean(priced.statistic, block.statistics)};
      out.statistics.push_back({priced.key, priced.statistic, book_.term(priced.price)});
    }
    for (const PriceList::Event& event : published.events) out.prices[event.key].terms.push_back(book_.term(event.price, event.times));
    // A published power contains whatever the block counts; without one, every event needs its own price.
    for (const std::string& key : block.event_keys) {
      if (out.prices.count(key)) continue;
      if (published.powers.empty()) report(block, {fmt::format("no price for event key '{}'", key), {}});
      out.prices[key].included_in = "the published power";
    }
  }

  /// A block's own node and device class; the platform's have been checked with the section.
  static void check_process(const BlockDeclaration& block) {
    static const std::vector<int> nodes = {65, 45, 28, 22, 16, 7, 5};
    static const std::vector<std::string> devices = {"lstp", "mixed", "hp", "lop"};
    if (block.node_nm && std::find(nodes.begin(), nodes.end(), *block.node_nm) == nodes.end())
      throw UnpricedKey{fmt::format("there are no prices at {} nm", *block.node_nm), "known nodes: 65, 45, 28, 22, 16, 7, 5"};
    if (block.sram_device && !contains(devices, *block.sram_device))
      throw UnpricedKey{fmt::format("there is no SRAM device class '{}'", *block.sram_device),
                        "known: " + join_names(devices) + "; " + did_you_mean(*block.sram_device, devices)};
  }

  void fill_bottom_up(const BlockDeclaration& block, PriceContext::Block& out) {
    check_process(block);
    out.node_nm = book_.node_of(block);
    out.vdd = book_.vdd_of(block);
    bool has_dram = false;
    for (const std::string& key : block.event_keys) {
      try {
        out.prices[key] = book_.price(key, block);
      } catch (const UnpricedKey& unpriced) {
        report(block, unpriced);
        continue;
      }
      has_dram = has_dram || key.rfind("dram_", 0) == 0;
      if (const std::string& where = out.prices[key].included_in; !where.empty())
        out.notes.push_back(fmt::format("{}: {} is in {}", block.name, key, where));
    }
    if (std::any_of(out.prices.begin(), out.prices.end(), [](const auto& p) { return p.second.is_datapath; }))
      out.overheads = book_.overheads();
    if (block.energy_factor != 1) {
      const Constant factor{block.path + ".params.preset",
                            block.energy_factor,
                            "x",
                            block.energy_factor,
                            block.energy_factor,
                            "read-secondary",
                            block.energy_factor_source,
                            {}};
      PriceTerm term;
      term.origin = context_.constants.add(factor);
      term.factors.push_back({term.origin});
      term.unit = "x";
      out.preset_factor = std::move(term);
    }
    if (has_dram) {
      if (std::string note = book_.dram_note(block); !note.empty()) out.notes.push_back(std::move(note));
      out.standby_active = book_.dram_standby(block, true);
      out.standby_idle = book_.dram_standby(block, false);
    }
    out.leakage = book_.leakage(block);
    const BlockArea area = book_.area(block);
    if (area.total_mm2 > 0) out.area = area;
  }

  const Technology& technology_;
  const PriceList& list_;
  PriceContext& context_;
  Diagnostics& diagnostics_;
  PriceBook book_;
};

}  // namespace

PriceContext resolve_prices(const Technology& technology, const Value& technology_params, const std::vector<BlockDeclaration>& blocks,
                            Diagnostics& diagnostics, const Node* technology_node) {
  const Value* preset = technology_params.find("preset");
  const PriceList list = read_price_list(technology, preset && !preset->is_null() ? preset->as_text() : "generic28");

  PriceContext context;
  context.settings = resolve_settings(list, technology_params, technology_node, diagnostics);
  context.warning = list.warning;
  Resolver resolver(technology, list, context, diagnostics);
  resolver.check_overrides(blocks, technology_node);

  std::vector<const BlockDeclaration*> by_name;
  for (const BlockDeclaration& block : blocks) by_name.push_back(&block);
  std::sort(by_name.begin(), by_name.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const BlockDeclaration* block : by_name) resolver.add(*block);

  const bool has_area = std::any_of(context.blocks.begin(), context.blocks.end(), [](const auto& b) { return b.area.has_value(); });
  if (has_area) context.top_level_overhead = technology.constant("arithmetic.area_28nm.top_level_overhead").value;
  return context;
}

}  // namespace snnvp
