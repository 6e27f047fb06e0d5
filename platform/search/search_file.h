// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/sweep/sweep_file.h>

namespace snnvp::search {

/// One thing that may be chosen.
struct Axis {
  std::string name, key;            ///< key: a path of the scenario, as in --set; the name where there is no scenario
  std::vector<std::string> values;  ///< in the order tried; empty for a range of real numbers without steps
  /// The key is a list with one value per layer of the workload. Layers add up, so one run per value tells everything.
  bool per_layer = false;
  sweep::Axis axis;  ///< as read: ends and unit of a range

  /// True if the values are numbers that rise or fall.
  bool is_ordered() const;
};

/// The objective of a search over layers, for which there must be a sum over layers.
enum class Objective { edp, energy, latency };
enum class Method { automatic, exhaustive, random, coordinate_descent, nsga2 };

const char* word(Method method);

/// A fit of each layer's EDP against its filled windows: `key` is swept over `values` for every value of the per-layer axis.
struct Fit {
  std::string key;  ///< empty: no fit is wanted
  std::vector<std::string> values;
  unsigned segments = 4;
};

/// A program that evaluates points in place of a scenario.
struct Command {
  std::vector<std::string> words;  ///< empty: there is a scenario
  std::uint64_t timeout_ms = 0;    ///< for one answer; 0: none
};

/// A search file, `search: 1`.
struct SearchFile {
  std::string name, file;
  std::string base;  ///< scenario; absolute or relative to the working directory
  Command command;
  std::vector<Axis> space;
  std::vector<sweep::Goal> objectives;  ///< at least one
  Objective objective = Objective::edp;
  std::vector<std::string> constraints, metrics;
  std::map<std::string, double> reference;  ///< of the hypervolume, by objective
  Method method = Method::automatic;
  std::uint64_t budget = 0;      ///< most points evaluated; 0: not given
  std::uint64_t restarts = 8;    ///< random starts of coordinate descent
  std::uint64_t population = 0;  ///< of NSGA-II; 0: by the budget
  std::uint64_t seed = 1;
  std::uint64_t timeout_ms = 0;  ///< wall time of one run; 0: none
  Fit fit;

  /// The per-layer axis, or nullptr.
  const Axis* layer_axis() const;
  /// Where none is given: combinations of a search over layers, which are sums; or runs.
  std::uint64_t budget_or_default() const { return budget != 0 ? budget : layer_axis() ? 1'000'000 : 1000; }
};

/// What a search file may hold beside `space` and `objectives`.
const std::vector<ParamSpec>& search_params();

/// Reads a search file; throws InputError with everything that is wrong with it.
SearchFile read_search_file(const std::string& path);

}  // namespace snnvp::search
