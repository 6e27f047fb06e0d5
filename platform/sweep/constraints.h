// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/sweep/axis.h>

namespace snnvp::sweep {

/// Conditions that a point must fulfil. A variable is an axis, by its key or by the key's last part where that is unique; or a number
/// of the report (metric.h), which is known once the point has been run: "tile_m * tile_k <= 4096", "area <= 2".
class Constraints {
public:
  /// `where` begins messages. `any_name`: every other name is a number of the report, not only those that can be one of ours.
  /// Throws InputError: an expression that cannot be read, a name that is neither.
  Constraints(std::string where, const std::vector<std::string>& axes, const std::vector<std::string>& expressions, bool any_name = false);
  ~Constraints();
  Constraints(const Constraints&) = delete;
  Constraints& operator=(const Constraints&) = delete;

  /// False if a condition over axes alone is broken: such a point need not be run. Throws InputError if an axis that a condition
  /// names takes a word.
  bool allow(const std::vector<std::pair<std::string, std::string>>& setting);

  /// The first condition over numbers of the report that is broken, or nothing. A number that is not there breaks it.
  std::optional<std::string> broken(const std::vector<std::pair<std::string, std::string>>& setting,
                                    const std::function<std::optional<double>(const std::string& metric)>& metric);

  /// Numbers of the report that conditions name.
  const std::vector<std::string>& metrics() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The keys of all axes.
std::vector<std::string> keys_of(const std::vector<Axis>& axes);

}  // namespace snnvp::sweep
