// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace snnvp::search {

/// Simulates one scenario at several points, each in a process of its own (the simulation kernel cannot be restarted), `jobs` at
/// a time. `points[i]` are the `--set` texts of point i. Returns their reports in order, whatever finished first.
/// `finished(n)` is told after each point how many are done; not from several threads at once.
/// A point that cannot be simulated, or ends badly, throws InputError with its own message; no process outlives the call.
std::vector<nlohmann::json> run_points(const std::string& scenario, const std::vector<std::vector<std::string>>& points, unsigned jobs,
                                       const std::function<void(std::size_t)>& finished);

}  // namespace snnvp::search
