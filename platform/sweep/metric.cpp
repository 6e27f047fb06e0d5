// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/metric.h>

#include <algorithm>

#include <snnvp/platform/base/json_path.h>

namespace snnvp::sweep {

namespace {

std::optional<double> at(const nlohmann::ordered_json& report, const std::string& path) {
  const nlohmann::ordered_json* value = find_value(report, path);
  if (!value || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

}  // namespace

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names{"latency", "energy", "edp", "power", "area", "accuracy"};
  return names;
}

std::optional<double> metric_of(const nlohmann::ordered_json& report, const std::string& name) {
  if (const auto value = at(report, name)) return value;
  if (name == "latency") return at(report, "totals.seconds");
  if (name == "energy") return at(report, "energy.total_j");
  if (name == "area") return at(report, "energy.area.chip_mm2");
  if (name == "accuracy") return at(report, "workload.accuracy");
  if (name != "edp" && name != "power") return std::nullopt;
  const auto seconds = at(report, "totals.seconds"), joules = at(report, "energy.total_j");
  if (!seconds || !joules || (name == "power" && *seconds <= 0)) return std::nullopt;
  return name == "edp" ? *joules * *seconds : *joules / *seconds;
}

std::string metric_unit(const std::string& name) {
  return name == "latency" ? "s" : name == "energy" ? "J" : name == "edp" ? "Js" : name == "power" ? "W" : name == "area" ? "mm2" : "";
}

bool may_be_metric(const std::string& name) {
  const auto& names = metric_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  const auto begins = [&name](const char* with) { return name.rfind(with, 0) == 0; };
  return name.find('.') != std::string::npos && !begins("platform.") && !begins("technology.") && !begins("run.");
}

bool is_better_large(const std::string& name) {
  return name == "accuracy" || (name.size() > 9 && name.compare(name.size() - 9, 9, ".accuracy") == 0);
}

}  // namespace snnvp::sweep
