// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/expand.h>

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <list>
#include <map>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::sweep {

namespace {

/// The value of an axis at u in [0, 1).
std::string value_at(const Axis& axis, double u) {
  if (!axis.is_range())
    return axis.values[std::min(axis.values.size() - 1, static_cast<std::size_t>(u * static_cast<double>(axis.values.size())))];
  std::string text;
  if (axis.whole && !axis.logarithmic) {
    text = fmt::format("{:.0f}", axis.from + std::floor(u * (axis.to - axis.from + 1)));
  } else {
    const double value = axis.logarithmic ? axis.from * std::pow(axis.to / axis.from, u) : axis.from + u * (axis.to - axis.from);
    text = axis.whole ? fmt::format("{:.0f}", value) : shortest_double(std::stod(fmt::format("{:.12g}", value)));
  }
  return axis.unit.empty() ? text : text + " " + axis.unit;
}

/// Decides whether a setting fulfils the constraints. Axes are named by their key, or by its last part where that is unique.
class Constraints {
public:
  explicit Constraints(const SweepFile& file) : file_(file), values_(file.axes.size()) {
    std::map<std::string, int> count;
    for (const Axis& axis : file.axes) ++count[last_part(axis.key)];
    for (const std::string& text : file.constraints) {
      parsers_.emplace_back();
      mu::Parser& parser = parsers_.back();
      parser.DefineNameChars("0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.");
      try {
        for (std::size_t a = 0; a < file.axes.size(); ++a) {
          parser.DefineVar(file.axes[a].key, &values_[a]);
          const std::string last = last_part(file.axes[a].key);
          if (count[last] == 1 && last != file.axes[a].key) parser.DefineVar(last, &values_[a]);
        }
        parser.SetExpr(text);
        std::fill(values_.begin(), values_.end(), 1);
        parser.Eval();
      } catch (const mu::Parser::exception_type& error) {
        throw InputError(fmt::format("{}: constraints: {}: {}\n    allowed: arithmetic, comparisons, && and || over {}", file.file,
                                     quote(text), error.GetMsg(), names()));
      }
      for (const auto& [name, unused] : parser.GetUsedVar()) used_.push_back(name);
    }
  }

  bool hold(const Setting& setting) {
    if (parsers_.empty()) return true;
    for (std::size_t a = 0; a < setting.size(); ++a) values_[a] = number(setting[a].first, setting[a].second);
    for (mu::Parser& parser : parsers_)
      if (!(parser.Eval() != 0)) return false;
    return true;
  }

private:
  static std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

  std::string names() const {
    std::vector<std::string> all;
    for (const Axis& axis : file_.axes) all.push_back(axis.key);
    return join_names(all);
  }

  /// A value as a number: the number before a unit, true as 1. Words can only stand on axes that no constraint names.
  double number(const std::string& key, const std::string& text) const {
    if (text == "true") return 1;
    if (text == "false") return 0;
    const ParsedNumber parsed = parse_real(text.substr(0, text.find(' ')));
    if (parsed) return parsed.value.as_double();
    for (const std::string& name : used_)
      if (name == key || name == last_part(key))
        throw InputError(fmt::format("{}: constraints: {} takes the value {}, which is no number", file_.file, key, quote(text)));
    return 0;
  }

  const SweepFile& file_;
  std::vector<double> values_;
  std::vector<std::string> used_;
  std::list<mu::Parser> parsers_;
};

std::uint64_t grid_size(const SweepFile& file) {
  std::uint64_t size = 1;
  for (const Axis& axis : file.axes) {
    size *= axis.values.size();
    if (size > most_points)
      throw InputError(fmt::format("{}: axes: more than {} combinations\n    fewer values, or mode: lhs with a number of points", file.file,
                                   most_points));
  }
  return size;
}

/// Drawn positions in the unit cube, one row per point.
std::vector<std::vector<double>> draw(const SweepFile& file) {
  const std::size_t axes = file.axes.size();
  std::vector<std::vector<double>> rows(file.points, std::vector<double>(axes));
  if (file.mode == Mode::sobol) {
    boost::random::sobol engine(axes);
    constexpr double range = 18446744073709551616.0;  // 2^64
    for (auto& row : rows)
      for (double& u : row) u = std::min(static_cast<double>(engine()) / range, 1 - 0x1p-53);
    return rows;
  }
  for (std::size_t a = 0; a < axes; ++a) {
    RandomStream stream(file.seed, "sweep/" + file.axes[a].key);
    // Latin hypercube: each of n equal slices of an axis is used once, in an order of its own.
    std::vector<std::uint64_t> slice(file.points);
    for (std::uint64_t i = 0; i < file.points; ++i) slice[i] = i;
    for (std::uint64_t i = file.points; i > 1; --i) std::swap(slice[i - 1], slice[stream.below(i)]);
    for (std::uint64_t i = 0; i < file.points; ++i)
      rows[i][a] = file.mode == Mode::lhs
                       ? std::min((static_cast<double>(slice[i]) + stream.uniform()) / static_cast<double>(file.points), 1 - 0x1p-53)
                       : stream.uniform();
  }
  return rows;
}

}  // namespace

std::vector<Setting> expand(const SweepFile& file) {
  Constraints constraints(file);
  std::vector<Setting> settings;
  const auto add = [&](Setting setting) {
    if (constraints.hold(setting)) settings.push_back(std::move(setting));
  };
  if (file.mode == Mode::grid) {
    const std::uint64_t size = grid_size(file);
    for (std::uint64_t i = 0; i < size; ++i) {
      Setting setting(file.axes.size());
      std::uint64_t rest = i;
      for (std::size_t a = file.axes.size(); a-- > 0; rest /= file.axes[a].values.size())
        setting[a] = {file.axes[a].key, file.axes[a].values[rest % file.axes[a].values.size()]};
      add(std::move(setting));
    }
  } else if (file.mode == Mode::zip) {
    for (std::size_t i = 0; i < file.axes.front().values.size(); ++i) {
      Setting setting;
      for (const Axis& axis : file.axes) setting.emplace_back(axis.key, axis.values[i]);
      add(std::move(setting));
    }
  } else {
    for (const auto& row : draw(file)) {
      Setting setting;
      for (std::size_t a = 0; a < row.size(); ++a) setting.emplace_back(file.axes[a].key, value_at(file.axes[a], row[a]));
      add(std::move(setting));
    }
  }
  if (settings.empty()) throw InputError(file.file + ": constraints: no point is left");
  if (settings.size() * file.replicas > most_points) throw InputError(fmt::format("{}: seeds: more than {} runs", file.file, most_points));
  return settings;
}

std::uint64_t replica_seed(std::uint64_t base_seed, std::uint64_t replica) {
  return replica == 0 ? base_seed : mix64(base_seed ^ mix64(replica)) >> 11;
}

}  // namespace snnvp::sweep
