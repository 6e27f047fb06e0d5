// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include <snnvp/platform/search/landscape.h>
#include <snnvp/platform/search/search_file.h>

// Searches whose points are dear: each is evaluated once, at most `budget` of them, several at a time.
namespace snnvp::search {

/// One number per objective; the smaller, the better. Infinite throughout: the point is not admitted or has no result.
using Costs = std::vector<double>;

/// Costs of several points at once, in their order.
using EvaluateAll = std::function<std::vector<Costs>(const std::vector<Point>&)>;

/// Thrown by Ledger::costs_of once the budget is spent; what fitted into it has been evaluated.
struct BudgetSpent {};

/// What has been looked at.
class Ledger {
public:
  /// `is_allowed`: points for which it is false are infinite, never evaluated and cost nothing.
  Ledger(std::uint64_t budget, std::size_t objectives, std::function<bool(const Point&)> is_allowed, EvaluateAll evaluate)
      : budget_(budget), objectives_(objectives), is_allowed_(std::move(is_allowed)), evaluate_(std::move(evaluate)) {}

  /// Evaluates those that are new. Throws BudgetSpent.
  std::vector<Costs> costs_of(const std::vector<Point>& points);

  /// Points evaluated, in the order of their first mention, with their costs.
  const std::vector<std::pair<Point, Costs>>& evaluated() const { return evaluated_; }
  bool knows(const Point& point) const { return known_.count(point) != 0; }

private:
  std::uint64_t budget_;
  std::size_t objectives_;
  std::function<bool(const Point&)> is_allowed_;
  EvaluateAll evaluate_;
  std::map<Point, Costs> known_;
  std::vector<std::pair<Point, Costs>> evaluated_;
};

/// What NSGA-II needs to know.
struct Evolution {
  Grid grid;
  std::vector<bool> ordered;  ///< by dimension: choices are numbers in their order, not words
  std::size_t objectives = 1;
  std::vector<Point> first;  ///< first population: a multiple of four, at least eight
  std::uint64_t seed = 1;
  EvaluateAll costs;
  std::function<std::size_t()> seen;  ///< points evaluated so far
};
/// NSGA-II. Goes on until `costs` throws, or nothing new has come up for many generations. pagmo.h has the one there is; it comes from
/// outside so that only the program, not the library, needs pagmo.
using Evolve = std::function<void(const Evolution&)>;

struct Methods {
  Method method = Method::automatic;  ///< not automatic
  std::uint64_t restarts = 8, seed = 1, population = 0;
  std::vector<bool> ordered;
  std::size_t objectives = 1;
  std::uint64_t budget = 0;
  Evolve evolve;
};

/// Lets the ledger see what the method asks for, until it ends or the budget does.
void explore(const Grid& grid, const Methods& how, Ledger& ledger);

/// Size of a population for a budget: some eight generations of it.
std::uint64_t default_population(std::uint64_t budget);

}  // namespace snnvp::search
