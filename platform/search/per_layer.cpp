// SPDX-License-Identifier: Apache-2.0
// Searches with one value per layer: one run per value, then sums.
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/search/layer_search.h>
#include <snnvp/platform/search/piecewise_fit.h>
#include <snnvp/platform/search/search.h>

namespace snnvp::search {

namespace {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

const char* word(Objective objective) {
  return objective == Objective::energy ? "energy" : objective == Objective::latency ? "latency" : "edp";
}
std::string with_unit(Objective objective, double cost) {
  return si(cost, objective == Objective::energy ? "J" : objective == Objective::latency ? "s" : "Js");
}

std::string set_text(const std::string& key, const std::string& value) { return key + "=" + value; }

std::string list_text(const Texts& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

Json json_of(const Combination& c, const Texts& values) {
  Json chosen = Json::array();
  for (const std::uint32_t choice : c.choice) chosen.push_back(values[choice]);
  return {{"values", std::move(chosen)}, {"cycles", c.cycles}, {"seconds", c.seconds}, {"energy_j", c.energy_j}, {"cost", c.cost}};
}

/// A search with one value per layer.
class PerLayer {
public:
  PerLayer(const SearchFile& file, const SearchOptions& options)
      : file_(file),
        axis_(*file.layer_axis()),
        total_(axis_.values.size() * (1 + file.fit.values.size()) + 1),
        evaluator_(point_settings(file, options, total_)) {}

  SearchOutcome run() {
    simulate();
    const LayerSearch found = search_layers(table_, file_, layers_.clock_hz);
    Texts chosen;
    for (const std::uint32_t choice : found.best.choice) chosen.push_back(axis_.values[choice]);
    const std::string best_text = set_text(axis_.key, list_text(chosen));
    nlohmann::json confirmed;
    evaluate({{{axis_.key, list_text(chosen)}}}, [&](std::size_t, const nlohmann::ordered_json& report) { confirmed = report; });
    describe(found, chosen, best_text, confirmed);
    return std::move(outcome_);
  }

private:
  /// Reports by index of their setting, in any order. A run that fails is wrong input here: its layer cannot be added up.
  void evaluate(const std::vector<sweep::Setting>& settings, const std::function<void(std::size_t, const nlohmann::ordered_json&)>& visit) {
    evaluator_.evaluate(settings, [&](std::size_t i, const sweep::PointResult& result) {
      if (!result.is_ok() && problem_.empty())
        problem_ = fmt::format("the point {} ended as {}{}{}", sweep::setting_text(settings[i]), result.status,
                               result.reason.empty() ? "" : ": ", result.reason);
      if (result.is_ok()) visit(i, result.report);
    });
    if (!problem_.empty()) throw InputError(problem_);
  }

  /// One run per value; with a fit, one per value and fit value too.
  void simulate() {
    std::vector<sweep::Setting> points;
    for (const std::string& value : axis_.values) points.push_back({{axis_.key, list_text({value})}});
    for (const std::string& fit_value : file_.fit.values)
      for (std::size_t v = 0; v < axis_.values.size(); ++v) points.push_back({points[v].front(), {file_.fit.key, fit_value}});
    const bool needs_energy = file_.objective != Objective::latency || !file_.fit.key.empty();
    std::vector<LayerCosts> all(points.size());
    evaluate(points, [&](std::size_t i, const nlohmann::ordered_json& report) { all[i] = layer_costs(report, needs_energy); });
    layers_ = all.front();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].names != layers_.names) throw InputError("the layers of the base scenario change with the value of " + axis_.key);
      (i < axis_.values.size() ? table_ : fit_table_).push_back(std::move(all[i].costs));
    }
  }

