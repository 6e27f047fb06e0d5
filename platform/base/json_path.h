// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace snnvp {

/// The value at a path of a report: members by key (also one that holds dots itself), list items by their `name` or [index].
/// nullptr if there is none.
const nlohmann::ordered_json* find_value(const nlohmann::ordered_json& report, const std::string& path);

}  // namespace snnvp
