// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/report/report.h>

// Values as the report's files hold them.
namespace snnvp {

/// A CSV field by RFC 4180: quoted where needed.
std::string csv_field(const std::string& text);

/// For CSV and text: empty if there is no value; a double as the shortest text that reads back the same.
std::string stat_text(const StatValue& value);

nlohmann::ordered_json stat_json(const StatValue& value);

}  // namespace snnvp
