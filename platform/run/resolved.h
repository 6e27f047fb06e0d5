// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/registry/param.h>

namespace snnvp {

/// Checked values as a scenario would say them: quantities with their units, so that resolved.yaml can be run.
nlohmann::json written(const Value& record, const std::vector<ParamSpec>& specs);

/// A resolved scenario that can be run from anywhere: its paths become the absolute ones. Its hash is over the paths as written.
std::string runnable_yaml(nlohmann::json resolved, const std::map<std::string, std::string>& workload_paths,
                          const std::vector<std::string>& plugin_paths);

}  // namespace snnvp
