// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/run_folder.h>

namespace snnvp::desk {

/// A number that all compared runs may have; ratios are to the first run.
struct ComparedNumber {
  std::string path;                           ///< in report.json: totals.cycles, layers.conv2d_1.cycles, blocks.bus.stats.bytes
  std::vector<std::optional<double>> values;  ///< by run
  /// Value of run `i` over the first, if both are there and the first is not 0.
  std::optional<double> ratio(std::size_t i) const;
  /// Largest |log(ratio)| over the runs; infinite if a run lacks it or passes through 0, 0 if all are equal.
  double distance() const;
};

/// How far the ratio of two runs' energies follows from their counts, whatever the constants are: both runs take the same draw of each
/// constant (spec/energy.md 4.7).
struct EnergyRatio {
  double nominal = 0, median = 0, p5 = 0, p95 = 0;
  unsigned draws = 0;
  bool is_mixed = false;  ///< one side is calibrated, the other bottom-up
};

/// Runs side by side.
struct Comparison {
  std::vector<std::string> names;        ///< of the runs
  std::vector<std::string> differences;  ///< what else than the measured numbers differs: inputs, seed, workload, prices
  bool is_like_for_like = true;          ///< same inputs, seed and outputs checked alike
  std::vector<std::optional<EnergyRatio>> energy;  ///< total energy over the first run's, by run; the first has none
  std::vector<ComparedNumber> totals;
  std::vector<ComparedNumber> layers;  ///< cycles and energy by layer and engine, in execution order
  std::vector<ComparedNumber> blocks;  ///< energy and statistics of blocks
};

/// At least two runs.
Comparison compare(const std::vector<RunFolder>& runs);

/// For people: totals, then the largest differences of layers and blocks. At most 100 columns for two or three runs.
std::string to_text(const Comparison& comparison);
nlohmann::ordered_json to_json(const Comparison& comparison);

/// A condition of --fail-if: "totals.cycles>+2%" (change against the first run) or "totals.energy_mj<=3.5" (the value itself).
struct Condition {
  std::string text, path, comparison;
  double limit = 0;
  bool is_relative = false;
};
/// Throws InputError with the form that is allowed.
Condition parse_condition(const std::string& text);
/// The runs (not the first, for relative ones) for which it holds, each as a sentence. Throws InputError if a report lacks the path.
std::vector<std::string> broken_by(const Condition& condition, const std::vector<RunFolder>& runs);

}  // namespace snnvp::desk
