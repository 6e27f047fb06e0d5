// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/search_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario_sections.h>
#include <snnvp/platform/sweep/constraints.h>
#include <snnvp/platform/sweep/metric.h>

namespace snnvp::search {

namespace {

constexpr std::uint64_t most_exhaustive = 1'000'000;
const std::vector<std::string> method_words{"auto", "exhaustive", "random", "coordinate_descent", "nsga2"};
constexpr const char* space_rule =
    "space: [ { name: rows, key: platform.blocks.pe.params.rows, values: [4, 8, 16] } ], or as the axes of a sweep, { KEY: [4, 8, 16] }";
constexpr const char* objectives_rule =
    "objectives: [latency, area], or { minimise: [totals.cycles], maximise: [accuracy] }; names: latency, energy, edp, power, area, "
    "accuracy and paths in report.json";

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> out;
  for (const Value& item : list.items()) out.push_back(item.as_text());
  return out;
}

ParamSpec text_list(const char* name, const char* doc) {
  ParamSpec item;
  item.type = ParamType::text;
  return list_of(name, item, doc);
}

/// The number at the beginning of "500 MHz".
std::optional<double> leading_number(const std::string& text) {
  const ParsedNumber parsed = parse_real(text.substr(0, text.find(' ')));
  if (!parsed) return std::nullopt;
  return parsed.value.as_double();
}

/// A range of whole numbers without a step means each of them.
void fill_whole_range(Axis& axis, SourcePos pos, const std::string& path, Diagnostics& diagnostics) {
  if (!axis.axis.is_range() || !axis.axis.whole || axis.axis.logarithmic) return;
  if (axis.axis.to - axis.axis.from >= static_cast<double>(most_exhaustive))
    return diagnostics.error(pos, path, "more than a million values", "step or points");
  for (double value = axis.axis.from; value <= axis.axis.to; ++value) axis.values.push_back(sweep::axis_text(axis.axis, value));
}

class FileReader {
public:
  FileReader(const Node& root, SearchFile& file, Diagnostics& diagnostics) : root_(root), file_(file), diagnostics_(diagnostics) {}

  void space() {
    const Node* node = root_.find("space");
    if (node && node->is_list() && !node->items.empty()) {
      for (const Node& item : node->items) listed_axis(item);
    } else if (node && node->is_map() && !node->entries.empty()) {
      for (const Node::Entry& entry : node->entries) add(Axis{"", entry.key, {}, false, {}}, entry.value, entry.key_pos);
      name_by_last_part();
    } else {
      diagnostics_.error(node ? node->pos : root_.pos, "space", "a search has a space: what may be chosen", space_rule);
    }
    std::set<std::string> names, keys;
    for (const Axis& axis : file_.space) {
      if (!names.insert(axis.name).second) diagnostics_.error(axis.axis.pos, "space", "the name " + quote(axis.name) + " is used twice");
      if (!keys.insert(axis.key).second) diagnostics_.error(axis.axis.pos, "space", "the key " + quote(axis.key) + " is used twice");
    }
    if (file_.layer_axis() && file_.space.size() != 1)
      diagnostics_.error(node->pos, "space", "an axis with `per: layer` stands alone",
                         "search one of the others first and put its best value into the base scenario");
  }

