// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/axis.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <set>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/scenario_sections.h>

namespace snnvp::sweep {

const char* const axis_rule =
    "an axis is a list, [64, 128, 256], or a range, { from: 0.1, to: 0.9, step: 0.1 } or { from: 1, to: 100, points: 5, scale: log }";

std::string axis_text(const Axis& axis, double value) {
  const std::string text = axis.whole ? fmt::format("{:.0f}", value) : shortest_double(std::stod(fmt::format("{:.12g}", value)));
  return axis.unit.empty() ? text : text + " " + axis.unit;
}

namespace {

/// A number with the unit behind it, "800 MHz".
struct Number {
  double value = 0;
  bool whole = false;
  std::string unit;
};

std::optional<Number> number_of(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  const std::string& text = node.text;
  std::size_t end = text.size();
  while (end > 0 && std::isalpha(static_cast<unsigned char>(text[end - 1]))) --end;
  Number number;
  number.unit = text.substr(end);
  while (end > 0 && text[end - 1] == ' ') --end;
  const ParsedNumber parsed = parse_real(text.substr(0, end));
  if (!parsed) return std::nullopt;
  number.value = parsed.value.as_double();
  number.whole = bool(parse_integer(text.substr(0, end)));
  return number;
}

class AxisReader {
public:
  AxisReader(const std::string& key, const Node& node, SourcePos pos, const std::string& path, Diagnostics& diagnostics)
      : node_(node), path_(path), diagnostics_(diagnostics) {
    axis_.key = key;
    axis_.pos = pos;
  }

  Axis read() {
    if (node_.is_list())
      list();
    else if (node_.is_map())
      range();
    else
      diagnostics_.error(node_.pos, path_, "a list or a range is expected, not " + describe(node_), axis_rule);
    return axis_;
  }

private:
  void list() {
    if (node_.items.empty()) diagnostics_.error(node_.pos, path_, "the list is empty", axis_rule);
    std::set<std::string> seen;
    for (const Node& item : node_.items) {
      axis_.values.push_back(item.is_scalar() && !item.quoted ? item.text : to_json(item).dump());
      if (!seen.insert(axis_.values.back()).second)
        diagnostics_.error(item.pos, path_, "the value " + quote(axis_.values.back()) + " is listed twice");
    }
  }

  void range() {
    const std::size_t before = diagnostics_.error_count();
    check_keys(node_, {"from", "to", "step", "points", "scale", "integer"}, "unknown key of a range", path_, diagnostics_);
    const auto from = number("from", true), to = number("to", true), step = number("step", false), points = number("points", false);
    const Node* scale = node_.find("scale");
    if (scale && !(scale->is_scalar() && (scale->text == "log" || scale->text == "linear")))
      diagnostics_.error(scale->pos, path_ + ".scale", "not a scale: " + describe(*scale), "allowed: linear, log");
    const Node* whole = node_.find("integer");
    if (whole && !(whole->is_scalar() && (whole->text == "true" || whole->text == "false")))
      diagnostics_.error(whole->pos, path_ + ".integer", "true or false is expected, not " + describe(*whole));
    if (diagnostics_.error_count() != before) return;
    axis_.from = from->value;
    axis_.to = to->value;
    axis_.unit = from->unit;
    axis_.logarithmic = scale && scale->text == "log";
    axis_.whole = whole ? whole->text == "true" : from->whole && to->whole && (!step || step->whole) && !axis_.logarithmic;
    const auto refuse = [&](const std::string& what) { diagnostics_.error(node_.pos, path_, what, axis_rule); };
    if (to->unit != from->unit) return refuse("from and to have different units");
    if (!(axis_.from < axis_.to)) return refuse("from must be below to");
    if (axis_.logarithmic && axis_.from <= 0) return refuse("a logarithmic range begins above 0");
    if (step && points) return refuse("step and points exclude each other");
    if (step && axis_.logarithmic) return refuse("a logarithmic range takes points, not a step");
    if (step && step->unit != from->unit && !(step->unit.empty() && step->value > 0)) return refuse("step has another unit than from");
    if (step && !(step->value > 0 && (axis_.to - axis_.from) / step->value < static_cast<double>(most_points)))
      return refuse("the step must be above 0 and give at most a million values");
    if (points && !(points->whole && points->value >= 2 && points->value <= static_cast<double>(most_points)))
      return refuse("points is a whole number from 2 to a million");
    if (step) {
      // Multiples of the step, so that 0.1 + 0.1 + 0.1 does not drift; a little slack takes the end in.
      const auto n = static_cast<std::uint64_t>(std::floor((axis_.to - axis_.from) / step->value + 1e-9));
      for (std::uint64_t i = 0; i <= n; ++i) add(axis_.from + static_cast<double>(i) * step->value);
    }
    if (points) {
      const auto n = static_cast<std::uint64_t>(points->value);
      for (std::uint64_t i = 0; i < n; ++i) add(at(static_cast<double>(i) / static_cast<double>(n - 1)));
      if (std::set<std::string>(axis_.values.begin(), axis_.values.end()).size() != axis_.values.size())
        refuse("more points than whole numbers between from and to");
    }
  }

  double at(double u) const {
    if (u == 0) return axis_.from;
    if (u == 1) return axis_.to;
    return axis_.logarithmic ? axis_.from * std::pow(axis_.to / axis_.from, u) : axis_.from + u * (axis_.to - axis_.from);
  }

  void add(double value) { axis_.values.push_back(axis_text(axis_, value)); }

  std::optional<Number> number(const char* key, bool required) {
    const Node* node = node_.find(key);
    if (!node) {
      if (required) diagnostics_.error(node_.pos, path_, std::string("the range has no `") + key + "`", axis_rule);
      return std::nullopt;
    }
    const auto parsed = number_of(*node);
    if (!parsed) diagnostics_.error(node->pos, path_ + "." + key, "a number is expected, not " + describe(*node));
    return parsed;
  }

  const Node& node_;
  std::string path_;
  Diagnostics& diagnostics_;
  Axis axis_;
};

}  // namespace

Axis read_axis(const std::string& key, const Node& node, SourcePos pos, const std::string& path, Diagnostics& diagnostics) {
  return AxisReader(key, node, pos, path, diagnostics).read();
}

}  // namespace snnvp::sweep
