// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/ledger_notes.h>

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace snnvp {
namespace {

std::string percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

/// The footnote of section 4.8: how much of the total rests on remembered or guessed prices.
void note_weak_share(Ledger& ledger) {
  std::map<std::string, double> weak;
  double weak_j = 0;
  for (const LedgerRow& row : ledger.rows)
    if (row.status == "memory" || row.status == "guess") weak[row.path] += row.energy_j, weak_j += row.energy_j;
  if (ledger.total_j <= 0 || weak_j <= ledger.settings.weak_share_mark * ledger.total_j) return;

  std::vector<std::pair<std::string, double>> largest(weak.begin(), weak.end());
  std::stable_sort(largest.begin(), largest.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (largest.size() > 3) largest.resize(3);
  std::vector<std::string> names;
  for (const auto& [path, energy_j] : largest) names.push_back(fmt::format("{} ({})", path, percent(energy_j / ledger.total_j)));
  ledger.notes.push_back(fmt::format("{} of the total rests on remembered or guessed constants, most on {}.",
                                     percent(weak_j / ledger.total_j), join_names(names)));
}

/// A static total means nothing without temperature, device class and voltage.
void note_conditions(Ledger& ledger, const PriceContext& context) {
  if (ledger.static_j > 0) {
    std::set<double> voltages;
    for (const PriceContext::Block& block : context.blocks)
      if (!block.leakage.empty()) voltages.insert(block.vdd);
    std::vector<std::string> texts;
    for (const double vdd : voltages) texts.push_back(fmt::format("{:.3g} V", vdd));
    const TechnologySettings& s = ledger.settings;
    const std::string on_dies = s.is_thermal ? "the temperatures of the thermal model (other blocks: " : "";
    ledger.notes.push_back(fmt::format("Static energy holds at {}{:.5g} K{} for {} SRAM and {} logic{}{}.", on_dies, s.temperature,
                                       s.is_thermal ? ")" : "", s.sram_device, s.logic_vt, texts.empty() ? "" : " at ", join_names(texts)));
  }
  const auto has_power = [](const PriceContext::Block& block) { return !block.powers.empty(); };
  if (std::any_of(context.blocks.begin(), context.blocks.end(), has_power))
    ledger.notes.push_back(
        fmt::format("Calibrated to published figures (price list {}): leakage is inside the published power.", ledger.settings.preset));
  const auto extrapolated = std::count_if(ledger.rows.begin(), ledger.rows.end(), [](const LedgerRow& r) { return r.is_extrapolated; });
  if (extrapolated == 1) ledger.notes.push_back("1 row uses a price from outside its table (extrapolated).");
  if (extrapolated > 1) ledger.notes.push_back(fmt::format("{} rows use prices from outside their tables (extrapolated).", extrapolated));
  for (const PriceContext::Block& block : context.blocks)
    for (const std::string& note : block.notes) ledger.notes.push_back(note + '.');
}

void note_area(Ledger& ledger, const PriceContext& context) {
  double sum_mm2 = 0;
  for (const PriceContext::Block& block : context.blocks) {
    if (!block.area) continue;
    ledger.area[block.name] = *block.area;
    sum_mm2 += block.area->total_mm2;
  }
  ledger.chip_area_mm2 = sum_mm2 * context.top_level_overhead;
}

/// What one block's rows say about its plausibility.
struct BlockSums {
  double dram_j = 0, dram_bits = 0, sram_j = 0, logic_j = 0;
};

BlockSums sums_of(const Ledger& ledger, const std::string& block) {
  BlockSums sums;
  std::map<std::string, std::uint64_t> bits;  // a key has one row for each part of its price
  for (const LedgerRow& row : ledger.rows) {
    if (row.block != block) continue;
    const bool is_dram = row.key.rfind("dram_", 0) == 0 || row.key == "standby.dram";
    if (is_dram) sums.dram_j += row.energy_j;
    if (row.key == "dram_rd_bit" || row.key == "dram_wr_bit" || row.key == "dram_bit") bits[row.key] = row.count;
    if (row.key.rfind("sram_", 0) == 0)
      sums.sram_j += row.energy_j;
    else if (!is_dram && !row.is_static)
      sums.logic_j += row.energy_j;
  }
  for (const auto& [key, count] : bits) sums.dram_bits += static_cast<double>(count);
  return sums;
}

std::uint64_t fastest_clock(const BlockActivity& activity) {
  std::uint64_t hz = 0;
  for (const auto& [name, unit] : activity.units) hz = std::max(hz, unit.hz);
  return hz;
}

void warn_block(Ledger& ledger, const PriceContext::Block& block, const BlockActivity& activity, double elapsed_s) {
  const auto warn = [&](std::string rule, std::string text, std::string advice) {
    ledger.warnings.push_back({std::move(rule), block.name, std::move(text), std::move(advice)});
  };
  for (const auto& [name, unit] : activity.units) {
    const double busy = elapsed_s > 0 ? static_cast<double>(unit.busy) / static_cast<double>(unit.hz) / elapsed_s : 0;
    if (unit.busy == 0)
      warn("energy.unit_never_busy", fmt::format("unit '{}' was never busy", name), "check that work reaches this block");
    else if (busy > 0.9999)
      warn("energy.unit_always_busy", fmt::format("unit '{}' was busy for the whole run", name), "it may limit the run");
  }

  const BlockSums sums = sums_of(ledger, block.name);
  if (sums.dram_bits > 0) {
    const double pj_per_bit = sums.dram_j * 1e12 / sums.dram_bits;
    if (pj_per_bit < 4 || pj_per_bit > 30)
      warn("energy.dram_per_bit", fmt::format("DRAM costs {:.3g} pJ per bit, standby included; 4 to 30 is usual", pj_per_bit),
           "at low use standby dominates; check device, channels and run time");
  }
  const double hz = static_cast<double>(fastest_clock(activity));
  if (block.mode == EnergyMode::calibrated || block.node_nm != 28 || !block.area || hz == 0 || elapsed_s <= 0) return;
  const double scale = 1.5 * hz / 500e6;
  const auto check_density = [&](const char* what, double energy_j, double mm2, double usual) {
    if (mm2 <= 0) return;
    const double density = energy_j / elapsed_s * 1e3 / mm2;
    if (density > usual * scale)
      warn("energy.power_density",
           fmt::format("{} at {:.3g} mW/mm2; published 28 nm designs reach {:.3g} at this clock", what, density, usual * scale / 1.5),
           "check counts and area of the block");
  };
  check_density("logic runs", sums.logic_j, block.area->logic_mm2, 270);
  check_density("SRAM runs", sums.sram_j, block.area->sram_mm2, 100);
}

void warn_total(Ledger& ledger) {
  if (ledger.total_j <= 0) return;
  const auto warn = [&](std::string rule, std::string text, std::string advice) {
    ledger.warnings.push_back({std::move(rule), {}, std::move(text), std::move(advice)});
  };
  if (ledger.static_j > 0.5 * ledger.total_j)
    warn("energy.static_share", fmt::format("{} of the energy is static", percent(ledger.static_j / ledger.total_j)),
         "the platform mostly waits: check utilisation, DRAM standby and the SRAM device class");
  // Of published figures one is expected to dominate.
  if (ledger.settings.mode == EnergyMode::bottom_up)
    if (const auto largest = largest_shares(ledger, 1); !largest.empty() && largest[0]->share > 0.5)
      warn("energy.one_constant", fmt::format("{} of the energy hangs on {}", percent(largest[0]->share), largest[0]->constant.path),
           largest[0]->constant.has_band()
               ? fmt::format("its band is {:.3g} to {:.3g} {}", largest[0]->constant.lo, largest[0]->constant.hi, largest[0]->constant.unit)
               : "no band of it is known");
  std::map<std::pair<std::string, std::string>, std::uint64_t> synops;
  for (const LedgerRow& row : ledger.rows)
    if (row.key.rfind("spike_acc.", 0) == 0 || row.key == "synop") synops[{row.block, row.key}] = row.count;
  double count = 0;
  for (const auto& [key, n] : synops) count += static_cast<double>(n);
  if (count > 0) {
    const double pj = ledger.total_j * 1e12 / count;
    if (pj < 0.1 || pj > 50)
      warn("energy.per_synop", fmt::format("{:.3g} pJ per addition done; 0.1 to 50 is usual for a synaptic operation", pj),
           "check what is counted: memory traffic and idle time weigh most");
  }
}

}  // namespace

void annotate(Ledger& ledger, const PriceContext& context, const PricingInput& input) {
  if (!context.warning.empty()) ledger.warnings.push_back({"energy.price_list", {}, context.warning, {}});
  note_weak_share(ledger);
  note_conditions(ledger, context);
  note_area(ledger, context);
  for (const PriceContext::Block& block : context.blocks) {
    if (!block.not_counted.empty()) continue;
    const auto it = std::find_if(input.blocks.begin(), input.blocks.end(), [&](const BlockActivity& a) { return a.name == block.name; });
    if (it != input.blocks.end()) warn_block(ledger, block, *it, input.elapsed_s);
  }
  warn_total(ledger);
}

}  // namespace snnvp
