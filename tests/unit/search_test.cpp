// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/search/landscape.h>
#include <snnvp/platform/search/layer_search.h>
#include <snnvp/platform/search/piecewise_fit.h>

using namespace snnvp;
using namespace snnvp::search;

namespace {

/// A bowl with its least cost at `bottom`.
Evaluate bowl(const Point& bottom) {
  return [bottom](const std::vector<Point>& points) {
    std::vector<double> costs;
    for (const Point& point : points) {
      double cost = 1;
      for (std::size_t d = 0; d < point.size(); ++d) cost += std::pow(static_cast<double>(point[d]) - static_cast<double>(bottom[d]), 2);
      costs.push_back(cost);
    }
    return costs;
  };
}

/// Costs of layers that are drawn, so that no structure helps the search.
CostTable drawn_table(std::size_t values, std::size_t layers, std::uint64_t seed) {
  RandomStream random(seed, "test/search");
  CostTable table(values, std::vector<LayerCost>(layers));
  for (auto& row : table)
    for (LayerCost& cost : row) cost = {1e-6 * (1 + random.uniform()), 1000 + random.below(9000), 0};
  return table;
}

/// The least EDP by plain counting, independent of the library.
double brute_force(const CostTable& table, std::uint64_t hz) {
  const std::size_t values = table.size(), layers = table.front().size();
  std::size_t all = 1;
  for (std::size_t i = 0; i < layers; ++i) all *= values;
  double best = 1e300;
  for (std::size_t code = 0; code < all; ++code) {
    double energy = 0, cycles = 0;
    for (std::size_t layer = 0, rest = code; layer < layers; ++layer, rest /= values) {
      energy += table[rest % values][layer].energy_j;
      cycles += static_cast<double>(table[rest % values][layer].cycles);
    }
    best = std::min(best, energy * cycles / static_cast<double>(hz));
  }
  return best;
}

}  // namespace

TEST_CASE("search finds the bottom of a bowl by looking at every point and by descent") {
  const Grid grid{{7, 5, 9}};
  const Point bottom{4, 0, 8};
  const Found all = exhaustive(grid, bowl(bottom));
  CHECK(all.best == bottom);
  CHECK(all.evaluations == 7 * 5 * 9);
  const Found descent = coordinate_descent(grid, {{0, 0, 0}}, bowl(bottom));
  CHECK(descent.best == bottom);
  CHECK(descent.evaluations <= 2 * (7 + 5 + 9));
}

TEST_CASE("search takes the first of several equal points and counts no point twice") {
  const Evaluate flat = [](const std::vector<Point>& points) { return std::vector<double>(points.size(), 2.5); };
  CHECK(exhaustive({{3, 3}}, flat).best == Point{0, 0});
  CHECK(coordinate_descent({{3, 3}}, {{1, 1}, {1, 1}}, flat).evaluations == 5);
  CHECK(Grid{{1U << 31, 1U << 31, 1U << 31}}.points() == ~std::uint64_t{0});
}

TEST_CASE("spikex.S10 the search over layers finds the optimum of brute force on a 3-layer network") {
  constexpr std::uint64_t hz = 500'000'000;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const CostTable table = drawn_table(9, 3, seed);
    SearchFile file;
    const LayerSearch all = search_layers(table, file, hz);
    CHECK(all.exhaustive);
    CHECK(all.combinations == 9 * 9 * 9);
    CHECK(all.best.cost == Approx(brute_force(table, hz)).epsilon(1e-12));
    CHECK(all.best.cost <= all.best_uniform.cost);
    file.method = Method::coordinate_descent;
    file.restarts = 30;
    const LayerSearch descent = search_layers(table, file, hz);
    CHECK_FALSE(descent.exhaustive);
    CHECK(descent.best.cost == Approx(all.best.cost).epsilon(1e-12));
  }
}

TEST_CASE("the search over layers goes over to descent beyond its budget") {
  SearchFile file;
  file.budget = 100;
  CHECK_FALSE(search_layers(drawn_table(9, 3, 1), file, 1).exhaustive);
  file.budget = 729;
  CHECK(search_layers(drawn_table(9, 3, 1), file, 1).exhaustive);
}

TEST_CASE("spikex.S10 a fit of a linear EDP is exact") {
  std::vector<std::pair<double, double>> points;
  for (const double x : {10., 20., 50., 100., 300., 1000., 5000., 20000.}) points.emplace_back(x, 3e-12 + 7e-14 * x);
  const PiecewiseFit fit = fit_piecewise(points, 4);
  CHECK(fit.segments() == 4);
  CHECK(fit.largest_relative_error < 1e-9);
  for (const double x : {5., 77., 40000.}) CHECK(fit.at(x) == Approx(3e-12 + 7e-14 * x).epsilon(1e-9));
}

TEST_CASE("a fit never falls and meets a bend at a knot") {
  std::vector<std::pair<double, double>> bent;
  for (int x = 0; x <= 8; ++x) bent.emplace_back(x, x <= 4 ? 1 + x : 5 + 3 * (x - 4));
  const PiecewiseFit fit = fit_piecewise(bent, 4);
  CHECK(fit.largest_relative_error < 1e-9);
  // A falling middle is held flat: least squares of what may only rise.
  const PiecewiseFit held = fit_piecewise({{0, 1}, {1, 5}, {2, 3}, {3, 2}, {4, 6}}, 4);
  for (std::size_t s = 0; s < held.segments(); ++s) CHECK(held.slope(s) >= 0);
  CHECK(held.largest_relative_error > 0.05);
}

TEST_CASE("a fit with one place only is its mean by relative weight") {
  const PiecewiseFit same = fit_piecewise({{7, 2}, {7, 2}, {7, 2}}, 4);
  CHECK(same.segments() == 0);
  CHECK(same.at(100) == Approx(2));
  CHECK(fit_piecewise({{1, 0}, {2, 0}}, 4).at(1.5) == 0);
}
