// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/pagmo/nsga2.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/hypervolume.hpp>

namespace snnvp::search {

namespace {

constexpr double infinite_cost = 1e100;  ///< pagmo takes differences of costs: they stay finite

/// pagmo's view of a search. It wants real variables before integers.
struct Problem {
  const Evolution* evolution = nullptr;
  std::vector<std::size_t> dimension_of;  ///< by variable of pagmo
  std::size_t words = 0;

  /// pagmo's NSGA-II refuses a single objective; the same one twice orders points alike.
  std::size_t pagmo_objectives() const { return std::max<std::size_t>(2, evolution->objectives); }
  pagmo::vector_double::size_type get_nobj() const { return pagmo_objectives(); }
  pagmo::vector_double::size_type get_nix() const { return words; }

  std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    pagmo::vector_double upper;
    for (std::size_t v = 0; v < dimension_of.size(); ++v) {
      const double size = evolution->grid.sizes[dimension_of[v]];
      upper.push_back(v + words < dimension_of.size() ? size : size - 1);
    }
    return {pagmo::vector_double(dimension_of.size(), 0), upper};
  }

  Point point(const double* x) const {
    Point point(dimension_of.size());
    for (std::size_t v = 0; v < dimension_of.size(); ++v) {
      const std::size_t d = dimension_of[v];
      point[d] = std::min(static_cast<std::uint32_t>(x[v]), evolution->grid.sizes[d] - 1);
    }
    return point;
  }

  pagmo::vector_double variables(const Point& point) const {
    pagmo::vector_double x;
    for (std::size_t v = 0; v < dimension_of.size(); ++v)
      x.push_back(point[dimension_of[v]] + (v + words < dimension_of.size() ? 0.5 : 0.0));
    return x;
  }

  pagmo::vector_double batch_fitness(const pagmo::vector_double& x) const {
    std::vector<Point> points;
    for (std::size_t at = 0; at < x.size(); at += dimension_of.size()) points.push_back(point(&x[at]));
    pagmo::vector_double out;
    for (const Costs& costs : evolution->costs(points))
      for (std::size_t o = 0; o < pagmo_objectives(); ++o) {
        const double cost = costs[std::min(o, costs.size() - 1)];
        out.push_back(std::isfinite(cost) ? cost : infinite_cost);
      }
    return out;
  }
  pagmo::vector_double fitness(const pagmo::vector_double& x) const { return batch_fitness(x); }
};

}  // namespace

void evolve_with_pagmo(const Evolution& evolution) {
  Problem problem;
  problem.evolution = &evolution;
  for (const bool ordered : {true, false})
    for (std::size_t d = 0; d < evolution.ordered.size(); ++d)
      if (evolution.ordered[d] == ordered) problem.dimension_of.push_back(d);
  problem.words = static_cast<std::size_t>(std::count(evolution.ordered.begin(), evolution.ordered.end(), false));

  const auto seed = static_cast<unsigned>(evolution.seed ^ (evolution.seed >> 32));
  pagmo::population population{pagmo::problem{problem}, 0, seed};
  pagmo::vector_double first;
  for (const Point& point : evolution.first)
    for (const double x : problem.variables(point)) first.push_back(x);
  const pagmo::vector_double costs = problem.batch_fitness(first);
  const std::size_t n = problem.dimension_of.size(), objectives = problem.pagmo_objectives();
  const auto part = [](const pagmo::vector_double& all, std::size_t i, std::size_t size) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * size);
    return pagmo::vector_double(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  for (std::size_t i = 0; i < evolution.first.size(); ++i) population.push_back(part(first, i, n), part(costs, i, objectives));

  // Wide steps: choices are few, and a point that is known costs nothing. One variable of a child changes on average.
  constexpr double crossover = 0.9, crossover_spread = 5, mutation_spread = 3;
  const double mutation = std::min(1.0, 1.0 / static_cast<double>(n));
  pagmo::nsga2 nsga2{1, crossover, crossover_spread, mutation, mutation_spread, seed};
  nsga2.set_bfe(pagmo::bfe{pagmo::member_bfe{}});
  pagmo::algorithm algorithm{nsga2};
  constexpr int most_generations = 10'000, most_idle = 100;
  for (int generation = 0, idle = 0; generation < most_generations && idle < most_idle; ++generation) {
    const std::size_t before = evolution.seen();
    population = algorithm.evolve(population);
    idle = evolution.seen() == before ? idle + 1 : 0;
  }
}

double hypervolume_with_pagmo(std::vector<std::vector<double>> points, const std::vector<double>& reference) {
  points.erase(std::remove_if(points.begin(), points.end(),
                              [&](const std::vector<double>& p) {
                                for (std::size_t i = 0; i < p.size(); ++i)
                                  if (!(p[i] < reference[i])) return true;
                                return false;
                              }),
               points.end());
  if (points.empty()) return 0;
  if (reference.size() == 1) {
    double least = points.front().front();
    for (const auto& p : points) least = std::min(least, p.front());
    return reference.front() - least;
  }
  std::sort(points.begin(), points.end());
  return pagmo::hypervolume(points).compute(reference);
}

}  // namespace snnvp::search
