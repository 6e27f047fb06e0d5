// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/sweep/expand.h>

namespace snnvp::sweep {

/// What a scenario is when everything that can change its result is named.
struct Identity {
  std::string scenario_hash;          ///< of the resolved scenario
  std::vector<std::string> digests;   ///< of inputs, technology files and plug-ins
  std::optional<std::uint64_t> seed;  ///< workload.seed, if the workload has one
};

/// Checks the base scenario under `--set` texts and tells its identity; throws InputError with everything wrong.
using Identify = std::function<Identity(const std::vector<std::string>& overrides)>;

/// One run of a sweep.
struct PlannedPoint {
  std::uint64_t index = 0;
  Setting setting;
  std::uint64_t replica = 0;
  std::optional<std::uint64_t> seed;  ///< written by `--set workload.seed` where there are replicas
  std::string scenario_hash;
  std::string key;  ///< SHA-256 over all that decides the result: equal keys share one result
};

/// A sweep as `plan` leaves it in its folder: plan.json and points.jsonl.
struct Plan {
  std::string name, base, tool_build;
  std::vector<std::string> overrides;  ///< `--set` texts for every point
  std::vector<std::string> plugins;    ///< files every run loads besides those its scenario names
  std::vector<std::string> metrics;
  std::vector<Goal> pareto;
  std::vector<std::string> constraints;  ///< those over numbers of the report decide what may stand on the front
  std::uint64_t timeout_ms = 0;
  std::vector<PlannedPoint> points;

  /// All `--set` texts of a point.
  std::vector<std::string> overrides_of(const PlannedPoint& point) const;
};

/// SHA-256 over all that decides the result of a run.
std::string point_key(const Identity& identity, const std::string& tool_build);

/// Expands the file and checks every point before anything is run. Errors of all points come at once, each named by its setting.
/// `jobs`: processes that check at a time.
Plan make_plan(const SweepFile& file, const std::vector<std::string>& overrides, const std::string& tool_build, const Identify& identify,
               unsigned jobs = 1);

/// Writes the plan into an existing folder; results that are there already stay. Throws InputError.
void write_plan(const Plan& plan, const std::string& folder);

/// Reads it back; throws InputError if the folder holds none or a damaged one.
Plan read_plan(const std::string& folder);

/// "tile_m=64 tile_k=8": a setting for people, keys cut to what tells them apart.
std::string setting_text(const Setting& setting);

}  // namespace snnvp::sweep
