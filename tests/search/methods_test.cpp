// SPDX-License-Identifier: Apache-2.0
// Searches whose points are dear, on landscapes whose best points are known by other means.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <snnvp/models/pe_array/energy_shares.h>
#include <snnvp/models/pe_array/layer_timing.h>
#include <snnvp/platform/search/methods.h>
#include <snnvp/platform/search/pagmo/nsga2.h>
#include <snnvp/workloads/spikes/generators.h>

using namespace snnvp;
using namespace snnvp::search;

namespace {

using CostOf = std::function<Costs(const Point&)>;

struct Explored {
  std::vector<std::pair<Point, Costs>> points;
  double least() const {
    double cost = std::numeric_limits<double>::infinity();
    for (const auto& [point, costs] : points) cost = std::min(cost, costs.front());
    return cost;
  }
};

Explored search_with(
    Method method, const Grid& grid, std::vector<bool> ordered, std::size_t objectives, std::uint64_t budget, std::uint64_t seed,
    const CostOf& cost, const std::function<bool(const Point&)>& allowed = [](const Point&) { return true; }) {
  std::set<Point> asked;
  Ledger ledger(budget, objectives, allowed, [&](const std::vector<Point>& points) {
    std::vector<Costs> all;
    for (const Point& point : points) {
      CHECK(asked.insert(point).second);  // nothing is asked twice
      all.push_back(cost(point));
    }
    return all;
  });
  Methods how;
  how.method = method;
  how.restarts = 1000;
  how.seed = seed;
  how.ordered = std::move(ordered);
  how.objectives = objectives;
  how.budget = budget;
  how.evolve = evolve_with_pagmo;
  explore(grid, how, ledger);
  return {ledger.evaluated()};
}

/// N-MNIST CONV1 on an array of `rows` x `cols` PEs: energy times delay times PEs, from the core's own counts.
class SpikexSpace {
public:
  // 5 x 5 x 5 x 2 x 2 = 500 points.
  const Grid grid{{5, 5, 5, 2, 2}};
  const std::vector<bool> ordered{true, true, true, false, false};

  SpikexSpace() {
    geometry_.kind = GemmGeometry::Kind::conv2d;
    geometry_.T = 30, geometry_.C = 2, geometry_.H = geometry_.W = 12, geometry_.N = 12, geometry_.kernel = 3, geometry_.padding = 0;
    SpikeRequest request;
    request.axes = "TCHW";
    request.shape = {geometry_.T, geometry_.C, geometry_.H, geometry_.W};
    request.density = 0.03;
    request.seed = 1;
    request.name = "spikes/layer";
    spikes_ = bernoulli_spikes(request);
  }

  Costs cost(const Point& p) const {
    constexpr std::uint32_t sides[] = {2, 4, 8, 16, 32}, windows[] = {1, 3, 5, 10, 30};
    pe_array::Config config;
    config.rows = sides[p[0]];
    config.cols = sides[p[1]];
    config.tws = windows[p[2]];
    config.dispatch = p[3] == 0 ? pe_array::Dispatch::spatial : pe_array::Dispatch::temporal;
    config.psum = p[4] == 0 ? pe_array::PsumPolicy::spill : pe_array::PsumPolicy::stationary;
    const NeuronRecord neuron;
    const auto counts = count_layer(config, analyze(config, pe_array::LayerMap(geometry_), spikes_.view()), &neuron);
    const double pj = energy_of(energy_counts(counts), pe_array::physical_prices).total();
    return {pj * static_cast<double>(counts.cycles.total) * config.rows * config.cols};
  }

private:
  GemmGeometry geometry_;
  SpikeTensor spikes_;
};

}  // namespace

TEST_CASE("desk.3 the exhaustive optimum of a 500-point SpikeX space is found with a quarter of the evaluations") {
  const SpikexSpace space;
  const auto cost = [&](const Point& point) { return space.cost(point); };
  const Explored all = search_with(Method::exhaustive, space.grid, space.ordered, 1, 500, 1, cost);
  REQUIRE(all.points.size() == 500);
  const double least = all.least();
  std::set<double> different;
  for (const auto& [point, costs] : all.points) different.insert(costs.front());
  CHECK(different.size() > 200);  // a landscape, not a plain
  CHECK(std::count_if(all.points.begin(), all.points.end(), [&](const auto& p) { return p.second.front() == least; }) <= 2);
  int by_chance = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    for (const Method method : {Method::nsga2, Method::coordinate_descent}) {
      const Explored found = search_with(method, space.grid, space.ordered, 1, 125, seed, cost);
      INFO(word(method) << ", " << found.points.size() << " points");
      CHECK(found.points.size() <= 125);
      CHECK(found.least() == least);
    }
    by_chance += search_with(Method::random, space.grid, space.ordered, 1, 125, seed, cost).least() == least;
  }
  CHECK(by_chance < 8);  // a quarter of the points at random does not do
}

