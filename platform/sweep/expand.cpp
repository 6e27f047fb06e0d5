// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/expand.h>

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/sweep/constraints.h>

namespace snnvp::sweep {

namespace {

/// The value of an axis at u in [0, 1).
std::string value_at(const Axis& axis, double u) {
  if (!axis.is_range())
    return axis.values[std::min(axis.values.size() - 1, static_cast<std::size_t>(u * static_cast<double>(axis.values.size())))];
  if (axis.whole && !axis.logarithmic) return axis_text(axis, axis.from + std::floor(u * (axis.to - axis.from + 1)));
  return axis_text(axis, axis.logarithmic ? axis.from * std::pow(axis.to / axis.from, u) : axis.from + u * (axis.to - axis.from));
}

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
  Constraints constraints(file.file, keys_of(file.axes), file.constraints);
  std::vector<Setting> settings;
  const auto add = [&](Setting setting) {
    if (constraints.allow(setting)) settings.push_back(std::move(setting));
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
