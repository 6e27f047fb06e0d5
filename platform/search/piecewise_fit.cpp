// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/piecewise_fit.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::search {

namespace {

/// Solves the symmetric system A x = b by elimination with pivoting; columns without a pivot get 0.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  const std::size_t n = b.size();
  std::vector<std::size_t> pivot_of(n, n);
  std::size_t rank = 0;
  for (std::size_t column = 0; column < n && rank < n; ++column) {
    std::size_t best = rank;
    for (std::size_t row = rank; row < n; ++row)
      if (std::abs(a[row][column]) > std::abs(a[best][column])) best = row;
    if (std::abs(a[best][column]) < 1e-14) continue;
    std::swap(a[rank], a[best]);
    std::swap(b[rank], b[best]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == rank || a[row][column] == 0) continue;
      const double factor = a[row][column] / a[rank][column];
      for (std::size_t k = column; k < n; ++k) a[row][k] -= factor * a[rank][k];
      b[row] -= factor * b[rank];
    }
    pivot_of[column] = rank++;
  }
  std::vector<double> x(n, 0);
  for (std::size_t column = 0; column < n; ++column)
    if (pivot_of[column] != n) x[column] = b[pivot_of[column]] / a[pivot_of[column]][column];
  return x;
}

/// How far x reaches into each segment, as a part of the segment: y = base + sum of rise * reach.
std::vector<double> reaches(const std::vector<double>& knots, double x) {
  std::vector<double> reach;
  for (std::size_t s = 0; s + 1 < knots.size(); ++s) {
    double r = (x - knots[s]) / (knots[s + 1] - knots[s]);
    if (s > 0) r = std::max(r, 0.0);
    if (s + 2 < knots.size()) r = std::min(r, 1.0);
    reach.push_back(r);
  }
  return reach;
}

std::vector<double> quantiles(const std::vector<double>& sorted, std::size_t segments) {
  std::vector<double> knots;
  for (std::size_t k = 0; k <= segments; ++k) {
    const double at = static_cast<double>(k) / static_cast<double>(segments) * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(at));
    const double rest = at - static_cast<double>(below);
    const double x = rest > 0 ? sorted[below] + rest * (sorted[below + 1] - sorted[below]) : sorted[below];
    if (knots.empty() || x > knots.back()) knots.push_back(x);
  }
  return knots;
}

}  // namespace

double PiecewiseFit::at(double x) const {
  const std::vector<double> reach = reaches(knots, x);
  double y = values.front();
  for (std::size_t s = 0; s < reach.size(); ++s) y += reach[s] * (values[s + 1] - values[s]);
  return y;
}

PiecewiseFit fit_piecewise(std::vector<std::pair<double, double>> points, std::size_t segments) {
  if (points.empty() || segments == 0) throw InternalError("a fit needs points and segments");
  std::sort(points.begin(), points.end());
  // Relative residuals count: points of a sweep differ by orders of magnitude, and each is to be met. The scale keeps the
  // pivots of order one whatever is fitted.
  double scale = 0, smallest = std::numeric_limits<double>::infinity();
  for (const auto& [x, y] : points) {
    scale = std::max(scale, std::abs(y));
    if (y != 0) smallest = std::min(smallest, std::abs(y));
  }
  if (scale == 0) scale = smallest = 1;
  const auto weight = [&](double y) { return smallest / (y != 0 ? std::abs(y) : smallest); };
  std::vector<double> xs;
  for (const auto& [x, y] : points) xs.push_back(x);
  PiecewiseFit fit;
  fit.knots = quantiles(xs, segments);
  const std::size_t n = fit.knots.size() - 1;

  // Rises may not be negative. There are few: every set of rises held at 0 is tried, the best admissible one is the optimum.
  double best_error = std::numeric_limits<double>::infinity();
  std::vector<double> best(n + 1, 0);
  for (std::size_t held = 0; held < (std::size_t{1} << n); ++held) {
    std::vector<std::size_t> free_rises;
    for (std::size_t s = 0; s < n; ++s)
      if (!(held >> s & 1)) free_rises.push_back(s);
    const std::size_t m = free_rises.size() + 1;
    std::vector<std::vector<double>> a(m, std::vector<double>(m, 0));
    std::vector<double> b(m, 0);
    const auto row_of = [&](double x) {
      const std::vector<double> reach = reaches(fit.knots, x);
      std::vector<double> row{1};
      for (const std::size_t s : free_rises) row.push_back(reach[s]);
      return row;
    };
    for (const auto& [x, y] : points) {
      const std::vector<double> row = row_of(x);
      const double w = weight(y) * weight(y);
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < m; ++j) a[i][j] += w * row[i] * row[j];
        b[i] += w * row[i] * (y / scale);
      }
    }
    const std::vector<double> solution = solve(std::move(a), std::move(b));
    if (std::any_of(solution.begin() + 1, solution.end(), [](double rise) { return rise < 0; })) continue;
    double error = 0;
    for (const auto& [x, y] : points) {
      const std::vector<double> row = row_of(x);
      const double off = std::inner_product(row.begin(), row.end(), solution.begin(), 0.0) - y / scale;
      error += weight(y) * weight(y) * off * off;
    }
    if (error >= best_error) continue;
    best_error = error;
    std::fill(best.begin(), best.end(), 0);
    best[0] = solution[0];
    for (std::size_t i = 0; i < free_rises.size(); ++i) best[free_rises[i] + 1] = solution[i + 1];
  }
  fit.values = {best[0] * scale};
  for (std::size_t s = 0; s < n; ++s) fit.values.push_back(fit.values.back() + best[s + 1] * scale);
  for (const auto& [x, y] : points)
    if (y != 0) fit.largest_relative_error = std::max(fit.largest_relative_error, std::abs(fit.at(x) - y) / std::abs(y));
  return fit;
}

}  // namespace snnvp::search
