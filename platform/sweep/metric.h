// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace snnvp::sweep {

/// A number of a report: a path in report.json (totals.cycles, blocks.pu.stats.tiles), or one of metric_names(). Nothing if it is
/// not there or no number.
std::optional<double> metric_of(const nlohmann::ordered_json& report, const std::string& name);

/// Short names: latency (s), energy (J), edp (J s), power (W, mean), area (mm2), accuracy.
const std::vector<std::string>& metric_names();

/// "s" for latency and so on; empty for paths.
std::string metric_unit(const std::string& name);

/// True for short names and for what can be a path in a report, false for keys of a scenario (platform., technology., run.).
bool may_be_metric(const std::string& name);

/// True if more is better unless told otherwise: accuracy.
bool is_better_large(const std::string& name);

}  // namespace snnvp::sweep
