// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/collect.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/stat_value.h>
#include <snnvp/platform/sweep/constraints.h>
#include <snnvp/platform/sweep/database.h>
#include <snnvp/platform/sweep/metric.h>

namespace snnvp::sweep {

namespace {

/// Failures and front points told on the terminal.
constexpr std::size_t most_told = 10;

std::string text_of(const std::optional<double>& value) { return value ? shortest_double(*value) : ""; }

std::string row(const Plan& plan, const Outcome& outcome) {
  const PlannedPoint& point = *outcome.point;
  std::string text = fmt::format("{},{},{},{},{}", point.index, point.replica, point.seed ? std::to_string(*point.seed) : "",
                                 outcome.status, csv_field(outcome.reason));
  for (const auto& [key, value] : point.setting) text += "," + csv_field(value);
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) text += "," + text_of(outcome.metrics[m]);
  return text + "\n";
}

std::string head(const Plan& plan) {
  std::string text = "point,replica,seed,status,reason";
  if (!plan.points.empty())
    for (const auto& [key, value] : plan.points.front().setting) text += "," + csv_field(key);
  for (const std::string& metric : plan.metrics) text += "," + csv_field(metric);
  return text + "\n";
}

/// Goals whose metric is not among the plan's are read from the report like those that are.
std::vector<std::size_t> front_of(const Plan& plan, const std::vector<Outcome>& outcomes,
                                  const std::vector<std::vector<std::optional<double>>>& goals) {
  std::vector<std::vector<double>> values;
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].is_ok() || !outcomes[i].is_within) continue;
    std::vector<double> v;
    for (std::size_t g = 0; g < plan.pareto.size(); ++g)
      if (goals[i][g]) v.push_back(plan.pareto[g].maximise ? -*goals[i][g] : *goals[i][g]);
    if (v.size() != plan.pareto.size()) continue;
    values.push_back(std::move(v));
    indices.push_back(i);
  }
  std::vector<std::size_t> front;
  for (const std::size_t f : pareto_front(values)) front.push_back(indices[f]);
  return front;
}

}  // namespace

std::vector<std::size_t> pareto_front(const std::vector<std::vector<double>>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Whoever dominates a row stands before it in this order, so one pass against the front found so far is enough.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    const bool dominated = std::any_of(front.begin(), front.end(), [&](std::size_t f) {
      if (values[f] == values[i]) return false;
      for (std::size_t g = 0; g < values[i].size(); ++g)
        if (values[f][g] > values[i][g]) return false;
      return true;
    });
    if (!dominated) front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

Collection collect(const Plan& plan, const std::string& folder) {
  Collection collection;
  std::vector<std::vector<std::optional<double>>> goals;
  std::vector<bool> known(plan.metrics.size());
  std::vector<std::string> keys;
  if (!plan.points.empty())
    for (const auto& [key, value] : plan.points.front().setting) keys.push_back(key);
  Constraints constraints(folder + "/plan.json", keys, plan.constraints, true);
  Database database(folder + "/sweep.db", plan);
  for (const PlannedPoint& point : plan.points) {
    Outcome outcome;
    outcome.point = &point;
    outcome.metrics.resize(plan.metrics.size());
    goals.emplace_back(plan.pareto.size());
    PointResult missing;
    missing.status = "missing";
    missing.reason = "the point has not been run";
    const PointResult result = load_result(folder, point.key).value_or(missing);
    outcome.status = result.status;
    outcome.reason = result.reason;
    if (result.report.is_object()) {
      for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
        outcome.metrics[m] = metric_of(result.report, plan.metrics[m]);
        if (outcome.metrics[m] || find_value(result.report, plan.metrics[m])) known[m] = true;
      }
      for (std::size_t g = 0; g < plan.pareto.size(); ++g) goals.back()[g] = metric_of(result.report, plan.pareto[g].metric);
      if (const auto broken = constraints.broken(point.setting, [&](const std::string& name) { return metric_of(result.report, name); });
          broken && outcome.is_ok()) {
        outcome.is_within = false;
        outcome.reason = "breaks " + *broken;
      }
    }
    database.add(point, result);
    ++collection.by_status[outcome.status];
    collection.outcomes.push_back(std::move(outcome));
  }
  database.finish();
  const bool any_report = collection.by_status.count("ok") != 0;
  for (std::size_t m = 0; m < plan.metrics.size(); ++m)
    if (any_report && !known[m]) collection.unknown_metrics.push_back(plan.metrics[m]);
  collection.front = plan.pareto.empty() ? std::vector<std::size_t>{} : front_of(plan, collection.outcomes, goals);

  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::string problem;
    if (!write_file_atomically(folder + "/" + name, text, problem)) throw InputError(problem);
  };
  std::string csv = head(plan), front = csv;
  for (const Outcome& outcome : collection.outcomes) csv += row(plan, outcome);
  write("sweep.csv", csv);
  for (const std::size_t i : collection.front) front += row(plan, collection.outcomes[i]);
  if (!plan.pareto.empty()) write("pareto.csv", front);
  return collection;
}

std::string summary(const Plan& plan, const Collection& collection) {
  std::string text = fmt::format("{}: {} points", plan.name, plan.points.size());
  for (const auto& [status, count] : collection.by_status) text += fmt::format(", {} {}", count, status);
  const auto outside = std::count_if(collection.outcomes.begin(), collection.outcomes.end(), [](const Outcome& o) { return !o.is_within; });
  if (outside != 0) text += fmt::format("; {} of the ok ones break a constraint and are not ranked", outside);
  text += "\n";
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    const Outcome *least = nullptr, *most = nullptr;
    for (const Outcome& outcome : collection.outcomes) {
      if (!outcome.is_ok() || !outcome.is_within || !outcome.metrics[m]) continue;
      if (!least || *outcome.metrics[m] < *least->metrics[m]) least = &outcome;
      if (!most || *outcome.metrics[m] > *most->metrics[m]) most = &outcome;
    }
    if (!least) continue;
    text += fmt::format("\n  {}\n    least  {:<12.6g} {}\n    most   {:<12.6g} {}\n", plan.metrics[m], *least->metrics[m],
                        setting_text(least->point->setting), *most->metrics[m], setting_text(most->point->setting));
  }
  for (const std::string& metric : collection.unknown_metrics) text += fmt::format("\n  no report has {}\n", metric);
  if (!plan.pareto.empty()) {
    text += fmt::format("\n  Pareto front ({} points)\n", collection.front.size());
    for (std::size_t i = 0; i < collection.front.size() && i < most_told; ++i)
      text += fmt::format("    {}\n", setting_text(collection.outcomes[collection.front[i]].point->setting));
    if (collection.front.size() > most_told) text += "    ... see pareto.csv\n";
  }
  std::size_t failed = 0;
  for (const Outcome& outcome : collection.outcomes) {
    if (outcome.is_ok() || outcome.status == "missing") continue;
    if (failed++ == 0) text += "\n  not ok\n";
    if (failed <= most_told)
      text += fmt::format("    {:>4}  {}  {}{}{}\n", outcome.point->index, outcome.status, setting_text(outcome.point->setting),
                          outcome.reason.empty() ? "" : ": ", outcome.reason);
  }
  if (failed > most_told) text += "    ... see sweep.csv\n";
  return text;
}

}  // namespace snnvp::sweep
