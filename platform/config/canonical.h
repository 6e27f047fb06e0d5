// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/value.h>
#include <snnvp/platform/config/document.h>

namespace snnvp {

/// A checked value as JSON; quantities stay numbers in base units.
nlohmann::json to_json(const Value& value);

/// A node as written: quoted scalars are texts; plain ones become booleans, integers or reals where they read
/// as such (so 0x10 and 16 are the same), else texts ("64 KiB").
nlohmann::json to_json(const Node& node);

/// Block-style YAML with keys in byte order, which read_yaml_text reads back to the same values: texts are
/// quoted where they would read as something else. Short lists and maps of plain values stay on one line.
std::string to_yaml(const nlohmann::json& value);
std::string to_yaml(const Value& value);

/// SHA-256 of the value in canonical form: equal for equal values, however they were written.
std::string canonical_hash(const nlohmann::json& value);

}  // namespace snnvp
