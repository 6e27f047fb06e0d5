// SPDX-License-Identifier: Apache-2.0
// What may be written for a parameter, in words.
#include <snnvp/platform/config/params.h>

#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

/// A bound in the unit the user writes.
std::string bound_text(const ParamSpec& spec, double bound) {
  if (spec.type != ParamType::quantity) return shortest_double(bound);
  const bool whole = std::abs(bound) < 0x1p63 && bound == std::floor(bound);
  return format_quantity(whole ? Value(static_cast<std::int64_t>(bound)) : Value(bound), spec.dimension);
}

std::string default_text(const ParamSpec& spec) {
  const Value& value = spec.default_value;
  switch (value.type()) {
    case Value::Type::null: return "";
    case Value::Type::boolean: return value.as_bool() ? "true" : "false";
    case Value::Type::text: return value.as_text().empty() ? "''" : value.as_text();
    case Value::Type::integer:
    case Value::Type::real:
      if (spec.type == ParamType::quantity) return format_quantity(value, spec.dimension);
      return format_quantity(value, Dimension::none);
    case Value::Type::list: return value.items().empty() ? "[]" : "";
    case Value::Type::record: return "";
  }
  return "";
}

std::string value_text(const ParamSpec& spec);

std::string type_text(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::boolean: return "true or false";
    case ParamType::integer: return "integer";
    case ParamType::real: return "number";
    case ParamType::text: return "text";
    case ParamType::path: return "path of a file or folder";
    case ParamType::choice: return "one of " + join_names(spec.choices_, spec.choices_.size());
    case ParamType::quantity: return "quantity in " + allowed_units(spec.dimension);
    case ParamType::list: return spec.members.empty() ? "list" : "list of " + value_text(spec.members.front());
    case ParamType::map: return spec.members.empty() ? "map" : "map from names to " + value_text(spec.members.front());
    case ParamType::record: {
      std::vector<std::string> names;
      for (const ParamSpec& member : spec.members) names.push_back(member.name);
      return names.empty() ? "map" : "map with " + join_names(names);
    }
  }
  return "";
}

/// Type, range and unit.
std::string value_text(const ParamSpec& spec) {
  std::string out = type_text(spec);
  const std::string range = describe_range(spec);
  const bool is_collection = spec.type == ParamType::list || spec.type == ParamType::map;
  if (!range.empty()) out += is_collection ? fmt::format(" ({} items)", range) : " " + range;
  if (!spec.unit_.empty()) out += " " + spec.unit_;
  if (spec.nullable) out += " or null";
  return out;
}

}  // namespace

std::string describe_range(const ParamSpec& spec) {
  if (spec.min && spec.max) return bound_text(spec, *spec.min) + ".." + bound_text(spec, *spec.max);
  if (spec.min) return "at least " + bound_text(spec, *spec.min);
  if (spec.max) return "at most " + bound_text(spec, *spec.max);
  return "";
}

std::string describe_allowed(const ParamSpec& spec) {
  std::string out = value_text(spec);
  if (spec.required)
    out += ", required";
  else if (const std::string value = default_text(spec); !value.empty())
    out += ", default " + value;
  else if (spec.nullable && spec.default_value.is_null())
    out += ", default null";
  return out;
}

}  // namespace snnvp
