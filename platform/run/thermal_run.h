// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/elaborate/plan.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/run/thermal_model.h>
#include <snnvp/platform/run/tier_energy.h>

namespace snnvp {

/// What a block did between two snapshots of its counts.
BlockActivity difference(BlockActivity now, const BlockActivity& before);

/// Feeds the platform's ThermalModel: at the end of each epoch the counts of all placed blocks become power, by the same function
/// that prices the run, and the model's answer goes back to their clocks (decision 52).
class ThermalRun {
public:
  /// Counts of a block since the start of the run.
  using Counts = std::function<BlockActivity(const std::string& block, sc_core::sc_module& module)>;

  /// Finds the model and everything that stands on it. A platform without one: is_active() is false. Throws InputError where a
  /// place is wrong.
  ThermalRun(const Plan& plan, Platform& platform, const Technology& technology, const PriceContext& prices, const PowerMaps* maps,
             Counts counts);

  bool is_active() const { return model_ != nullptr; }
  /// Simulated time that is left of the epoch under way; nullopt: it lasts until the run ends.
  std::optional<Picoseconds> time_left(Picoseconds now) const;
  /// The epoch under way ends now: solves it, and slows or frees the clocks of the tiers.
  void end_epoch(Picoseconds now);
  /// The run is over: ends the last epoch.
  void finish(Picoseconds now);
  /// After finish(): how hot each placed block was, as far as its leakage is concerned, for the ledger.
  void add_leakage_temperatures(PricingInput& input) const;
  /// "ok" or a status word of the model.
  std::string status() const { return model_ ? model_->status() : "ok"; }
  void collect(RunReport& report) const;

private:
  void close_epoch(Picoseconds now);  ///< prices it and solves; nobody is throttled yet
  struct Placed {
    std::string block;
    std::size_t first = 0, sources = 1;  ///< of the model, that this block feeds: one for each of its tiers
    const TieredBlock* tiered = nullptr;
    TierEvents before;                  ///< events of its tiers until the epoch under way
    std::vector<double> leakage_350_j;  ///< by source, so far
    unsigned divider = 1, refresh_factor = 1;
  };

  std::vector<SourcePower> powers(double seconds);
  void act();

  Platform& platform_;
  const PriceContext& prices_;
  Counts counts_;
  Picoseconds maps_duration_ = 0;
  ThermalModel* model_ = nullptr;
  std::vector<HeatSource> sources_;
  std::vector<Placed> placed_;
  std::map<std::string, BlockActivity> before_;
  Picoseconds epoch_start_ = 0;
  bool throttled_ = false;
  std::vector<std::string> not_throttled_;  ///< blocks on a hot tier whose clock cannot be divided
};

}  // namespace snnvp
