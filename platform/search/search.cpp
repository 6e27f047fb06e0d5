// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/search.h>

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/sweep/constraints.h>

namespace snnvp::search {

std::string method_text(bool is_exhaustive, std::uint64_t looked, std::uint64_t all, std::uint64_t restarts) {
  if (is_exhaustive) return fmt::format("exhaustive, all {} combinations", grouped(looked));
  return fmt::format("coordinate descent from {} starts, {} of {} combinations", restarts + 1, grouped(looked),
                     all == ~std::uint64_t{0} ? "over 10^19" : grouped(all));
}

PointSettings point_settings(const SearchFile& file, const SearchOptions& options, std::size_t total) {
  PointSettings settings;
  sweep::Plan& plan = settings.plan;
  plan.name = file.name;
  plan.base = file.base.empty() ? "" : std::filesystem::absolute(file.base).lexically_normal().string();
  plan.tool_build = options.tool_build;
  plan.overrides = options.overrides;
  plan.plugins = options.plugins;
  plan.pareto = file.objectives;
  plan.constraints = file.constraints;
  plan.timeout_ms = file.timeout_ms;
  const auto add = [&plan](const std::string& metric) {
    if (std::find(plan.metrics.begin(), plan.metrics.end(), metric) == plan.metrics.end()) plan.metrics.push_back(metric);
  };
  for (const sweep::Goal& goal : file.objectives) add(goal.metric);
  std::vector<std::string> keys;
  for (const Axis& axis : file.space) keys.push_back(axis.key);
  const sweep::Constraints constraints(file.file, keys, file.constraints, true);
  for (const std::string& metric : constraints.metrics()) add(metric);
  for (const std::string& metric : file.metrics) add(metric);
  settings.command = file.command;
  settings.identify = options.identify;
  settings.folder = options.folder;
  settings.jobs = options.jobs;
  settings.retry = options.retry;
  settings.stop = options.stop;
  settings.finished = [&options, total, done = std::make_shared<std::size_t>(0)] { options.progress(++*done, total); };
  return settings;
}

SearchOutcome run_search(const SearchFile& file, const SearchOptions& options) {
  return file.layer_axis() ? search_per_layer(file, options) : search_per_run(file, options);
}

}  // namespace snnvp::search
