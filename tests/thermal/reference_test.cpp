// SPDX-License-Identifier: Apache-2.0
// Against exact series instead of another grid: dies on a copper block of their own footprint, whose lateral modes decouple.
#include "stacks.h"

#include <cmath>

using namespace snnvp::thermal;

namespace {

/// Mean rise over a centred square block of `block` times the die's side in tier `hot` for 1 W in it. Exact in the plane and in
/// the depth of the copper (spreader and sink are one block of the die's footprint); dies are sheets, as in the network.
double block_rise(const Stack& stack, double block, std::size_t hot) {
  const double side = stack.width, area = side * side;
  const Package& p = stack.package;
  const double depth = p.spreader.thickness + p.sink.thickness, k = p.sink.conductivity, h = 1 / (p.r_convection * area);
  const Layer &far = stack.tiers[0].die, &near = stack.tiers[1].die;
  const double bond =
      1 / (far.thickness / (2 * far.conductivity) + resistance(stack.tiers[0].interface) + near.thickness / (2 * near.conductivity));
  const double to_face = near.thickness / (2 * near.conductivity) + stack.tim.thickness / stack.tim.conductivity;
  const auto mean = [&](int m) {  // of cos(m pi x / side) over the block; odd modes vanish
    if (m == 0) return 1.0;
    const double z = m * M_PI * block / 2;
    return (m / 2 % 2 == 0 ? 1 : -1) * std::sin(z) / z;
  };
  double sum = 0;
  constexpr int modes = 400;
  for (int m = 0; m < modes; m += 2)
    for (int n = 0; n < modes; n += 2) {
      const double z = std::hypot(m, n) * M_PI / side, th = std::tanh(z * depth);
      const double copper = z == 0 ? 1 / (depth / k + 1 / h) : k * z * (k * z * th + h) / (k * z + h * th);
      const double below = 1 / (to_face + 1 / copper);
      const double a = bond + far.conductivity * far.thickness * z * z, b = bond + near.conductivity * near.thickness * z * z + below;
      const double rise = (hot == 0 ? b : a) / (a * b - bond * bond);
      sum += (m == 0 ? 1 : 2) * (n == 0 ? 1 : 2) * std::pow(mean(m) * mean(n), 2) * rise;
    }
  return sum / area;
}

double network_rise(Stack stack, double block, std::size_t hot, unsigned cells) {
  stack.columns = stack.rows = cells;
  const auto side = static_cast<unsigned>(cells * block + 0.5), first = (cells - side) / 2;
  std::vector<double> power(2 * stack.cells(), 0);
  const auto each = [&](auto call) {
    for (unsigned y = first; y < first + side; ++y)
      for (unsigned x = first; x < first + side; ++x) call(power[hot * stack.cells() + y * cells + x], hot * stack.cells() + y * cells + x);
  };
  each([&](double& p, std::size_t) { p = 1.0 / (side * side); });
  const std::vector<double> rises = snnvp::thermal::cells(Network(stack), power);
  double sum = 0;
  each([&](double&, std::size_t i) { sum += rises[i]; });
  return sum / (side * side);
}

Stack on_a_block() {
  Stack stack = on_copper();
  stack.package.spreader_side = stack.package.sink_side = stack.width;
  return stack;
}

}  // namespace

TEST_CASE("stack3d.H14 a hot spot in either tier agrees with the exact series of its lateral modes", "[thermal]") {
  for (const std::size_t hot : {0U, 1U})
    for (const double block : {0.25, 0.5}) {
      CAPTURE(hot, block);
      const double exact = block_rise(on_a_block(), block, hot);
      CHECK(network_rise(on_a_block(), block, hot, 8) == Approx(exact).epsilon(0.055));
      CHECK(network_rise(on_a_block(), block, hot, 32) == Approx(exact).epsilon(0.04));
    }
}

TEST_CASE("stack3d.H15 even power on the block is the ladder of the exact series", "[thermal]") {
  const double exact = block_rise(on_a_block(), 1.0, 1);
  CHECK(network_rise(on_a_block(), 1.0, 1, 8) == Approx(exact).epsilon(1e-6));
}