  void objectives(const std::string& single) {
    const Node* node = root_.find("objectives");
    if (node && !single.empty()) {
      diagnostics_.error(node->pos, "objectives", "objective and objectives exclude each other");
    } else if (!node) {
      if (single.empty() && !file_.command.words.empty())
        diagnostics_.error(root_.pos, "objectives", "with an evaluator, the objectives are names of its values", objectives_rule);
      objective(single.empty() ? "edp" : single, std::nullopt, root_.find("objective") ? root_.find("objective")->pos : root_.pos);
    } else if (node->is_list()) {
      for (const Node& item : node->items) listed_objective(item, std::nullopt);
    } else if (node->is_map()) {
      check_keys(*node, {"minimise", "maximise"}, "unknown key of objectives", "objectives", diagnostics_);
      for (const bool maximise : {false, true})
        if (const Node* list = node->find(maximise ? "maximise" : "minimise"); list && list->is_list())
          for (const Node& item : list->items) listed_objective(item, maximise);
    }
    if (node && file_.objectives.empty()) diagnostics_.error(node->pos, "objectives", "no objective is named", objectives_rule);
  }

private:
  void listed_axis(const Node& item) {
    if (!item.is_map()) return diagnostics_.error(item.pos, "space", "a map is expected, not " + describe(item), space_rule);
    check_keys(item, {"name", "key", "values", "per", "from", "to", "step", "points", "scale", "integer"}, "unknown key of an axis",
               "space", diagnostics_);
    Axis axis;
    axis.name = required_text(item, "name", "space", diagnostics_);
    axis.key = file_.command.words.empty() ? required_text(item, "key", "space." + axis.name, diagnostics_) : axis.name;
    if (const Node* per = item.find("per")) {
      if (!per->is_scalar() || (per->text != "run" && per->text != "layer"))
        diagnostics_.error(per->pos, "space." + axis.name + ".per", "not a choice: " + describe(*per), "allowed: run, layer");
      axis.per_layer = per->text == "layer";
    }
    if (const Node* values = item.find("values")) return add(std::move(axis), *values, item.pos);
    Node range = item;
    range.entries.erase(std::remove_if(range.entries.begin(), range.entries.end(),
                                       [](const Node::Entry& e) { return e.key == "name" || e.key == "key" || e.key == "per"; }),
                        range.entries.end());
    add(std::move(axis), range, item.pos);
  }

  void add(Axis axis, const Node& values, SourcePos pos) {
    const std::string path = "space." + (axis.name.empty() ? axis.key : axis.name);
    axis.axis = sweep::read_axis(axis.key, values, pos, path, diagnostics_);
    axis.values = axis.axis.values;
    if (!diagnostics_.has_errors()) fill_whole_range(axis, pos, path, diagnostics_);
    if (axis.per_layer && axis.values.empty() && !diagnostics_.has_errors())
      diagnostics_.error(pos, path, "one value per layer needs a list of values, or a range with step or points");
    file_.space.push_back(std::move(axis));
  }

  void name_by_last_part() {
    std::map<std::string, int> count;
    const auto last = [](const std::string& key) { return key.substr(key.rfind('.') + 1); };
    for (const Axis& axis : file_.space) ++count[last(axis.key)];
    for (Axis& axis : file_.space) axis.name = count[last(axis.key)] == 1 ? last(axis.key) : axis.key;
  }

  void listed_objective(const Node& item, std::optional<bool> maximise) {
    if (!item.is_scalar()) return diagnostics_.error(item.pos, "objectives", "a name is expected, not " + describe(item), objectives_rule);
    objective(item.text, maximise, item.pos);
  }

  void objective(const std::string& name, std::optional<bool> maximise, SourcePos pos) {
    if (file_.command.words.empty() && !sweep::may_be_metric(name)) {
      const std::string near = did_you_mean(name, sweep::metric_names());
      return diagnostics_.error(pos, "objectives", quote(name) + " is no number of a report" + (near.empty() ? "" : "; " + near),
                                objectives_rule);
    }
    for (const sweep::Goal& goal : file_.objectives)
      if (goal.metric == name) return diagnostics_.error(pos, "objectives", quote(name) + " is named twice");
    file_.objectives.push_back({name, maximise.value_or(sweep::is_better_large(name))});
  }

