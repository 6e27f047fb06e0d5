// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <utility>
#include <vector>

#include <snnvp/models/thermal/network.h>

// Stacks of spec/stack3d.md 8.4.
namespace snnvp::thermal {

inline const Layer silicon_50{50e-6, 130, 1.63e6}, silicon_100{100e-6, 130, 1.63e6};

/// Set-up L: 10 x 10 mm, 8 x 8 cells, a lumped package of 0.25 K/W, 20 um of TIM at 4 and 12 um of bond at 2.25 W/mK.
inline Stack setup_l(const Layer& far = silicon_50, const Layer& near = silicon_100, const Layer& bond = {12e-6, 2.25, 2.175e6}) {
  Stack stack;
  stack.tiers = {{"far", far, {}, {bond}}, {"near", near, {}, {}}};
  stack.package.form = Package::Form::lumped;
  stack.package.r_lumped = 0.25;
  return stack;
}

/// The same dies on the default package of copper cells.
inline Stack on_copper(Stack stack = setup_l()) {
  stack.package = Package{};
  return stack;
}

/// Watts per tier, uniform over it.
inline std::vector<double> uniform(const Stack& stack, const std::vector<double>& watts) {
  std::vector<double> power;
  for (const double w : watts) power.insert(power.end(), stack.cells(), w / static_cast<double>(stack.cells()));
  return power;
}

inline std::vector<double> random_power(std::size_t cells, unsigned seed, double most = 1) {
  std::mt19937 random(seed);
  std::vector<double> power(cells);
  for (double& p : power) p = most * static_cast<double>(random()) / 4294967296.0;
  return power;
}

inline std::vector<double> sum(std::vector<double> a, const std::vector<double>& b, double factor = 1) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
  return a;
}

/// Steady rises of the cells.
inline std::vector<double> cells(const Network& network, const std::vector<double>& power) {
  return network.cell_rises(network.steady(power));
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double most = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace snnvp::thermal
