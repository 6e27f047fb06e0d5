// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/report/technology.h>
#include <snnvp/workloads/formats/grid_map.h>

namespace snnvp {

/// A block, or the part of one, that heats a tier.
struct HeatSource {
  std::string block;
  unsigned tier = 0;               ///< 0 is the farthest from the heat sink
  std::optional<Rectangle> place;  ///< nullopt: spread over the whole tier
};

/// What a source turned into heat during an epoch.
struct SourcePower {
  double power_w = 0;        ///< mean, without what depends on temperature
  double leakage_350_w = 0;  ///< at 350 K
};

/// How hot the tiers were at the end of an epoch.
struct EpochHeat {
  double end_s = 0;
  std::vector<double> max_c;  ///< hottest spot of each tier, degrees C
};

/// A workload that is nothing but heat: constant power on the tiers of a ThermalModel.
class PowerMaps {
public:
  virtual ~PowerMaps() = default;
  virtual const std::vector<GridMap>& power_maps() const = 0;
  virtual const std::vector<GridMap>& leakage_maps() const = 0;
  /// Time the power lasts, for a transient; 0: for ever.
  virtual Picoseconds duration() const = 0;
};

/// Heat of a stack of dies beside the run (spec/stack3d.md 6.4). A block of a platform; found by dynamic_cast. The run tells
/// it at the end of each epoch what every source turned into heat, and does what it says with clocks and refresh.
class ThermalModel {
public:
  virtual ~ThermalModel() = default;
  /// Once, before time 0. `maps`: constant power beside the sources, W per cell, by tier; none, or one per tier; likewise their
  /// leakage at 350 K. Throws InputError if a source is not on a die or the stack is impossible.
  virtual void set_up(const Technology& technology, std::vector<HeatSource> sources, std::vector<GridMap> power_maps,
                      std::vector<GridMap> leakage_maps) = 0;
  /// Length of an epoch; 0: the whole run is one.
  virtual Picoseconds epoch() const = 0;
  /// An epoch of `seconds` ends; one entry per source. Steady temperatures do not need its length.
  virtual void end_epoch(double seconds, const std::vector<SourcePower>& powers) = 0;
  /// After the last epoch.
  virtual void finish() = 0;

  virtual unsigned tiers() const = 0;
  /// What the tier's clocks are divided by in the epoch to come, and how much more often its DRAM refreshes.
  virtual unsigned clock_divider(unsigned tier) const = 0;
  virtual unsigned refresh_factor(unsigned tier) const = 0;
  /// After finish(): the constant temperature (K) at which each source would have leaked as much.
  virtual std::vector<double> leakage_temperature() const = 0;
  /// After finish(): one entry per epoch.
  virtual std::vector<EpochHeat> epoch_heat() const { return {}; }
  /// "ok", thermal_runaway or thermal_not_converged.
  virtual std::string status() const = 0;
  /// Adds `totals.t_max_c`, the section `thermal`, the maps as CSV and SVG, and a line of the summary.
  virtual void collect(RunReport& report) const = 0;
};

}  // namespace snnvp
