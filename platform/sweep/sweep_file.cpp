// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/sweep_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>

namespace snnvp::sweep {

namespace {

const std::vector<std::string> mode_words{"grid", "zip", "random", "lhs", "sobol"};
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
  for (const Node::Entry& entry : axes->entries)
    file.axes.push_back(read_axis(entry.key, entry.value, entry.key_pos, "axes." + entry.key, diagnostics));
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
