// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/canonical.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

using Json = nlohmann::json;
constexpr std::size_t max_line = 120;

/// True if our reader, or another YAML reader, would not give back exactly this text for a plain scalar.
bool needs_quotes(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
  static constexpr const char* words[] = {"~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string folded = text;
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (std::find(std::begin(words), std::end(words), folded) != std::end(words)) return true;
  if (parse_real(text) || parse_integer(text)) return true;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '-' ||
           c == ' ' || c == '+';
  };
  if (!std::all_of(text.begin(), text.end(), is_plain)) return true;
  // A quantity must stay plain ("4 KiB", "-5 mV"), or it would be read back as a text; other readers take
  // 0o17 and 2024-01-01 for a number and a date.
  const char first = text.front(), second = text.size() > 1 ? text[1] : ' ';
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (first == '-') return !is_digit(second);
  if (first == '.') return !is_digit(second) && second != '/' && text.substr(0, 3) != "../";
  if (first == '0' && !is_digit(second) && second != '.' && second != ' ') return true;
  return is_digit(first) && text.find_first_not_of("0123456789.-_+/ ") == std::string::npos;
}

std::string scalar_text(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string: {
      const std::string& text = value.get_ref<const std::string&>();
      // JSON's string syntax is a subset of YAML's double-quoted one.
      return needs_quotes(text) ? value.dump(-1, ' ', false, Json::error_handler_t::replace) : text;
    }
    case Json::value_t::number_float: {
      const double number = value.get<double>();
      return std::isfinite(number) ? shortest_double(number) : "null";
    }
    default: return value.dump();
  }
}

std::string key_text(const std::string& key) { return scalar_text(Json(key)); }

bool is_scalar(const Json& value) { return !value.is_structured(); }

/// `[a, b]` or `{ k: v }` for a collection of plain values.
std::string flow_text(const Json& value) {
  if (value.empty()) return value.is_array() ? "[]" : "{}";
  std::string out = value.is_array() ? "[" : "{ ";
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (it != value.begin()) out += ", ";
    if (value.is_object()) out += key_text(it.key()) + ": ";
    out += scalar_text(*it);
  }
  return out + (value.is_array() ? "]" : " }");
}

/// The value after `key:` or `-` where it fits into the rest of the line, else an empty string.
std::string one_line(const Json& value, std::size_t column, bool in_list) {
  if (is_scalar(value)) return scalar_text(value);
  // Maps below a key read best as blocks; in a list they are rows of a table.
  const bool may_flow = value.empty() || value.is_array() || in_list;
  if (!may_flow || !std::all_of(value.begin(), value.end(), is_scalar)) return "";
  std::string text = flow_text(value);
  return value.empty() || column + text.size() <= max_line ? text : "";
}

void append_block(std::string& out, const Json& value, std::size_t indent) {
  for (auto it = value.begin(); it != value.end(); ++it) {
    // The first key of a map in a list stands on the line of its dash.
    const bool after_dash = out.size() >= 2 && out.compare(out.size() - 2, 2, "- ") == 0 && it == value.begin();
    if (!after_dash) out.append(indent, ' ');
    const std::string start = value.is_array() ? "-" : key_text(it.key()) + ":";
    out += start;
    const std::string text = one_line(*it, indent + start.size() + 1, value.is_array());
    if (!text.empty()) {
      out += " " + text + "\n";
    } else if (value.is_array()) {
      out += " ";
      append_block(out, *it, indent + 2);
    } else {
      out += "\n";
      append_block(out, *it, indent + 2);
    }
  }
}

}  // namespace

nlohmann::json to_json(const Value& value) {
  switch (value.type()) {
    case Value::Type::null: return nullptr;
    case Value::Type::boolean: return value.as_bool();
    case Value::Type::integer: return value.is_negative() ? Json(value.as_i64()) : Json(value.as_u64());
    case Value::Type::real: return value.as_double();
    case Value::Type::text: return value.as_text();
    case Value::Type::list: {
      Json list = Json::array();
      for (const Value& item : value.items()) list.push_back(to_json(item));
      return list;
    }
    case Value::Type::record: break;
  }
  Json record = Json::object();
  for (std::size_t i = 0; i < value.keys().size(); ++i) record[value.keys()[i]] = to_json(value.items()[i]);
  return record;
}

nlohmann::json to_json(const Node& node) {
  switch (node.type) {
    case Node::Type::null: return nullptr;
    case Node::Type::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Type::map: {
      Json map = Json::object();
      for (const Node::Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
      return map;
    }
    case Node::Type::scalar: break;
  }
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const ParsedNumber integer = parse_integer(node.text)) return to_json(integer.value);
  if (const ParsedNumber real = parse_real(node.text)) return to_json(real.value);
  return node.text;
}

std::string to_yaml(const nlohmann::json& value) {
  if (const std::string text = one_line(value, 0, false); !text.empty()) return text + "\n";
  std::string out;
  append_block(out, value, 0);
  return out;
}

std::string to_yaml(const Value& value) { return to_yaml(to_json(value)); }

std::string canonical_hash(const nlohmann::json& value) { return sha256(to_json_line(value)); }

}  // namespace snnvp
