// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/block/tiered.h>
#include <snnvp/platform/report/ledger.h>
#include <snnvp/platform/report/pricing.h>

namespace snnvp {

/// What a block turned into heat on one of its tiers, J.
struct TierEnergy {
  double other_j = 0;    ///< without what depends on temperature
  double leakage_j = 0;  ///< at the temperature of the ledger
};

/// Events of each tier, 0 first.
using TierEvents = std::vector<std::map<std::string, std::uint64_t>>;
TierEvents tier_events(const TieredBlock& block);

/// What a TieredBlock says of itself, as plain data: its energy can be divided after it is gone.
struct TierMap {
  std::size_t tiers = 1;
  std::map<std::string, unsigned> tier_of;  ///< parts that lie on one tier, or outside
};
/// `parts`: every name that a ledger's row of the block may hold (ledger_parts()).
TierMap tier_map(const TieredBlock& block, const std::vector<std::string>& parts);
/// Names of the parts that rows of a block can belong to: its memories, units and events, and what price lists publish for its kind.
std::vector<std::string> ledger_parts(const BlockDeclaration& block, const Technology& technology);
/// now - before; `before` may be empty.
TierEvents difference(TierEvents now, const TierEvents& before);

/// All rows of a block that lies on one tier.
TierEnergy energy_of(const Ledger& ledger, const std::string& name);

/// A ledger's rows of a block by tier, one entry per tier: rows of events as their counts `events` divide, powers and leakage where
/// their part lies, all others as the dynamic energy of these. Adds up to the block's energy but for parts that are outside.
std::vector<TierEnergy> energy_by_tier(const Ledger& ledger, const std::string& name, const TierMap& map, const TierEvents& events);

}  // namespace snnvp
