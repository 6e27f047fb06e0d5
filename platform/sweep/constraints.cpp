// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/constraints.h>

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <map>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/sweep/metric.h>

namespace snnvp::sweep {

namespace {

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

struct Condition {
  std::string text;
  mu::Parser parser;
  bool is_over_metrics = false;
};

}  // namespace

std::vector<std::string> keys_of(const std::vector<Axis>& axes) {
  std::vector<std::string> keys;
  for (const Axis& axis : axes) keys.push_back(axis.key);
  return keys;
}

struct Constraints::State {
  std::string where;
  bool any_name = false;
  std::list<Condition> conditions;
  std::vector<std::string> axes, metrics, used;
  std::map<std::string, double> values;  ///< of every name; addresses stay
  std::map<std::string, std::string> axis_of;

  double* variable(const std::string& name) {
    if (axis_of.count(name) == 0 && std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.push_back(name);
    return &values.emplace(name, 1).first->second;
  }

  void add(const std::string& text) {
    Condition& condition = conditions.emplace_back();
    condition.text = text;
    mu::Parser& parser = condition.parser;
    parser.DefineNameChars("0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
    parser.SetVarFactory([](const char* name, void* self) { return static_cast<State*>(self)->variable(name); }, this);
    std::string problem;
    try {
      parser.SetExpr(text);
      parser.Eval();
    } catch (const mu::Parser::exception_type& error) {
      problem = error.GetMsg();
    }
    if (problem.empty())
      for (const auto& [name, unused] : parser.GetUsedVar()) {
        used.push_back(name);
        if (axis_of.count(name) != 0) continue;
        condition.is_over_metrics = true;
        if (!any_name && !may_be_metric(name)) problem = fmt::format("{} is no axis{}", quote(name), near(name));
      }
    if (!problem.empty())
      throw InputError(
          fmt::format("{}: constraints: {}: {}\n    allowed: arithmetic, comparisons, && and || over {}; and over results, as "
                      "area, power, latency or totals.cycles",
                      where, quote(text), problem, join_names(axes)));
  }

  std::string near(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, axis] : axis_of) names.push_back(known);
    const std::string text = did_you_mean(name, names);
    return text.empty() ? "" : "; " + text;
  }

  /// A value as a number: the number before a unit, true as 1. Words can only stand on axes that no condition names.
  double number(const std::string& key, const std::string& text) const {
    if (text == "true") return 1;
    if (text == "false") return 0;
    const ParsedNumber parsed = parse_real(text.substr(0, text.find(' ')));
    if (parsed) return parsed.value.as_double();
    for (const std::string& name : used)
      if (const auto axis = axis_of.find(name); axis != axis_of.end() && axis->second == key)
        throw InputError(fmt::format("{}: constraints: {} takes the value {}, which is no number", where, key, quote(text)));
    return 0;
  }

  void take(const std::vector<std::pair<std::string, std::string>>& setting) {
    for (const auto& [name, axis] : axis_of) {
      const auto variable = values.find(name);
      if (variable == values.end()) continue;
      for (const auto& [key, text] : setting)
        if (key == axis) variable->second = number(key, text);
    }
  }
};

Constraints::Constraints(std::string where, const std::vector<std::string>& axes, const std::vector<std::string>& expressions,
                         bool any_name)
    : state_(std::make_unique<State>()) {
  state_->where = std::move(where);
  state_->axes = axes;
  state_->any_name = any_name;
  std::map<std::string, int> count;
  for (const std::string& key : axes) ++count[last_part(key)];
  for (const std::string& key : axes) {
    state_->axis_of[key] = key;
    if (count[last_part(key)] == 1) state_->axis_of.emplace(last_part(key), key);
  }
  for (const std::string& text : expressions) state_->add(text);
}

Constraints::~Constraints() = default;

bool Constraints::allow(const std::vector<std::pair<std::string, std::string>>& setting) {
  if (state_->conditions.empty()) return true;
  state_->take(setting);
  return std::all_of(state_->conditions.begin(), state_->conditions.end(),
                     [](const Condition& c) { return c.is_over_metrics || c.parser.Eval() != 0; });
}

std::optional<std::string> Constraints::broken(const std::vector<std::pair<std::string, std::string>>& setting,
                                               const std::function<std::optional<double>(const std::string&)>& metric) {
  if (state_->metrics.empty()) return std::nullopt;
  state_->take(setting);
  for (const std::string& name : state_->metrics) state_->values[name] = metric(name).value_or(std::numeric_limits<double>::quiet_NaN());
  for (const Condition& condition : state_->conditions) {
    if (!condition.is_over_metrics) continue;
    bool is_known = true;
    for (const auto& [name, variable] : condition.parser.GetUsedVar()) is_known = is_known && !std::isnan(*variable);
    if (!is_known || condition.parser.Eval() == 0) return condition.text;
  }
  return std::nullopt;
}

const std::vector<std::string>& Constraints::metrics() const { return state_->metrics; }

}  // namespace snnvp::sweep
