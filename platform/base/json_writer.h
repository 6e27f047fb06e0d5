// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace snnvp {

/// JSON text whose bytes depend only on the values (spec/formats.md 5.1): keys in the order given, two-space
/// indentation, LF and a final newline; doubles in the shortest form that reads back exactly, NaN and
/// infinity as null, integers as integers. Arrays of plain values stay on one line where they fit.
std::string to_json_text(const nlohmann::ordered_json& value);

/// The same on a single line without a newline, as a row of a JSON-lines file.
std::string to_json_line(const nlohmann::ordered_json& value);

}  // namespace snnvp
