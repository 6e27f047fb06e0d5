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
#include <snnvp/platform/run/heat_account.h>
#include <snnvp/platform/run/thermal_model.h>

namespace snnvp {

/// Feeds the platform's ThermalModel: at the end of each epoch the counts of all placed blocks become power, by the same function
/// that prices the run, and the model's answer goes back to their clocks (decision 52).
class ThermalRun : public HeatResult {
public:
  /// Counts of a block since the start of the run.
  using Counts = std::function<BlockActivity(const std::string& block, sc_core::sc_module& module)>;

  /// Finds the model and everything that stands on it. A platform without one: is_active() is false. Throws InputError where a
  /// place is wrong. `parts`: names of what a block's ledger rows may belong to.
  ThermalRun(const Plan& plan, Platform& platform, const Technology& technology, const PriceContext& prices, const PowerMaps* maps,
             Counts counts, const std::function<std::vector<std::string>(const std::string& block)>& parts);

  bool is_active() const { return model_ != nullptr; }
  /// Simulated time that is left of the epoch under way; nullopt: it lasts until the run ends.
  std::optional<Picoseconds> time_left(Picoseconds now) const;
  /// The epoch under way ends now: solves it, and slows or frees the clocks of the tiers.
  void end_epoch(Picoseconds now);
  /// The run is over: ends the last epoch.
  void finish(Picoseconds now);

  void add_leakage_temperatures(PricingInput& input) const override;
  std::string status() const override { return model_ ? model_->status() : "ok"; }
  void collect(RunReport& report) const override;
  const HeatRecord& record() const { return record_; }

private:
  /// What a place was told last, and counted until the epoch under way.
  struct Placed {
    const TieredBlock* tiered = nullptr;
    TierEvents before;
    unsigned divider = 1, refresh_factor = 1;
  };

  void close_epoch(Picoseconds now);  ///< prices it and solves; nobody is throttled yet
  HeatEpoch count(double seconds);
  void solve(HeatEpoch epoch);
  void act();

  Platform& platform_;
  const PriceContext& prices_;
  Counts counts_;
  Picoseconds maps_duration_ = 0;
  ThermalModel* model_ = nullptr;
  HeatRecord record_;
  std::vector<Placed> placed_;  ///< like record_.places
  std::optional<HeatAccount> account_;
  std::map<std::string, BlockActivity> before_;
  Picoseconds epoch_start_ = 0;
};

}  // namespace snnvp
