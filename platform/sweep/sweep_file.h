// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp::sweep {

/// One key of the scenario and what it takes: a list of texts, or a range of numbers that the sampling modes draw from.
struct Axis {
  std::string key;                  ///< a path of the scenario, as in --set
  std::vector<std::string> values;  ///< texts as in --set, in the order written; empty for a range without steps
  double from = 0, to = 0;          ///< of a range
  bool logarithmic = false;         ///< equal factors rather than equal differences
  bool whole = false;               ///< draws are rounded to integers
  std::string unit;                 ///< written behind each number: "MHz"
  SourcePos pos;

  bool is_range() const { return values.empty(); }
};

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

/// Most points of one sweep.
constexpr std::uint64_t most_points = 1'000'000;

/// What a sweep file may hold beside `axes`.
const std::vector<ParamSpec>& sweep_params();

/// Reads a sweep file; throws InputError with everything that is wrong with it.
SweepFile read_sweep_file(const std::string& path);

const char* word(Mode mode);

}  // namespace snnvp::sweep
