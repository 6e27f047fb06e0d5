// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/sweep_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario_sections.h>

namespace snnvp::sweep {

namespace {

const std::vector<std::string> mode_words{"grid", "zip", "random", "lhs", "sobol"};
constexpr const char* axis_rule =
    "an axis is a list, [64, 128, 256], or a range, { from: 0.1, to: 0.9, step: 0.1 } or { from: 1, to: 100, points: 5, scale: log }";

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

std::string with_unit(const std::string& number, const std::string& unit) { return unit.empty() ? number : number + " " + unit; }

class AxisReader {
public:
  AxisReader(const Node::Entry& entry, Diagnostics& diagnostics)
      : node_(entry.value), path_("axes." + entry.key), diagnostics_(diagnostics) {
    axis_.key = entry.key;
    axis_.pos = entry.key_pos;
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

  /// Twelve digits: what pow or a sum leaves beyond differs between hosts.
  void add(double value) {
    axis_.values.push_back(
        with_unit(axis_.whole ? fmt::format("{:.0f}", value) : shortest_double(std::stod(fmt::format("{:.12g}", value))), axis_.unit));
  }

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

ParamSpec texts(const char* name, const char* doc) {
  ParamSpec item;
  item.type = ParamType::text;
  return list_of(name, item, doc);
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> out;
  for (const Value& item : list.items()) out.push_back(item.as_text());
  return out;
}

void read_axes(const Node& root, SweepFile& file, Diagnostics& diagnostics) {
  const Node* axes = root.find("axes");
  if (!axes || !axes->is_map() || axes->entries.empty()) {
    diagnostics.error(axes ? axes->pos : root.pos, "axes", "a sweep has axes: a map from keys of the scenario to values",
                      "axes: { platform.blocks.pu.params.tile_m: [64, 128, 256] }");
    return;
  }
  for (const Node::Entry& entry : axes->entries) file.axes.push_back(AxisReader(entry, diagnostics).read());
}

void check_mode(const Node& root, SweepFile& file, Diagnostics& diagnostics) {
  const auto pos_of = [&root](const char* key) { return root.find(key) ? root.find(key)->pos : root.pos; };
  const bool draws = file.mode == Mode::random || file.mode == Mode::lhs || file.mode == Mode::sobol;
  if (draws && file.points == 0)
    diagnostics.error(pos_of("mode"), "points", std::string("mode ") + word(file.mode) + " needs a number of points", "points: 64");
  if (!draws && file.points != 0)
    diagnostics.error(pos_of("points"), "points", std::string("mode ") + word(file.mode) + " takes its points from the axes",
                      "remove points, or use random, lhs or sobol");
  if (draws) return;
  for (const Axis& axis : file.axes)
    if (axis.is_range())
      diagnostics.error(axis.pos, "axes." + axis.key, std::string("a range needs `step` or `points` in mode ") + word(file.mode),
                        axis_rule);
  if (file.mode == Mode::zip)
    for (const Axis& axis : file.axes)
      if (axis.values.size() != file.axes.front().values.size())
        diagnostics.error(axis.pos, "axes." + axis.key,
                          fmt::format("{} values, while {} has {}: mode zip takes the n-th of each", axis.values.size(),
                                      file.axes.front().key, file.axes.front().values.size()));
}

}  // namespace

const char* word(Mode mode) { return mode_words[static_cast<std::size_t>(mode)].c_str(); }

const std::vector<ParamSpec>& sweep_params() {
  static const std::vector<ParamSpec> specs = [] {
    ParamSpec base = path_param("base", "scenario that is run at every point");
    base.required = true;
    ParamSpec metrics = texts("metrics", "what is told of each point: paths in report.json");
    metrics.default_value = Value::make_list();
    for (const char* path : {"totals.cycles", "totals.energy_mj", "totals.edp_js"}) metrics.default_value.push_back(path);
    return std::vector<ParamSpec>{
        param("sweep", 1, "version of the format").range(1, 1),
        param("name", "", "default: the file's name"),
        base,
        param("mode", "grid", "grid: all combinations; zip: the n-th of each; random, lhs (Latin hypercube), sobol: `points` draws")
            .choices(mode_words),
        param("points", 0, "number of draws of random, lhs and sobol").range(0, static_cast<double>(most_points)),
        param("seed", 1, "seed of the drawn points").at_least(0),
        texts("constraints", "expressions over the axes that a point must fulfil, e.g. tile_m * tile_k <= 4096"),
        param("seeds", 1, "runs per point, each with a workload.seed of its own").range(1, 10'000),
        metrics,
        group("pareto", {texts("minimise", "metrics to make small"), texts("maximise", "metrics to make large")}, "the front that is told"),
        quantity("timeout", Dimension::time, 0, "wall time after which a run is ended; 0: none"),
    };
  }();
  return specs;
}

SweepFile read_sweep_file(const std::string& path) {
  Diagnostics diagnostics;
  const Node root = read_yaml_file(path, diagnostics, "sweep");
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  if (!root.is_map())
    diagnostics.error(root.pos, "", "a sweep is a map, not " + describe(root), "it begins with sweep: 1");
  else if (!root.find("sweep"))
    diagnostics.error(root.pos, "sweep", "the key is missing", "write sweep: 1, the version of the format");
  if (diagnostics.has_errors()) throw InputError(diagnostics);

  SweepFile file;
  file.file = path;
  read_axes(root, file, diagnostics);
  Node rest = root;
  rest.entries.erase(std::remove_if(rest.entries.begin(), rest.entries.end(), [](const Node::Entry& e) { return e.key == "axes"; }),
                     rest.entries.end());
  const Value v = check_params(&rest, sweep_params(), "a sweep", "", diagnostics);
  file.name = v.find("name")->as_text();
  if (file.name.empty()) file.name = std::filesystem::path(path).stem().string();
  file.base = v.find("base")->is_null() ? "" : v.find("base")->as_text();
  const auto mode = std::find(mode_words.begin(), mode_words.end(), v.find("mode")->as_text());
  file.mode = static_cast<Mode>(mode - mode_words.begin());
  file.points = v.find("points")->as_u64();
  file.seed = v.find("seed")->as_u64();
  file.constraints = texts_of(*v.find("constraints"));
  file.replicas = v.find("seeds")->as_u64();
  file.metrics = texts_of(*v.find("metrics"));
  for (const std::string& metric : texts_of(*v.find("pareto.minimise"))) file.pareto.push_back({metric, false});
  for (const std::string& metric : texts_of(*v.find("pareto.maximise"))) file.pareto.push_back({metric, true});
  file.timeout_ms = (v.find("timeout")->as_u64() + 999'999'999) / 1'000'000'000;
  if (!diagnostics.has_errors()) check_mode(root, file, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return file;
}

}  // namespace snnvp::sweep
