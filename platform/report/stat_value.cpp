// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/stat_value.h>

#include <variant>

#include <snnvp/platform/base/text.h>

namespace snnvp {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string stat_text(const StatValue& value) {
  if (const auto* n = std::get_if<std::uint64_t>(&value)) return std::to_string(*n);
  if (const auto* x = std::get_if<double>(&value)) return shortest_double(*x);
  if (const auto* t = std::get_if<std::string>(&value)) return *t;
  if (const auto* b = std::get_if<bool>(&value)) return *b ? "true" : "false";
  return {};
}

nlohmann::ordered_json stat_json(const StatValue& value) {
  if (const auto* n = std::get_if<std::uint64_t>(&value)) return *n;
  if (const auto* x = std::get_if<double>(&value)) return *x;
  if (const auto* t = std::get_if<std::string>(&value)) return *t;
  if (const auto* b = std::get_if<bool>(&value)) return *b;
  return nullptr;
}

}  // namespace snnvp
