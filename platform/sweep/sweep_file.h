// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/sweep/axis.h>

namespace snnvp::sweep {

enum class Mode { grid, zip, random, lhs, sobol };

/// A report path and the direction that is better.
struct Goal {
  std::string metric;
  bool maximise = false;
};

/// A sweep file, `sweep: 1` (spec/formats.md 9.1).
struct SweepFile {
  std::string name, file;
  std::string base;  ///< scenario; absolute or relative to the working directory
  std::vector<Axis> axes;
  Mode mode = Mode::grid;
  std::uint64_t points = 0;  ///< drawn ones: random, lhs, sobol
  std::uint64_t seed = 1;    ///< of the drawn points
  std::vector<std::string> constraints;
  std::uint64_t replicas = 1;        ///< runs per point, each with a seed of its own
  std::vector<std::string> metrics;  ///< paths in report.json, e.g. totals.cycles
  std::vector<Goal> pareto;          ///< empty: no front
  std::uint64_t timeout_ms = 0;      ///< wall time of one run; 0: none
};

/// What a sweep file may hold beside `axes`.
const std::vector<ParamSpec>& sweep_params();

/// Reads a sweep file; throws InputError with everything that is wrong with it.
SweepFile read_sweep_file(const std::string& path);

const char* word(Mode mode);

}  // namespace snnvp::sweep
