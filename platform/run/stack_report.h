// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/block/stacked.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/tier_energy.h>

namespace snnvp {

/// An engine that knows its place in a stack of dies.
struct StackedEngine {
  std::string name;
  StackFigures figures;
  bool is_tiered = false;  ///< its energy divides among tiers
};

/// Time, links and area of stacked engines: section `stack`, bond_pitch.csv, totals of the first engine, and diagnoses. The report must
/// hold its engines and blocks. Energies, and the table of the summary, are for price_stacks().
void add_stacks(RunReport& report, const std::vector<StackedEngine>& stacks);

/// Fills in the section `stack`, if there is one, from the ledger, and adds stack.csv and the table of the summary.
void price_stacks(RunReport& report, const std::map<std::string, TierMap>& maps, const std::map<std::string, TierEvents>& events);

}  // namespace snnvp
