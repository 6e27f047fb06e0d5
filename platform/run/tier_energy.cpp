// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/tier_energy.h>

#include <algorithm>

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

std::vector<TierEnergy> energy_by_tier(const Ledger& ledger, const std::string& name, const TieredBlock& block, const TierEvents& events) {
  const std::size_t tiers = block.tiers();
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
    } else if (const auto tier = block.tier_of(part_of(row))) {
      if (*tier < tiers) result[*tier].*field += row.energy_j;
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