  const Node& root_;
  SearchFile& file_;
  Diagnostics& diagnostics_;
};

/// What cannot be together.
void check_method(const Node& root, const SearchFile& file, Diagnostics& diagnostics) {
  const auto pos_of = [&root](const char* key) { return root.find(key) ? root.find(key)->pos : root.pos; };
  std::uint64_t points = 1;
  for (const Axis& axis : file.space)
    points = std::min<std::uint64_t>(points * std::max<std::size_t>(axis.values.size(), 1), most_exhaustive + 1);
  if (!file.layer_axis() && file.method == Method::exhaustive && points > most_exhaustive)
    diagnostics.error(pos_of("method"), "method", "the space has more points than can ever be simulated", "method: nsga2, or fewer values");
  if (!file.layer_axis() && file.method == Method::exhaustive && file.budget != 0 && points > file.budget)
    diagnostics.error(pos_of("budget"), "budget", fmt::format("an exhaustive search takes {} points", points), "a larger budget, or nsga2");
  if (file.method == Method::coordinate_descent && file.objectives.size() > 1)
    diagnostics.error(pos_of("method"), "method", "coordinate descent follows one objective", "method: nsga2");
  if (file.population % 4 != 0 || (file.population != 0 && file.population < 8))
    diagnostics.error(pos_of("population"), "population", "NSGA-II takes a multiple of four, at least eight");
  if (file.layer_axis()) {
    const bool is_sum =
        file.objectives.size() == 1 && !file.objectives[0].maximise &&
        (file.objectives[0].metric == "edp" || file.objectives[0].metric == "energy" || file.objectives[0].metric == "latency");
    if (!is_sum) diagnostics.error(pos_of("objectives"), "objectives", "over layers one of edp, energy and latency is minimised");
    if (file.method == Method::random || file.method == Method::nsga2)
      diagnostics.error(pos_of("method"), "method", "over layers, all combinations cost nothing but additions",
                        "allowed: auto, exhaustive, coordinate_descent");
    if (!file.constraints.empty()) diagnostics.error(pos_of("constraints"), "constraints", "a search over layers takes none");
    if (!file.command.words.empty()) diagnostics.error(pos_of("evaluator"), "evaluator", "a search over layers needs a scenario");
  }
  for (const auto& [name, value] : file.reference)
    if (std::none_of(file.objectives.begin(), file.objectives.end(), [n = &name](const sweep::Goal& g) { return g.metric == *n; }))
      diagnostics.error(pos_of("reference"), "reference", quote(name) + " is no objective");
}

}  // namespace

const char* word(Method method) { return method_words[static_cast<std::size_t>(method)].c_str(); }

bool Axis::is_ordered() const {
  std::optional<double> last;
  int direction = 0;
  for (const std::string& text : values) {
    const auto number = leading_number(text);
    if (!number) return false;
    const int step = !last ? 0 : *number > *last ? 1 : -1;
    if (step != 0 && direction != 0 && step != direction) return false;
    if (step != 0) direction = step;
    last = number;
  }
  return true;
}

const Axis* SearchFile::layer_axis() const {
  for (const Axis& axis : space)
    if (axis.per_layer) return &axis;
  return nullptr;
}

