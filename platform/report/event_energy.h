// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace snnvp {

/// One line of an EventEnergy: an event key with its count, or an overhead (clock, control, wires) on what is counted.
struct PricedCount {
  std::string key;
  std::uint64_t count = 0;  ///< 0 for an overhead
  double pj = 0;
  std::string source;  ///< where the price comes from
};

struct EventEnergy {
  std::vector<PricedCount> rows;
  double total_pj = 0;
};

/// Dynamic energy of one block from its counts (EventProvider::events()), at the default settings of the technology tables in `folder`
/// (share/snnvp/tech of an installation): for programs that use a block of ours without scenario and report. Leakage needs a duration and
/// is left out. Throws InputError if the tables are not there or a key has no price.
EventEnergy energy_of(const std::map<std::string, std::uint64_t>& events, const std::string& folder);

}  // namespace snnvp
