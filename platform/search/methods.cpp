// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/methods.h>

#include <algorithm>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

namespace snnvp::search {

std::vector<Costs> Ledger::costs_of(const std::vector<Point>& points) {
  const Costs infinite(objectives_, std::numeric_limits<double>::infinity());
  std::vector<Point> fresh;
  bool is_spent = false;
  for (const Point& point : points) {
    if (known_.count(point) != 0) continue;
    const bool is_allowed = is_allowed_(point);
    if (is_allowed && evaluated_.size() + fresh.size() == budget_) {
      is_spent = true;
      continue;
    }
    known_.emplace(point, infinite);
    if (is_allowed) fresh.push_back(point);
  }
  if (!fresh.empty()) {
    const std::vector<Costs> costs = evaluate_(fresh);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      known_[fresh[i]] = costs[i];
      evaluated_.emplace_back(fresh[i], costs[i]);
    }
  }
  if (is_spent) throw BudgetSpent();
  std::vector<Costs> all;
  for (const Point& point : points) all.push_back(known_.at(point));
  return all;
}

std::uint64_t default_population(std::uint64_t budget) { return std::clamp<std::uint64_t>(budget / 32 * 4, 8, 100); }

namespace {

/// Latin hypercube over the grid: along each dimension the population is spread evenly, in an order of its own.
std::vector<Point> spread_points(const Grid& grid, std::uint64_t count, std::uint64_t seed) {
  RandomStream random(seed, "search/population");
  std::vector<Point> points(count, Point(grid.sizes.size()));
  for (std::size_t d = 0; d < grid.sizes.size(); ++d) {
    std::vector<std::uint64_t> slice(count);
    for (std::uint64_t i = 0; i < count; ++i) slice[i] = i;
    for (std::uint64_t i = count; i > 1; --i) std::swap(slice[i - 1], slice[random.below(i)]);
    for (std::uint64_t i = 0; i < count; ++i) {
      const double u = (static_cast<double>(slice[i]) + random.uniform()) / static_cast<double>(count);
      points[i][d] = std::min(static_cast<std::uint32_t>(u * grid.sizes[d]), grid.sizes[d] - 1);
    }
  }
  return points;
}

void explore_at_random(const Grid& grid, const Methods& how, Ledger& ledger) {
  constexpr std::uint64_t batch_size = 256;
  // Drawn without repetition; where nearly all is known, draws that hit nothing new end the search.
  RandomStream random(how.seed, "search/random");
  std::uint64_t idle = 0;
  while (idle < 1000 * batch_size) {
    std::vector<Point> batch;
    while (batch.size() < batch_size && idle < 1000 * batch_size) {
      Point point;
      for (const std::uint32_t size : grid.sizes) point.push_back(static_cast<std::uint32_t>(random.below(size)));
      ++idle;
      if (ledger.knows(point) || std::find(batch.begin(), batch.end(), point) != batch.end()) continue;
      idle = 0;
      batch.push_back(std::move(point));
    }
    ledger.costs_of(batch);
  }
}

}  // namespace

void explore(const Grid& grid, const Methods& how, Ledger& ledger) {
  const Evaluate one = [&ledger](const std::vector<Point>& points) {
    std::vector<double> costs;
    for (const Costs& c : ledger.costs_of(points)) costs.push_back(c.front());
    return costs;
  };
  try {
    if (how.method == Method::exhaustive) {
      exhaustive(grid, one);
    } else if (how.method == Method::random) {
      explore_at_random(grid, how, ledger);
    } else if (how.method == Method::nsga2) {
      if (!how.evolve) throw InternalError("NSGA-II is not part of this program");
      const std::uint64_t population = how.population != 0 ? how.population : default_population(how.budget);
      how.evolve({grid, how.ordered, how.objectives, spread_points(grid, population, how.seed), how.seed,
                  [&ledger](const std::vector<Point>& points) { return ledger.costs_of(points); },
                  [&ledger] { return ledger.evaluated().size(); }});
    } else {
      std::vector<Point> starts{Point(grid.sizes.size(), 0)};
      for (Point& point : random_points(grid, how.restarts, how.seed)) starts.push_back(std::move(point));
      coordinate_descent(grid, starts, one);
    }
  } catch (const BudgetSpent&) {
  }
}

}  // namespace snnvp::search