  void describe(const LayerSearch& found, const Texts& chosen, const std::string& best_text, const nlohmann::json& confirmed) {
    const Objective objective = file_.objective;
    const std::string& uniform = axis_.values[found.best_uniform.choice.front()];
    const double gain = found.best.cost > 0 ? found.best_uniform.cost / found.best.cost : 1;
    const std::uint64_t all =
        Grid{std::vector<std::uint32_t>(layers_.names.size(), static_cast<std::uint32_t>(axis_.values.size()))}.points();
    const std::string method = method_text(found.exhaustive, found.combinations, all, file_.restarts);
    const std::uint64_t confirmed_cycles = confirmed.at("totals").at("cycles");

    Json& j = outcome_.json;
    j["search"] = 1;
    j["name"] = file_.name;
    j["base"] = file_.base;
    j["objective"] = word(objective);
    j["axis"] = {{"name", axis_.name}, {"key", axis_.key}, {"values", axis_.values}};
    j["method"] = found.exhaustive ? "exhaustive" : "coordinate_descent";
    j["simulations"] = total_;
    j["combinations"] = {{"looked_at", found.combinations}, {"all", all}};
    j["layers"] = layers_.names;
    j["best"] = json_of(found.best, axis_.values);
    j["best"]["set"] = best_text;
    j["best_uniform"] = json_of(found.best_uniform, axis_.values);
    j["gain_over_best_uniform"] = gain;
    j["confirmed"] = {{"cycles", confirmed_cycles}, {"energy_mj", confirmed.at("totals").value("energy_mj", Json(nullptr))}};

    std::string& s = outcome_.summary;
    s = fmt::format("{}: {} of {} layers, {} values of {} each\n", file_.name, word(objective), layers_.names.size(), axis_.values.size(),
                    axis_.name);
    s += fmt::format("  simulated {} runs of {}\n  searched  {}\n", total_, file_.base, method);
    s += fmt::format("  best      {} = {} in {}; {:.3f} x better than the best single value ({} {}: {})\n",
                     with_unit(objective, found.best.cost), si(found.best.energy_j, "J"), si(found.best.seconds, "s"), gain, axis_.name,
                     uniform, with_unit(objective, found.best_uniform.cost));
    s += fmt::format("  confirmed by a run with it: {} cycles, {} were added up\n", grouped(confirmed_cycles), grouped(found.best.cycles));
    s += fmt::format("            --set {}\n\n", best_text);
    s += fmt::format("  {:<14} {:>8} {:>14} {:>12}   {}\n", "layer", axis_.name, "cycles", "energy", "with " + uniform);
    std::string csv = "layer," + axis_.name + ",cycles,energy_j,filled_windows\n";
    for (std::size_t layer = 0; layer < layers_.names.size(); ++layer) {
      const LayerCost& best = table_[found.best.choice[layer]][layer];
      const LayerCost& single = table_[found.best_uniform.choice[layer]][layer];
      s += fmt::format("  {:<14} {:>8} {:>14} {:>12}   {} cycles, {}\n", layers_.names[layer].substr(0, 14), chosen[layer],
                       grouped(best.cycles), si(best.energy_j, "J"), grouped(single.cycles), si(single.energy_j, "J"));
      for (std::size_t v = 0; v < axis_.values.size(); ++v) {
        const LayerCost& cost = table_[v][layer];
        csv += fmt::format("{},{},{},{},{}\n", layers_.names[layer], axis_.values[v], cost.cycles, shortest_double(cost.energy_j),
                           cost.filled_windows);
      }
    }
    outcome_.files.emplace_back("points.csv", std::move(csv));
    if (!file_.fit.key.empty()) fit();
  }

  /// EDP of each layer and value against the filled windows of its input: what a training loss can use.
  void fit() {
    std::string csv =
        "layer," + axis_.name + ",segment,filled_windows_from,filled_windows_to,edp_js_from,slope_js_per_window,largest_relative_error\n";
    Json fits = Json::array();
    double worst = 0;
    for (std::size_t layer = 0; layer < layers_.names.size(); ++layer)
      for (std::size_t v = 0; v < axis_.values.size(); ++v) {
        std::vector<std::pair<double, double>> points;
        for (std::size_t f = 0; f < file_.fit.values.size(); ++f) {
          const LayerCost& cost = fit_table_[f * axis_.values.size() + v][layer];
          const double seconds = static_cast<double>(cost.cycles) / static_cast<double>(layers_.clock_hz);
          points.emplace_back(static_cast<double>(cost.filled_windows), cost.energy_j * seconds);
        }
        const PiecewiseFit fitted = fit_piecewise(points, file_.fit.segments);
        worst = std::max(worst, fitted.largest_relative_error);
        const auto row = [&](std::size_t segment, double from, double to, double value, double slope) {
          csv += fmt::format("{},{},{},{},{},{},{},{}\n", layers_.names[layer], axis_.values[v], segment, shortest_double(from),
                             shortest_double(to), shortest_double(value), shortest_double(slope),
                             shortest_double(fitted.largest_relative_error));
        };
        if (fitted.segments() == 0) row(0, fitted.knots[0], fitted.knots[0], fitted.values[0], 0);
        for (std::size_t segment = 0; segment < fitted.segments(); ++segment)
          row(segment, fitted.knots[segment], fitted.knots[segment + 1], fitted.values[segment], fitted.slope(segment));
        fits.push_back({{"layer", layers_.names[layer]},
                        {axis_.name, axis_.values[v]},
                        {"knots", fitted.knots},
                        {"edp_js", fitted.values},
                        {"largest_relative_error", fitted.largest_relative_error}});
      }
    outcome_.json["fit"] = {{"key", file_.fit.key}, {"values", file_.fit.values}, {"fits", std::move(fits)}};
    outcome_.summary += fmt::format(
        "\n  fit       EDP of each layer and {} against filled windows, {} segments over {} values of {}:\n            off by at most "
        "{:.1f} %; the "
        "table is edp_fit.csv\n",
        axis_.name, file_.fit.segments, file_.fit.values.size(), file_.fit.key, 100 * worst);
    outcome_.files.emplace_back("edp_fit.csv", std::move(csv));
  }

  const SearchFile& file_;
  const Axis& axis_;
  std::size_t total_;
  PointEvaluator evaluator_;
  std::string problem_;
  LayerCosts layers_;
  CostTable table_, fit_table_;
  SearchOutcome outcome_;
};

}  // namespace

SearchOutcome search_per_layer(const SearchFile& file, const SearchOptions& options) { return PerLayer(file, options).run(); }

}  // namespace snnvp::search
