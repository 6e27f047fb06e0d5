// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace snnvp::search {

/// A continuous, never falling, piecewise-linear function: knots in x with values in y, straight in between, continued with the
/// first and last slope outside.
struct PiecewiseFit {
  std::vector<double> knots;   ///< rising; at least one
  std::vector<double> values;  ///< at the knots
  double largest_relative_error = 0;

  double at(double x) const;
  std::size_t segments() const { return knots.empty() ? 0 : knots.size() - 1; }
  double slope(std::size_t segment) const { return (values[segment + 1] - values[segment]) / (knots[segment + 1] - knots[segment]); }
};

/// Least squares of the relative residuals of (x, y), knots at quantiles of x, slopes >= 0 (spec/spikex.md 7.4). Fewer different x than
/// knots give fewer segments; equal x all over give one knot with the mean. Needs at least one point.
PiecewiseFit fit_piecewise(std::vector<std::pair<double, double>> points, std::size_t segments = 4);

}  // namespace snnvp::search
