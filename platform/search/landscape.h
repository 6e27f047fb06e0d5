// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

// Finding the least cost over a grid of choices. Pure functions of their arguments: the same landscape gives the same result.
namespace snnvp::search {

/// One choice per dimension.
using Point = std::vector<std::uint32_t>;

/// A grid: `sizes[d]` choices in dimension d.
struct Grid {
  std::vector<std::uint32_t> sizes;
  /// Number of points, or 2^64 - 1 if there are more.
  std::uint64_t points() const;
};

/// Costs of several points at once; the smaller, the better. May be called with points it has seen before.
using Evaluate = std::function<std::vector<double>(const std::vector<Point>&)>;

struct Found {
  Point best;
  double cost = 0;
  std::uint64_t evaluations = 0;  ///< different points looked at
};

/// Looks at every point. Among equals the first in counting order (last dimension fastest) wins.
Found exhaustive(const Grid& grid, const Evaluate& evaluate);

/// From each start: one dimension after the other takes its best value with the others held, until nothing improves. Ends in a
/// point that no single change improves; which one depends on the starts.
Found coordinate_descent(const Grid& grid, const std::vector<Point>& starts, const Evaluate& evaluate);

/// `count` points drawn from the stream `search/restarts` of `seed`.
std::vector<Point> random_points(const Grid& grid, std::uint64_t count, std::uint64_t seed);

}  // namespace snnvp::search
