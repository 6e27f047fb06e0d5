// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/search_file.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/config/params.h>

namespace snnvp::search {

namespace {

constexpr std::uint64_t most_exhaustive = 1'000'000;

ParamSpec text(const char* name, const char* doc) { return required_param(name, ParamType::text, doc); }

ParamSpec values_of(const char* doc) {
  ParamSpec value;
  value.type = ParamType::text;
  ParamSpec list = list_of("values", value, doc);
  list.required = true;
  return list.at_least(1);
}

std::vector<std::string> texts(const Value& list) {
  std::vector<std::string> out;
  for (const Value& item : list.items()) out.push_back(item.as_text());
  return out;
}

/// Where a problem of the space stands.
SourcePos pos_of(const Node& root, std::size_t axis) {
  const Node* space = root.find("space");
  return space && axis < space->items.size() ? space->items[axis].pos : root.pos;
}

}  // namespace

const Axis* SearchFile::layer_axis() const {
  for (const Axis& axis : space)
    if (axis.per_layer) return &axis;
  return nullptr;
}

const std::vector<ParamSpec>& search_params() {
  static const std::vector<ParamSpec> specs = [] {
    ParamSpec base = path_param("base", "scenario that is run at every point");
    base.required = true;
    ParamSpec space =
        list_of("space",
                group("axis",
                      {text("name", "what is chosen, for people"), text("key", "path in the scenario, as in --set"),
                       values_of("values to choose from"),
                       param("per", "run", "run: one value; layer: the key is a list with one value per layer").choices({"run", "layer"})},
                      "one choice"),
                "the choices");
    space.required = true;
    space.at_least(1);
    ParamSpec fit_value;
    fit_value.type = ParamType::text;
    return std::vector<ParamSpec>{
        param("search", 1, "version of the format").range(1, 1),
        param("name", "", "default: the file's name"),
        base,
        space,
        param("objective", "edp", "what is made small").choices({"edp", "energy", "latency"}),
        param("method", "auto", "auto: exhaustive up to `budget` points, else coordinate descent")
            .choices({"auto", "exhaustive", "coordinate_descent"}),
        param("budget", 1'000'000, "most points of an exhaustive search under auto").at_least(1),
        param("restarts", 8, "random starts of coordinate descent, beside the best uniform point").range(0, 10'000),
        param("seed", 1, "seed of the restarts").at_least(0),
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
  const Value v = check_params(&root, search_params(), "a search", "", diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);

  SearchFile file;
  file.file = path;
  file.name = v.find("name")->as_text();
  if (file.name.empty()) file.name = std::filesystem::path(path).stem().string();
  file.base = v.find("base")->as_text();
  std::set<std::string> names;
  std::size_t layer_axes = 0;
  for (std::size_t i = 0; i < v.find("space")->items().size(); ++i) {
    const Value& axis = v.find("space")->items()[i];
    Axis a{axis.find("name")->as_text(), axis.find("key")->as_text(), texts(*axis.find("values")), axis.find("per")->as_text() == "layer"};
    if (!names.insert(a.name).second) diagnostics.error(pos_of(root, i), "space", "the name " + quote(a.name) + " is used twice");
    if (std::set<std::string>(a.values.begin(), a.values.end()).size() != a.values.size())
      diagnostics.error(pos_of(root, i), "space." + a.name + ".values", "a value is listed twice");
    layer_axes += a.per_layer;
    file.space.push_back(std::move(a));
  }
  if (layer_axes != 0 && file.space.size() != 1)
    diagnostics.error(pos_of(root, 1), "space", "an axis with `per: layer` stands alone",
                      "search one of the others first and put its best value into the base scenario");
  const std::string objective = v.find("objective")->as_text(), method = v.find("method")->as_text();
  file.objective = objective == "energy" ? Objective::energy : objective == "latency" ? Objective::latency : Objective::edp;
  file.method = method == "exhaustive" ? Method::exhaustive : method == "auto" ? Method::automatic : Method::coordinate_descent;
  file.budget = v.find("budget")->as_u64();
  file.restarts = v.find("restarts")->as_u64();
  file.seed = v.find("seed")->as_u64();
  file.fit.key = v.find("fit.key")->as_text();
  file.fit.values = texts(*v.find("fit.values"));
  file.fit.segments = static_cast<unsigned>(v.find("fit.segments")->as_u64());
  std::uint64_t points = 1;
  for (const Axis& axis : file.space) points = std::min<std::uint64_t>(points * axis.values.size(), most_exhaustive + 1);
  if (layer_axes == 0 && file.method == Method::exhaustive && points > most_exhaustive)
    diagnostics.error(root.find("method")->pos, "method", "the space has more points than can ever be simulated",
                      "method: coordinate_descent, or fewer values");
  const Node* fit = root.find("fit");
  if (!file.fit.key.empty() && (layer_axes == 0 || file.fit.values.empty()))
    diagnostics.error(fit->pos, "fit", layer_axes == 0 ? "a fit needs an axis with `per: layer`" : "a fit needs values of its key",
                      "see scenarios/papers/spikex_tws.yaml");
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return file;
}

}  // namespace snnvp::search
