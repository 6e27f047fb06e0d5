// SPDX-License-Identifier: Apache-2.0
// Searches with one value per run: each point is a run, or a question to a program.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/search/search.h>
#include <snnvp/platform/sweep/collect.h>
#include <snnvp/platform/sweep/constraints.h>
#include <snnvp/platform/sweep/metric.h>

namespace snnvp::search {

namespace {

using Json = nlohmann::ordered_json;

/// Points of the front that are shown; all are in pareto.csv and search.json.
constexpr std::size_t most_told = 20;

std::string with_unit(const std::string& metric, double value) {
  const std::string unit = sweep::metric_unit(metric);
  return unit.empty() || unit == "mm2" ? fmt::format("{:.6g}{}", value, unit.empty() ? "" : " mm2") : si(value, unit);
}

Method method_of(const SearchFile& file, const Grid& grid) {
  if (file.method != Method::automatic) return file.method;
  if (grid.points() <= file.budget_or_default()) return Method::exhaustive;
  return file.objectives.size() == 1 ? Method::coordinate_descent : Method::nsga2;
}

class PerRun {
public:
  PerRun(const SearchFile& file, const SearchOptions& options)
      : file_(file),
        options_(options),
        grid_(grid_of(file)),
        method_(method_of(file, grid_)),
        budget_(method_ == Method::exhaustive ? grid_.points() : file.budget_or_default()),
        constraints_(file.file, sweep::keys_of(axes_of(file)), file.constraints, !file.command.words.empty()),
        evaluator_(point_settings(file, options, std::min(grid_.points(), budget_))) {}

  SearchOutcome run() {
    Ledger ledger(
        budget_, file_.objectives.size(), [this](const Point& point) { return constraints_.allow(setting_of(point)); },
        [this](const std::vector<Point>& points) { return evaluate(points); });
    Methods how;
    how.method = method_;
    how.restarts = file_.restarts;
    how.seed = file_.seed;
    how.population = file_.population;
    for (const Axis& axis : file_.space) how.ordered.push_back(axis.is_ordered());
    how.objectives = file_.objectives.size();
    how.budget = budget_;
    how.evolve = options_.evolve;
    explore(grid_, how, ledger);
    if (ledger.evaluated().empty()) throw InputError(file_.file + ": constraints: no point is left");
    sweep::write_plan(evaluator_.plan(), options_.folder);
    collection_ = sweep::collect(evaluator_.plan(), options_.folder);
    describe(ledger);
    return std::move(outcome_);
  }

private:
  static Grid grid_of(const SearchFile& file) {
    Grid grid;
    for (const Axis& axis : file.space) {
      if (axis.values.empty()) {
        Diagnostics diagnostics;
        diagnostics.error(axis.axis.pos, "space." + axis.name, "a range of real numbers needs `step` or `points`", "points: 20");
        throw InputError(diagnostics);
      }
      grid.sizes.push_back(static_cast<std::uint32_t>(axis.values.size()));
    }
    return grid;
  }

  static std::vector<sweep::Axis> axes_of(const SearchFile& file) {
    std::vector<sweep::Axis> axes;
    for (const Axis& axis : file.space) axes.push_back(axis.axis);
    return axes;
  }

  sweep::Setting setting_of(const Point& point) const {
    sweep::Setting setting;
    for (std::size_t d = 0; d < point.size(); ++d) setting.emplace_back(file_.space[d].key, file_.space[d].values[point[d]]);
    return setting;
  }

  std::vector<Costs> evaluate(const std::vector<Point>& points) {
    std::vector<sweep::Setting> settings;
    for (const Point& point : points) settings.push_back(setting_of(point));
    std::vector<Costs> all(points.size(), Costs(file_.objectives.size(), std::numeric_limits<double>::infinity()));
    evaluator_.evaluate(settings, [&](std::size_t i, const sweep::PointResult& result) {
      if (!result.is_ok()) return;
      const auto metric = [&](const std::string& name) { return sweep::metric_of(result.report, name); };
      Costs costs;
      for (const sweep::Goal& goal : file_.objectives) {
        const auto value = metric(goal.metric);
        if (!value && missing_.empty()) missing_ = goal.metric;
        costs.push_back(!value ? std::numeric_limits<double>::infinity() : goal.maximise ? -*value : *value);
      }
      if (!constraints_.broken(settings[i], metric)) all[i] = std::move(costs);
    });
    if (!missing_.empty())
      throw InputError(fmt::format("{}: objectives: a report has no number {}{}", file_.file, quote(missing_),
                                   missing_ == "energy" || missing_ == "edp" || missing_ == "power" || missing_ == "area"
                                       ? "; the base scenario needs prices for it (technology)"
                                       : ""));
    return all;
  }

