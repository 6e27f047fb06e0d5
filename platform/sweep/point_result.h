// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/json_path.h>
#include <snnvp/platform/base/self_process.h>
#include <snnvp/platform/sweep/plan.h>

namespace snnvp::sweep {

/// The result of one point, results/<key>.json. Self-contained, and written in one step: a second run of the same point is harmless.
struct PointResult {
  std::string key;
  std::string status;  ///< of the report, or crashed(SIGSEGV), timeout, bad_input, internal_error, missing
  std::string reason;  ///< why it is not ok; one line
  int exit_code = -1, signal = 0;
  double wall_s = 0, cpu_s = 0;
  std::uint64_t peak_memory_kib = 0;
  std::string host, start;
  nlohmann::ordered_json report;  ///< null where there is none

  bool is_ok() const { return status == "ok"; }
};

/// What the end of a run's process means.
PointResult result_of(const PlannedPoint& point, const Ended& ended);

/// The stored result, or nothing: a file that cannot be read counts as none.
std::optional<PointResult> load_result(const std::string& folder, const std::string& key);

/// Throws InputError if it cannot be written.
void store_result(const std::string& folder, const PointResult& result);

/// Runs a point in a process of its own and stores its result. Nothing if a signal to the whole sweep interrupted it.
std::optional<PointResult> run_point(const Plan& plan, const PlannedPoint& point, const std::string& folder);

}  // namespace snnvp::sweep
