// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/sweep/plan.h>
#include <snnvp/platform/sweep/point_result.h>

namespace snnvp::sweep {

/// A point with what came of it; the report itself stays on disk.
struct Outcome {
  const PlannedPoint* point = nullptr;
  std::string status, reason;
  std::vector<std::optional<double>> metrics;  ///< as in the plan; null: not in the report, or no number
  bool is_within = true;                       ///< false: it breaks a constraint over results, which is the reason then
  bool is_ok() const { return status == "ok"; }
};

/// A sweep taken together.
struct Collection {
  std::vector<Outcome> outcomes;   ///< by point
  std::vector<std::size_t> front;  ///< points that no other beats in all goals; by index
  std::map<std::string, std::uint64_t> by_status;
  std::vector<std::string> unknown_metrics;  ///< in no report
  bool all_ok() const { return by_status.size() == 1 && by_status.begin()->first == "ok"; }
};

/// Reads all results and writes sweep.db, sweep.csv and, if goals are set, pareto.csv: each in one step, ordered by point, equal
/// for equal results. Points without a result have the status `missing`. Throws InputError.
Collection collect(const Plan& plan, const std::string& folder);

/// The values of all goals: of those in `values`, the indices no other dominates (smaller or equal in all, smaller in one, after
/// maximised ones are negated). Equal rows all stay.
std::vector<std::size_t> pareto_front(const std::vector<std::vector<double>>& values);

/// What a person reads after a sweep.
std::string summary(const Plan& plan, const Collection& collection);

}  // namespace snnvp::sweep