  Json goals_json() const {
    Json goals = Json::array();
    for (const sweep::Goal& goal : file_.objectives)
      goals.push_back({{"metric", goal.metric}, {"better", goal.maximise ? "larger" : "smaller"}});
    return goals;
  }

  Json values_json(std::size_t i) const {
    Json values = Json::object();
    const auto& names = evaluator_.plan().metrics;
    for (std::size_t m = 0; m < names.size(); ++m)
      values[names[m]] = collection_.outcomes[i].metrics[m] ? Json(*collection_.outcomes[i].metrics[m]) : Json(nullptr);
    return values;
  }

  Json chosen_json(std::size_t i) const {
    Json chosen = Json::object();
    for (std::size_t d = 0; d < file_.space.size(); ++d) chosen[file_.space[d].name] = collection_.outcomes[i].point->setting[d].second;
    return chosen;
  }

  std::string searched_text(std::size_t looked) const {
    const std::string all = grid_.points() == ~std::uint64_t{0} ? "over 10^19" : grouped(grid_.points());
    if (method_ == Method::exhaustive && looked < grid_.points())
      return fmt::format("exhaustive, {} of {} combinations; constraints leave out the others", grouped(looked), all);
    if (method_ == Method::exhaustive || method_ == Method::coordinate_descent)
      return method_text(method_ == Method::exhaustive, looked, grid_.points(), file_.restarts);
    return fmt::format("{}, {} of {} points, seed {}", word(method_), grouped(looked), all, file_.seed);
  }

  void describe(const Ledger& ledger) {
    const bool is_single = file_.objectives.size() == 1;
    std::size_t failed = 0, outside = 0;
    for (const sweep::Outcome& outcome : collection_.outcomes) {
      failed += !outcome.is_ok();
      outside += !outcome.is_within;
    }
    outcome_.all_ok = failed == 0;
    outcome_.is_table = true;
    // By the first objective, best first; equal ones as they were found.
    std::vector<std::size_t> front = collection_.front;
    std::stable_sort(front.begin(), front.end(),
                     [&](std::size_t a, std::size_t b) { return ledger.evaluated()[a].second < ledger.evaluated()[b].second; });

    Json& j = outcome_.json;
    j["search"] = 1;
    j["name"] = file_.name;
    if (file_.command.words.empty())
      j["base"] = file_.base;
    else
      j["evaluator"] = file_.command.words;
    if (is_single) j["objective"] = file_.objectives.front().metric;
    j["objectives"] = goals_json();
    j["method"] = word(method_);
    j["seed"] = file_.seed;
    j["simulations"] = ledger.evaluated().size();
    j["failed"] = failed;
    j["outside_constraints"] = outside;
    j["combinations"] = {{"looked_at", ledger.evaluated().size()}, {"all", grid_.points()}};
    std::string objectives;
    for (const sweep::Goal& goal : file_.objectives)
      objectives += fmt::format("{}{} {}", objectives.empty() ? "" : ", ", goal.metric, goal.maximise ? "large" : "small");
    std::string& s = outcome_.summary;
    s = fmt::format("{}: {}\n  searched  {}\n", file_.name, is_single ? file_.objectives.front().metric : objectives,
                    searched_text(ledger.evaluated().size()));
    if (outside != 0) s += fmt::format("            {} break a constraint over results\n", outside);
    if (is_single && !front.empty()) {
      const std::size_t best = front.front();
      const double cost = ledger.evaluated()[best].second.front();
      j["best"] = {{"values", chosen_json(best)}, {"cost", cost}};
      std::string text;
      for (const auto& [key, value] : collection_.outcomes[best].point->setting)
        text += file_.command.words.empty() ? fmt::format(" --set {}={}", key, value) : fmt::format(" {}={}", key, value);
      s += fmt::format("  best      {}\n           {}\n",
                       with_unit(file_.objectives[0].metric, file_.objectives[0].maximise ? -cost : cost), text);
    } else {
      j["best"] = nullptr;
    }
    Json points = Json::array();
    for (const std::size_t i : front) points.push_back({{"params", chosen_json(i)}, {"values", values_json(i)}});
    j["front"] = std::move(points);
    if (front.empty()) s += "  no point is ok and within the constraints\n";
    if (!is_single && !front.empty()) {
      front_table(front);
      hypervolume(ledger);
    }
    if (failed != 0) failures();
  }