const std::vector<ParamSpec>& search_params() {
  static const std::vector<ParamSpec> specs = [] {
    ParamSpec fit_value, real = param("reference", 0.0, "");
    fit_value.type = ParamType::text;
    return std::vector<ParamSpec>{
        param("search", 1, "version of the format").range(1, 1),
        param("name", "", "default: the file's name"),
        path_param("base", "scenario that is run at every point"),
        group("evaluator",
              {text_list("command", "program that is asked instead: a JSON line {id, params}, answered by {id, values} or {id, error}"),
               quantity("timeout", Dimension::time, std::uint64_t{600'000'000'000'000}, "wall time for an answer; 0: none")},
              "a program of your own in place of `base`"),
        param("objective", "", "one objective"),
        text_list("constraints", "expressions over axes and results, e.g. rows * cols == 64, area <= 2"),
        text_list("metrics", "what else is told of each point: paths in report.json"),
        map_of("reference", real, "reference point of the hypervolume by objective; default: the worst seen"),
        param("method", "auto", "auto: exhaustive up to `budget` points, else coordinate descent, or nsga2 for several objectives")
            .choices(method_words),
        param("budget", 0, "most points evaluated").range(0, 1e9),
        param("restarts", 8, "random starts of coordinate descent, beside the first point or the best uniform one").range(0, 10'000),
        param("population", 0, "of nsga2; 0: an eighth of the budget, at most 100").range(0, 10'000),
        param("seed", 1, "seed of everything that is drawn").at_least(0),
        quantity("timeout", Dimension::time, 0, "wall time after which a run is ended; 0: none"),
        group("fit",
              {param("key", "", "path in the scenario that changes how many windows are filled; empty: no fit"),
               list_of("values", fit_value, "its values"), param("segments", 4, "straight pieces").range(1, 12)},
              "EDP of each layer as a piecewise-linear function of its filled windows"),
    };
  }();
  return specs;
}

SearchFile read_search_file(const std::string& path) {
  Diagnostics diagnostics;
  const Node root = read_yaml_file(path, diagnostics, "search");
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  if (!root.is_map())
    diagnostics.error(root.pos, "", "a search is a map, not " + describe(root), "it begins with search: 1");
  else if (!root.find("search"))
    diagnostics.error(root.pos, "search", "the key is missing", "write search: 1, the version of the format");
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  Node rest = root;
  rest.entries.erase(std::remove_if(rest.entries.begin(), rest.entries.end(),
                                    [](const Node::Entry& e) { return e.key == "space" || e.key == "objectives"; }),
                     rest.entries.end());
  const Value v = check_params(&rest, search_params(), "a search", "", diagnostics);

  SearchFile file;
  file.file = path;
  file.name = v.find("name")->as_text();
  if (file.name.empty()) file.name = std::filesystem::path(path).stem().string();
  file.base = v.find("base")->is_null() ? "" : v.find("base")->as_text();
  file.command.words = texts(*v.find("evaluator.command"));
  const auto ms = [&v](const char* key) { return (v.find(key)->as_u64() + 999'999'999) / 1'000'000'000; };
  file.command.timeout_ms = ms("evaluator.timeout");
  file.timeout_ms = ms("timeout");
  const Node* evaluator = root.find("evaluator");
  if (evaluator && file.command.words.empty())
    diagnostics.error(evaluator->pos, "evaluator.command", "the evaluator has no command", "command: [python3, evaluate.py]");
  else if (file.base.empty() == file.command.words.empty())
    diagnostics.error(root.pos, "base",
                      evaluator ? "base and evaluator exclude each other" : "the key is missing: the scenario that is run",
                      "or evaluator: { command: [...] }");
  FileReader reader(root, file, diagnostics);
  reader.space();
  reader.objectives(v.find("objective")->as_text());
  const std::string method = v.find("method")->as_text();
  file.method = static_cast<Method>(std::find(method_words.begin(), method_words.end(), method) - method_words.begin());
  file.constraints = texts(*v.find("constraints"));
  file.metrics = texts(*v.find("metrics"));
  const Value& reference = *v.find("reference");
  for (std::size_t i = 0; i < reference.keys().size(); ++i) file.reference[reference.keys()[i]] = reference.items()[i].as_double();
  file.budget = v.find("budget")->as_u64();
  file.restarts = v.find("restarts")->as_u64();
  file.population = v.find("population")->as_u64();
  file.seed = v.find("seed")->as_u64();
  file.fit.key = v.find("fit.key")->as_text();
  file.fit.values = texts(*v.find("fit.values"));
  file.fit.segments = static_cast<unsigned>(v.find("fit.segments")->as_u64());
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  const std::string& first = file.objectives.front().metric;
  file.objective = first == "energy" ? Objective::energy : first == "latency" ? Objective::latency : Objective::edp;
  check_method(root, file, diagnostics);
  const Node* fit = root.find("fit");
  if (!file.fit.key.empty() && (!file.layer_axis() || file.fit.values.empty()))
    diagnostics.error(fit->pos, "fit", file.layer_axis() ? "a fit needs values of its key" : "a fit needs an axis with `per: layer`",
                      "see scenarios/papers/spikex_tws.yaml");
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  std::vector<std::string> keys;
  for (const Axis& axis : file.space) keys.push_back(axis.key);
  const sweep::Constraints readable(file.file, keys, file.constraints, !file.command.words.empty());
  return file;
}

}  // namespace snnvp::search
