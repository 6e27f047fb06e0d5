// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/json_writer.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t max_line = 100;

std::string scalar_text(const Json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return std::isfinite(number) ? shortest_double(number) : "null";
  }
  // Broken UTF-8 (say, from a file name) becomes the replacement character instead of an exception.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_line(std::string& out, const Json& value) {
  if (!value.is_structured()) {
    out += scalar_text(value);
    return;
  }
  out += value.is_array() ? '[' : '{';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += scalar_text(key) + ": ";
    append_line(out, item);
  }
  out += value.is_array() ? ']' : '}';
}

bool is_flat_array(const Json& value) {
  return value.is_array() && std::none_of(value.begin(), value.end(), [](const Json& item) { return item.is_structured(); });
}

void append_block(std::string& out, const Json& value, std::size_t indent) {
  if (!value.is_structured() || value.empty()) return append_line(out, value);
  if (is_flat_array(value)) {
    std::string line;
    append_line(line, value);
    const std::size_t line_start = out.rfind('\n') + 1;  // npos + 1 is 0
    if (out.size() - line_start + line.size() <= max_line) {
      out += line;
      return;
    }
  }
  out += value.is_array() ? '[' : '{';
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (value.is_object()) out += scalar_text(key) + ": ";
    append_block(out, item, indent + 2);
  }
  out += '\n';
  out.append(indent, ' ');
  out += value.is_array() ? ']' : '}';
}

}  // namespace

std::string to_json_text(const nlohmann::ordered_json& value) {
  std::string out;
  append_block(out, value, 0);
  return out + "\n";
}

std::string to_json_line(const nlohmann::ordered_json& value) {
  std::string out;
  append_line(out, value);
  return out;
}

}  // namespace snnvp
