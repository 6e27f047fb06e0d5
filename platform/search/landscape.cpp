// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/landscape.h>

#include <limits>
#include <map>

#include <snnvp/platform/base/random.h>

namespace snnvp::search {

std::uint64_t Grid::points() const {
  std::uint64_t n = 1;
  for (const std::uint32_t size : sizes) {
    if (size != 0 && n > std::numeric_limits<std::uint64_t>::max() / size) return std::numeric_limits<std::uint64_t>::max();
    n *= size;
  }
  return n;
}

namespace {

/// The next point in counting order; false after the last.
bool advance(const Grid& grid, Point& point) {
  for (std::size_t d = point.size(); d-- > 0;) {
    if (++point[d] < grid.sizes[d]) return true;
    point[d] = 0;
  }
  return false;
}

}  // namespace

Found exhaustive(const Grid& grid, const Evaluate& evaluate) {
  constexpr std::size_t batch_size = 4096;
  Found found;
  found.cost = std::numeric_limits<double>::infinity();
  std::vector<Point> batch;
  const auto look = [&] {
    const std::vector<double> costs = evaluate(batch);
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (costs[i] < found.cost) found.cost = costs[i], found.best = batch[i];
    found.evaluations += batch.size();
    batch.clear();
  };
  Point point(grid.sizes.size(), 0);
  bool more = grid.points() != 0;
  while (more) {
    batch.push_back(point);
    more = advance(grid, point);
    if (batch.size() == batch_size) look();
  }
  if (!batch.empty()) look();
  return found;
}

Found coordinate_descent(const Grid& grid, const std::vector<Point>& starts, const Evaluate& evaluate) {
  std::map<Point, double> known;
  const auto costs_of = [&](const std::vector<Point>& points) {
    std::vector<Point> fresh;
    for (const Point& point : points)
      if (known.emplace(point, 0).second) fresh.push_back(point);
    if (!fresh.empty()) {
      const std::vector<double> costs = evaluate(fresh);
      for (std::size_t i = 0; i < fresh.size(); ++i) known[fresh[i]] = costs[i];
    }
  };
  Found found;
  found.cost = std::numeric_limits<double>::infinity();
  for (const Point& start : starts) {
    Point at = start;
    costs_of({at});
    double cost = known[at];
    for (bool improved = true; improved;) {
      improved = false;
      for (std::size_t d = 0; d < grid.sizes.size(); ++d) {
        std::vector<Point> line(grid.sizes[d], at);
        for (std::uint32_t choice = 0; choice < grid.sizes[d]; ++choice) line[choice][d] = choice;
        costs_of(line);
        for (const Point& point : line)
          if (known[point] < cost) cost = known[point], at = point, improved = true;
      }
    }
    if (cost < found.cost) found.cost = cost, found.best = at;
  }
  found.evaluations = known.size();
  return found;
}

std::vector<Point> random_points(const Grid& grid, std::uint64_t count, std::uint64_t seed) {
  RandomStream random(seed, "search/restarts");
  std::vector<Point> points(count);
  for (Point& point : points)
    for (const std::uint32_t size : grid.sizes) point.push_back(static_cast<std::uint32_t>(random.below(size)));
  return points;
}

}  // namespace snnvp::search
