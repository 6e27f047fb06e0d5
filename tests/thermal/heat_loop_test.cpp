// SPDX-License-Identifier: Apache-2.0
#include "stacks.h"

#include <cmath>

#include <snnvp/models/thermal/leakage.h>
#include <snnvp/models/thermal/throttle.h>

using namespace snnvp;
using namespace snnvp::thermal;

namespace {

/// One cell with `kelvin_per_watt` to ambient in all and `joule_per_kelvin`; its package stores nothing.
Stack one_node(double kelvin_per_watt, double joule_per_kelvin) {
  Stack stack;
  stack.columns = stack.rows = stack.subdivision = 1;
  stack.tiers = {{"die", {100e-6, 130, joule_per_kelvin / (100e-6 * stack.area())}, {}, {}}};
  stack.tim.heat_capacity = 0;
  stack.package.form = Package::Form::lumped;
  stack.package.c_lumped = 0;
  stack.package.r_lumped = kelvin_per_watt - (50e-6 / 130 + 20e-6 / 4) / stack.area();
  return stack;
}

}  // namespace

TEST_CASE("stack3d.H16 leakage and temperature meet at the fixed point", "[thermal]") {
  const Network network(one_node(10, 0));
  const auto kelvin = [&](double power, double leakage) {
    const FixedPoint point = solve_with_leakage(network, {power}, {leakage}, {});
    CHECK(point.outcome == FixedPoint::Outcome::converged);
    return 318.15 + point.rises[0];
  };
  CHECK(kelvin(3, 0.05) == Approx(348.62420).margin(0.01));
  CHECK(kelvin(3, 0.3) == Approx(351.30456).margin(0.01));
  CHECK(kelvin(3, 1.0) == Approx(368.68300).margin(0.01));
  CHECK(kelvin(1, 0.05) == Approx(328.36736).margin(0.01));
  CHECK(solve_with_leakage(network, {3}, {0.05}, {}).iterations <= 8);
}

TEST_CASE("stack3d.H17 more leakage than the package can carry runs away", "[thermal]") {
  const Network network(one_node(10, 0));
  CHECK(solve_with_leakage(network, {3}, {1.05}, {}).outcome == FixedPoint::Outcome::runaway);
  // The border: 10 K/W (3 W + L 2^((T - 350) / 18)) touches T - 318.15 K in one point.
  const double touching = 318.15 + 30 + 18 / std::log(2.0);
  const double border = 18 / std::log(2.0) / (10 * std::pow(2, (touching - 350) / 18));
  CHECK(touching == Approx(374.1185).margin(1e-4));
  CHECK(border == Approx(1.02587).margin(1e-5));
  CHECK(solve_with_leakage(network, {3}, {border * 0.99}, {}).outcome == FixedPoint::Outcome::converged);
  CHECK(solve_with_leakage(network, {3}, {border * 1.005}, {}).outcome != FixedPoint::Outcome::converged);
  CHECK(solve_with_leakage(network, {30}, {1.05}, {}).outcome == FixedPoint::Outcome::runaway);
}

TEST_CASE("leakage heats where the die is hot", "[thermal]") {
  const Stack stack = on_copper();
  const Network network(stack);
  std::vector<double> power = uniform(stack, {0, 2});
  power[stack.cells() + 9] += 20;
  const std::vector<double> at_350 = uniform(stack, {0, 2});
  const FixedPoint point = solve_with_leakage(network, power, at_350, {});
  REQUIRE(point.outcome == FixedPoint::Outcome::converged);
  CHECK(point.leakage[stack.cells() + 9] > 1.1 * point.leakage[stack.cells() + 63]);
  CHECK(point.leakage[9] == 0);
  double total = 0;
  for (std::size_t i = 0; i < power.size(); ++i) total += power[i] + point.leakage[i];
  CHECK(network.heat_to_ambient(point.rises) == Approx(total).epsilon(1e-8));
}

TEST_CASE("stack3d.H18 one node warms up as backward Euler says", "[thermal]") {
  const Network network(one_node(0.4, 0.0245));
  const auto after = [&](double dt, unsigned steps) {
    std::vector<double> rises(network.nodes(), 0);
    for (unsigned i = 0; i < steps; ++i) rises = network.step(rises, {10}, dt);
    return rises[0];
  };
  CHECK(after(0.1e-3, 100) == Approx(2.550734).margin(1e-6));
  CHECK(after(1e-3, 10) == Approx(2.486149).margin(1e-6));
  CHECK(after(1e-6, 10000) == Approx(2.558209).margin(1e-4));
}

TEST_CASE("stack3d.H19 a transient ends in the steady state, and a step down mirrors a step up", "[thermal]") {
  for (Stack stack : {setup_l(), on_copper()}) {
    stack.subdivision = 1;  // eight step lengths: as many factors
    const Network network(stack);
    const std::vector<double> power = random_power(network.cells(), 6), none(network.cells(), 0);
    const std::vector<double> steady = network.steady(power);
    std::vector<double> up(network.nodes(), 0), down = steady;
    for (double dt = 1e-4; dt < 1e4; dt *= 10)
      for (unsigned i = 0; i < 5; ++i) {
        up = network.step(up, power, dt);
        down = network.step(down, none, dt);
        CHECK(largest_difference(sum(up, down), steady) < 1e-6);
      }
    CHECK(largest_difference(up, steady) < 1e-6);
  }
}

TEST_CASE("stack3d.H20 a tier above the limit slows by powers of two and comes back after 5 K", "[thermal]") {
  Throttle throttle({105, 1e9, 5});
  std::vector<unsigned> dividers;
  for (const double celsius : {104.9, 106.0, 107.0, 103.0, 105.0, 100.1, 100.0, 99.0, 99.0, 200.0, 200.0, 200.0, 200.0, 90.0}) {
    throttle.end_epoch(celsius);
    dividers.push_back(throttle.divider());
  }
  CHECK(dividers == std::vector<unsigned>{1, 2, 4, 4, 4, 4, 2, 1, 1, 2, 4, 8, 8, 4});
}

TEST_CASE("a warm DRAM refreshes twice as often before it slows", "[thermal]") {
  Throttle throttle({95, 85, 5});
  std::vector<std::pair<unsigned, unsigned>> seen;
  for (const double celsius : {84.0, 86.0, 82.0, 96.0, 94.0, 90.0, 80.0}) {
    throttle.end_epoch(celsius);
    seen.emplace_back(throttle.refresh_factor(), throttle.divider());
  }
  CHECK(seen == std::vector<std::pair<unsigned, unsigned>>{{1, 1}, {2, 1}, {2, 1}, {2, 2}, {2, 2}, {2, 1}, {1, 1}});
}