  void front_table(const std::vector<std::size_t>& front) {
    std::string& s = outcome_.summary;
    s += fmt::format("\n  Pareto front, {} points\n ", front.size());
    for (const sweep::Goal& goal : file_.objectives) s += fmt::format(" {:>14}", goal.metric.substr(0, 14));
    for (const Axis& axis : file_.space) s += fmt::format(" {:>10}", axis.name.substr(0, 10));
    s += "\n";
    for (std::size_t i = 0; i < front.size() && i < most_told; ++i) {
      s += " ";
      const sweep::Outcome& outcome = collection_.outcomes[front[i]];
      for (std::size_t o = 0; o < file_.objectives.size(); ++o)
        s += fmt::format(" {:>14}", with_unit(file_.objectives[o].metric, outcome.metrics[o].value_or(0)));
      for (const auto& [key, value] : outcome.point->setting) s += fmt::format(" {:>10}", value);
      s += "\n";
    }
    if (front.size() > most_told) s += "    ... see pareto.csv\n";
  }

  void hypervolume(const Ledger& ledger) {
    const std::size_t n = file_.objectives.size();
    std::vector<std::vector<double>> points;
    Costs ideal(n, std::numeric_limits<double>::infinity()), reference(n, -std::numeric_limits<double>::infinity());
    for (const auto& [point, costs] : ledger.evaluated()) {
      if (!std::isfinite(costs.front())) continue;
      for (std::size_t o = 0; o < n; ++o) {
        ideal[o] = std::min(ideal[o], costs[o]);
        reference[o] = std::max(reference[o], costs[o]);
      }
    }
    for (const std::size_t i : collection_.front) points.push_back(ledger.evaluated()[i].second);
    std::string where;
    Json at = Json::object();
    double box = 1;
    for (std::size_t o = 0; o < n; ++o) {
      const sweep::Goal& goal = file_.objectives[o];
      const double sign = goal.maximise ? -1 : 1;
      if (const auto given = file_.reference.find(goal.metric); given != file_.reference.end()) reference[o] = sign * given->second;
      at[goal.metric] = sign * reference[o];
      where += fmt::format("{}{} {}", where.empty() ? "" : ", ", goal.metric, with_unit(goal.metric, sign * reference[o]));
      box *= std::max(reference[o] - ideal[o], 0.0);
    }
    if (!options_.hypervolume) return;
    const double volume = options_.hypervolume(points, reference);
    Json& j = outcome_.json["hypervolume"];
    j = {{"volume", volume}, {"share", box > 0 ? Json(volume / box) : Json(nullptr)}, {"reference", std::move(at)}};
    outcome_.summary += fmt::format("  hypervolume {:.6g}{}, up to {}{}\n", volume,
                                    box > 0 ? fmt::format(", {:.1f} % of the box from the best of each", 100 * volume / box) : "", where,
                                    file_.reference.empty() ? " (the worst seen)" : "");
  }

  void failures() {
    std::string& s = outcome_.summary;
    s += "\n  not ok\n";
    std::size_t told = 0;
    for (const sweep::Outcome& outcome : collection_.outcomes) {
      if (outcome.is_ok() || ++told > most_told / 2) continue;
      s += fmt::format("    {}  {}{}{}\n", outcome.status, sweep::setting_text(outcome.point->setting), outcome.reason.empty() ? "" : ": ",
                       outcome.reason);
    }
    if (told > most_told / 2) s += fmt::format("    ... {} in all, see sweep.csv\n", told);
  }

  const SearchFile& file_;
  const SearchOptions& options_;
  Grid grid_;
  Method method_;
  std::uint64_t budget_;
  sweep::Constraints constraints_;
  PointEvaluator evaluator_;
  std::string missing_;
  sweep::Collection collection_;
  SearchOutcome outcome_;
};

}  // namespace

SearchOutcome search_per_run(const SearchFile& file, const SearchOptions& options) { return PerRun(file, options).run(); }

}  // namespace snnvp::search
