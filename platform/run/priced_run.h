// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/analytic_model.h>
#include <snnvp/platform/run/heat_account.h>

// The line between what a run measures and what prices make of it. `run` and `reprice` price by the same function.
namespace snnvp {

/// What a block did between two snapshots of its counts.
BlockActivity difference(BlockActivity now, const BlockActivity& before);

/// An engine's turn, to be priced on its own.
struct TurnMark {
  std::vector<std::string> engines;
  PricingInput counted;  ///< from the start of the run to the end of the turn
};

/// A run before any price: its report without energies, and all that they follow from. Sections that hold energies have null in
/// their place, and `summary_lines` a mark where their table goes.
struct MeasuredRun {
  RunReport report;
  PricingInput counted;
  std::vector<TurnMark> turns;
  std::set<std::string> engines;             ///< blocks that take jobs, whether they took part or not
  std::map<std::string, TierMap> tier_maps;  ///< of blocks on several tiers
  std::map<std::string, TierEvents> tier_events;
  std::optional<HeatRecord> heat;
  std::vector<std::pair<std::string, AnalyticResult>> estimates;
};

/// Ledger, energies of engines, layers and turns, what a workload makes of them, comparison with analytic models, and diagnosis. The
/// same input gives the same bytes. `heat` may be null.
RunReport price_run(const PriceContext& prices, const MeasuredRun& run, const HeatResult* heat);

}  // namespace snnvp
