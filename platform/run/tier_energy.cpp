// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/tier_energy.h>

#include <algorithm>

#include <snnvp/platform/report/price_list.h>

namespace snnvp {
namespace {

bool leaks(const LedgerRow& row) { return row.key.rfind("leakage.", 0) == 0; }

/// "weight_glb" of "leakage.sram.weight_glb"; other keys are the part's name.
std::string part_of(const LedgerRow& row) { return leaks(row) ? row.key.substr(row.key.rfind('.') + 1) : row.key; }

}  // namespace

TierEvents tier_events(const TieredBlock& block) {
  TierEvents events;
  for (unsigned tier = 0; tier < block.tiers(); ++tier) events.push_back(block.tier_events(tier));
  return events;
}

std::vector<std::string> ledger_parts(const BlockDeclaration& block, const Technology& technology) {
  std::vector<std::string> parts{"logic",         "flops",          "standby.dram", "overhead.clock", "overhead.control",
                                 "overhead.wire", preset_factor_key};
  for (const MacroSpec& macro : block.macros) parts.push_back(macro.name);
  parts.insert(parts.end(), block.units.begin(), block.units.end());
  parts.insert(parts.end(), block.event_keys.begin(), block.event_keys.end());
  for (const std::string& name : technology.price_lists()) {
    PriceList list;
    try {
      list = read_price_list(technology, name);
    } catch (const InputError&) {
      continue;  // a fault in a list that nobody uses
    }
    const PriceList::Kind* kind = list.find(block.kind);
    if (!kind) continue;
    for (const PriceList::Power& power : kind->powers) parts.push_back(power.key);
    for (const PriceList::Statistic& statistic : kind->statistics) parts.push_back(statistic.key);
  }
  return parts;
}

TierMap tier_map(const TieredBlock& block, const std::vector<std::string>& parts) {
  TierMap map;
  map.tiers = block.tiers();
  for (const std::string& part : parts)
    if (const auto tier = block.tier_of(part)) map.tier_of[part] = *tier;
  return map;
}

TierEvents difference(TierEvents now, const TierEvents& before) {
  for (std::size_t tier = 0; tier < std::min(now.size(), before.size()); ++tier)
    for (auto& [key, count] : now[tier])
      if (const auto it = before[tier].find(key); it != before[tier].end()) count -= std::min(count, it->second);
  return now;
}

TierEnergy energy_of(const Ledger& ledger, const std::string& name) {
  TierEnergy energy;
  for (const LedgerRow& row : ledger.rows)
    if (row.block == name) (leaks(row) ? energy.leakage_j : energy.other_j) += row.energy_j;
  return energy;
}

std::vector<TierEnergy> energy_by_tier(const Ledger& ledger, const std::string& name, const TierMap& map, const TierEvents& events) {
  const std::size_t tiers = map.tiers;
  std::vector<TierEnergy> result(tiers);
  TierEnergy spread;
  for (const LedgerRow& row : ledger.rows) {
    if (row.block != name) continue;
    const auto field = leaks(row) ? &TierEnergy::leakage_j : &TierEnergy::other_j;
    double all = 0;
    std::vector<double> counts(tiers);
    for (std::size_t tier = 0; tier < tiers; ++tier)
      if (const auto it = events[tier].find(row.key); it != events[tier].end()) all += counts[tier] = static_cast<double>(it->second);
    if (all > 0) {
      for (std::size_t tier = 0; tier < tiers; ++tier) result[tier].*field += row.energy_j * (counts[tier] / all);
    } else if (const auto tier = map.tier_of.find(part_of(row)); tier != map.tier_of.end()) {
      if (tier->second < tiers) result[tier->second].*field += row.energy_j;
    } else {
      spread.*field += row.energy_j;
    }
  }
  double dynamic = 0;
  for (const TierEnergy& tier : result) dynamic += tier.other_j;
  for (TierEnergy& tier : result) {
    const double share = dynamic > 0 ? tier.other_j / dynamic : 1 / static_cast<double>(tiers);
    tier.other_j += spread.other_j * share, tier.leakage_j += spread.leakage_j * share;
  }
  return result;
}

}  // namespace snnvp
