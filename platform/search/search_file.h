// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp::search {

/// One thing that may be chosen.
struct Axis {
  std::string name, key;            ///< key: a path of the scenario, as in --set
  std::vector<std::string> values;  ///< in the order tried
  /// The key is a list with one value per layer of the workload. Layers add up, so one run per value tells everything.
  bool per_layer = false;
};

enum class Objective { edp, energy, latency };
enum class Method { automatic, exhaustive, coordinate_descent };

/// A fit of each layer's EDP against its filled windows: `key` is swept over `values` for every value of the per-layer axis.
struct Fit {
  std::string key;  ///< empty: no fit is wanted
  std::vector<std::string> values;
  unsigned segments = 4;
};

/// A search file, `search: 1`.
struct SearchFile {
  std::string name, file;
  std::string base;  ///< scenario; absolute or relative to the working directory
  std::vector<Axis> space;
  Objective objective = Objective::edp;
  Method method = Method::automatic;
  std::uint64_t budget = 1'000'000;  ///< most points an exhaustive search may have under `automatic`
  std::uint64_t restarts = 8;        ///< random starts of coordinate descent
  std::uint64_t seed = 1;
  Fit fit;

  /// The per-layer axis, or nullptr.
  const Axis* layer_axis() const;
};

/// What a search file may hold.
const std::vector<ParamSpec>& search_params();

/// Reads a search file; throws InputError with everything that is wrong with it.
SearchFile read_search_file(const std::string& path);

}  // namespace snnvp::search
