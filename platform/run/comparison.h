// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/run/analytic_model.h>

namespace snnvp {

/// Adds the section `baselines`, the files baselines.csv and baselines_layers.csv, and a table to the summary: the engines of
/// the report and the analytic models (block name and result, in name order) side by side.
///
/// Speed-ups are over the yardstick on the layers that both cover, so that a model without, say, attention is not praised for
/// leaving it out. The report must hold its layers, engines and ledger.
void add_comparison(RunReport& report, const std::vector<std::pair<std::string, AnalyticResult>>& models);

}  // namespace snnvp