TEST_CASE("desk.3 NSGA-II finds the bottom of a bowl of numbers and words, and of one with many dents") {
  // 20 x 20 x 20 numbers and one of four words.
  const auto bowl = [](const Point& p) {
    constexpr double words[] = {40, 25, 0, 60};
    const double a = p[0] - 3.0, b = p[1] - 17.0, c = p[2] - 8.0;
    return Costs{1 + a * a + 2 * b * b + 3 * c * c + words[p[3]]};
  };
  // Rastrigin on a grid of quarters: a local optimum at each of 11^3 whole numbers.
  const auto dents = [](const Point& p) {
    double cost = 0;
    const double bottom[] = {1, -2, 0};
    for (std::size_t d = 0; d < 3; ++d) {
      const double z = 0.25 * p[d] - 5 - bottom[d];
      cost += z * z + 10 - 10 * std::cos(2 * 3.14159265358979323846 * z);
    }
    return Costs{cost};
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    CHECK(search_with(Method::nsga2, {{20, 20, 20, 4}}, {true, true, true, false}, 1, 600, seed, bowl).least() == 1);
    CHECK(search_with(Method::nsga2, {{41, 41, 41}}, {true, true, true}, 1, 2000, seed, dents).least() == Approx(0).margin(1e-9));
    CHECK(search_with(Method::coordinate_descent, {{41, 41, 41}}, {true, true, true}, 1, 2000, seed, dents).least() ==
          Approx(0).margin(1e-9));
  }
}

TEST_CASE("desk.3 NSGA-II finds the front of a problem with two objectives") {
  // ZDT1 on a grid of 31 x 6 x 6 x 6: the front is x1 free, the others 0; f2 = 1 - sqrt(f1).
  const auto zdt1 = [](const Point& p) {
    const double x = p[0] / 30.0, g = 1 + 9 * (p[1] + p[2] + p[3]) / 15.0;
    return Costs{x, g * (1 - std::sqrt(x / g))};
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Explored found = search_with(Method::nsga2, {{31, 6, 6, 6}}, {true, true, true, true}, 2, 1000, seed, zdt1);
    std::set<std::uint32_t> on_front;
    std::vector<std::vector<double>> costs;
    for (const auto& [point, c] : found.points) {
      if (point[1] + point[2] + point[3] == 0) on_front.insert(point[0]);
      costs.push_back(c);
    }
    INFO("seed " << seed << ", " << on_front.size() << " of 31");
    CHECK(on_front.size() >= 29);
    // The whole front on this grid dominates 0.6505 up to (1, 1): rectangles under 1 - sqrt(x).
    double all = 0;
    for (int i = 0; i < 30; ++i) all += std::sqrt(i / 30.0) / 30.0;
    CHECK(hypervolume_with_pagmo(costs, {1, 1}) >= 0.99 * all);
    CHECK(hypervolume_with_pagmo(costs, {1, 1}) <= all * (1 + 1e-12));
  }
}

TEST_CASE("a search asks for the same points again for the same seed, and others for another one") {
  const auto cost = [](const Point& p) { return Costs{std::abs(p[0] - 5.0) + p[1], std::abs(p[0] - 9.0) + 3.0 - p[1]}; };
  for (const Method method : {Method::nsga2, Method::random}) {
    const auto points = [&](std::uint64_t seed) {
      return search_with(method, {{30, 4, 7}}, {true, false, true}, 2, 90, seed, cost).points;
    };
    CHECK(points(3) == points(3));
    CHECK(points(3) != points(4));
    CHECK(points(3).size() == 90);
  }
}

TEST_CASE("a search keeps to its budget and to its constraints, and ends where nothing is left") {
  const auto cost = [](const Point& p) { return Costs{100.0 - p[0] - p[1], 1.0 * p[0]}; };
  const auto allowed = [](const Point& p) { return p[0] + p[1] <= 6; };
  for (const Method method : {Method::nsga2, Method::random, Method::coordinate_descent, Method::exhaustive}) {
    INFO(word(method));
    const Explored found = search_with(method, {{10, 10}}, {true, true}, 2, 1000, 1, cost, allowed);
    CHECK(found.least() == 94);
    for (const auto& [point, costs] : found.points) CHECK(allowed(point));
    CHECK(found.points.size() <= 28);  // as many as are allowed
    if (method == Method::random || method == Method::exhaustive) CHECK(found.points.size() == 28);
    CHECK(search_with(method, {{10, 10}}, {true, true}, 2, 7, 1, cost, allowed).points.size() == 7);
  }
  // Everything is infinite: a search ends all the same.
  const auto nothing = [](const Point&) { return Costs(2, std::numeric_limits<double>::infinity()); };
  CHECK(search_with(Method::nsga2, {{10, 10}}, {true, false}, 2, 50, 1, nothing).points.size() == 50);
}

TEST_CASE("hypervolumes are those of the union of boxes") {
  CHECK(hypervolume_with_pagmo({{1, 2}, {2, 1}}, {3, 3}) == Approx(3));
  CHECK(hypervolume_with_pagmo({{1, 2}, {2, 1}, {2, 2}, {5, 0}}, {3, 3}) == Approx(3));
  CHECK(hypervolume_with_pagmo({{0, 0, 0}}, {2, 3, 4}) == Approx(24));
  CHECK(hypervolume_with_pagmo({{3, 3}}, {3, 3}) == 0);
  CHECK(hypervolume_with_pagmo({{2}, {1}}, {5}) == 4);
}
