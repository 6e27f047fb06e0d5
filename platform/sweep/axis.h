// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/config/document.h>

namespace snnvp::sweep {

/// Most points of one sweep.
constexpr std::uint64_t most_points = 1'000'000;

/// One key of the scenario and what it takes: a list of texts, or a range of numbers that the sampling modes draw from.
struct Axis {
  std::string key;                  ///< a path of the scenario, as in --set
  std::vector<std::string> values;  ///< texts as in --set, in the order written; empty for a range without steps
  double from = 0, to = 0;          ///< of a range
  bool logarithmic = false;         ///< equal factors rather than equal differences
  bool whole = false;               ///< draws are rounded to integers
  std::string unit;                 ///< written behind each number: "MHz"
  SourcePos pos;

  bool is_range() const { return values.empty(); }
};

/// Reads an axis, a list of values or a range; `path` names it in messages. What is wrong goes to `diagnostics`.
Axis read_axis(const std::string& key, const Node& node, SourcePos pos, const std::string& path, Diagnostics& diagnostics);

/// How an axis is written, for messages.
extern const char* const axis_rule;

/// A number of an axis as `--set` takes it: twelve digits (what pow or a sum leaves beyond differs between hosts), and the unit.
std::string axis_text(const Axis& axis, double value);

}  // namespace snnvp::sweep
