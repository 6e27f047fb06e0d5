// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/run/thermal_model.h>
#include <snnvp/platform/run/tier_energy.h>

// The way from counts to heat and from temperatures to leakage, during a run and when it is priced again.
namespace snnvp {

/// A block on the stack: the model's sources `first` .. `first` + `map.tiers` - 1 are its tiers.
struct HeatPlace {
  std::string block;
  std::size_t first = 0;
  bool is_tiered = false;
  bool has_clock = false, has_refresh = false;  ///< its clock can be divided, its refresh hastened
  TierMap map;
};

/// What all blocks counted in one thermal epoch.
struct HeatEpoch {
  double seconds = 0;
  bool is_counted = true;  ///< false: only the maps' power flowed
  bool acted = false;      ///< the model was asked for clocks and refresh afterwards
  PricingInput counted;
  std::map<std::string, TierEvents> tiers;  ///< of tiered blocks
};

/// What a run's heat came from: all that is needed to find it again with other prices.
struct HeatRecord {
  /// Epochs that are kept. A run with more is too long to be priced again.
  static constexpr std::size_t most_epochs = 4096;

  std::string block;  ///< the thermal model's
  std::vector<HeatSource> sources;
  std::vector<HeatPlace> places;
  std::vector<HeatEpoch> epochs;
  std::size_t epochs_run = 0;                     ///< also those beyond `most_epochs`
  std::vector<GridMap> power_maps, leakage_maps;  ///< of a power-map workload
  bool throttled = false;                         ///< a clock was divided
  bool refreshed = false;                         ///< a memory was refreshed more often
  std::vector<std::string> not_throttled;
};

/// What the model says to a place after an epoch. A block on several tiers has one clock: the hottest tier's.
struct HeatAction {
  unsigned divider = 1, refresh_factor = 1;
};
HeatAction action_of(const ThermalModel& model, const HeatRecord& record, const HeatPlace& place);

/// Prices epochs for the sources of a thermal model, and remembers which of them leaked how much.
class HeatAccount {
public:
  HeatAccount(const PriceContext& prices, const std::vector<HeatPlace>& places);
  /// Mean power of each source in an epoch; zero if it has no length, or was not counted.
  std::vector<SourcePower> powers(const HeatEpoch& epoch);
  /// `kelvin`: leakage temperature of each source. One for a block on several tiers, each with its share of the leakage.
  void add_leakage_temperatures(const std::vector<double>& kelvin, PricingInput& input) const;

private:
  const PriceContext& prices_;
  const std::vector<HeatPlace>& places_;
  std::vector<double> leakage_350_j_;  ///< by source, so far
};

/// What heat does to a run's ledger and report.
class HeatResult {
public:
  virtual ~HeatResult() = default;
  /// How hot each placed block was, as far as its leakage is concerned.
  virtual void add_leakage_temperatures(PricingInput& input) const = 0;
  /// "ok" or a status word of the model.
  virtual std::string status() const = 0;
  virtual void collect(RunReport& report) const = 0;
};

/// The model's own part of the report, its statistics included, and what of the heat had no consequence although it should.
void collect_heat(const ThermalModel& model, const HeatRecord& record, RunReport& report);

}  // namespace snnvp
