// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/thermal/leakage.h>
#include <snnvp/models/thermal/throttle.h>
#include <snnvp/workloads/formats/grid_map.h>

namespace snnvp::thermal {

/// How the temperatures of a stack follow its power over the epochs of a run.
struct Settings {
  enum class Mode {
    steady,    ///< each epoch is as hot as if it lasted for ever
    transient  ///< heat is stored; epochs follow each other in steps of backward Euler
  };
  /// What a transient starts from: a sink takes minutes to warm up, a run lasts milliseconds.
  enum class Initial {
    average,  ///< the steady state of the mean power of the whole run; known at its end only, so that nothing throttles
    first,    ///< the steady state of the first epoch
    ambient
  };
  Mode mode = Mode::steady;
  Initial initial = Initial::average;
  double dt = 1e-4;  ///< s, longest step
  LeakageLaw leakage;
  bool throttle = true;
  std::vector<Throttle::Limits> limits;  ///< by tier
};

/// What a source gives off during an epoch, W.
struct Heat {
  double power = 0, leakage_350 = 0;
};

/// One tier at the end of one epoch; temperatures in degrees C.
struct TierState {
  double power_w = 0, leakage_w = 0;  ///< the former without the latter
  double max_c = 0, mean_c = 0;
  unsigned divider = 1, refresh_factor = 1;  ///< during the epoch
};

struct Epoch {
  double end_s = 0;
  unsigned iterations = 0;  ///< of the leakage loop, or steps
  std::vector<TierState> tiers;
  std::vector<double> cells_c;  ///< temperatures of all cells; kept for the hottest epoch, and for all if asked
};

/// Temperatures of a stack over the epochs of a run, with leakage and throttling.
class History {
public:
  enum class Outcome { ok, runaway, not_converged };

  /// `shares`: by source, its share in each cell of all tiers. `constant_power` and `constant_leakage` (at 350 K) in W per cell
  /// act beside the sources; empty: none.
  History(const Stack& stack, Settings settings, std::vector<std::vector<double>> shares, std::vector<double> constant_power,
          std::vector<double> constant_leakage, bool keep_maps);

  const Stack& stack() const { return network_.stack(); }
  void end_epoch(double seconds, const std::vector<Heat>& sources);
  /// After the last epoch: settles a transient from the average power.
  void finish();

  unsigned divider(std::size_t tier) const { return throttles_[tier].divider(); }
  unsigned refresh_factor(std::size_t tier) const { return throttles_[tier].refresh_factor(); }

  const std::vector<Epoch>& epochs() const { return epochs_; }
  /// Index of the epoch with the hottest cell.
  std::size_t hottest() const { return hottest_; }
  /// The power of each cell in that epoch, leakage included.
  const std::vector<double>& hottest_power() const { return hottest_power_; }
  Outcome outcome() const { return outcome_; }
  /// K, by source: the constant temperature at which it would have leaked as much over the run.
  std::vector<double> leakage_temperature() const;

private:
  struct Input {
    double seconds = 0;
    std::vector<double> power, leakage_350;  ///< by cell
  };

  Input input_of(double seconds, const std::vector<Heat>& sources) const;
  void run_steady(const Input& input);
  void run_transient(const Input& input);
  void start_from(const Input& input);
  void record(const Input& input, const std::vector<double>& cell_rises, const std::vector<double>& peaks,
              const std::vector<double>& leakage, unsigned iterations);
  void note(FixedPoint::Outcome outcome);

  Network network_;
  Settings settings_;
  std::vector<std::vector<double>> shares_;
  std::vector<double> constant_power_, constant_leakage_;
  bool keep_maps_;
  std::vector<Throttle> throttles_;
  std::vector<double> rises_;   ///< of all nodes, transient
  std::vector<Input> waiting_;  ///< epochs of a transient that starts from their average
  std::vector<Epoch> epochs_;
  std::size_t hottest_ = 0;
  double hottest_c_ = -1e9;
  std::vector<double> hottest_power_;
  double seconds_ = 0;
  std::vector<double> leakage_factor_seconds_;  ///< by source: integral of 2^((T - 350 K) / doubling)
  Outcome outcome_ = Outcome::ok;
};

}  // namespace snnvp::thermal
