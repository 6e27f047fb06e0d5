// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

// Weights and inputs by generator, and how well a layer follows the inner product (spec/pi2.md 8, B6).
namespace snnvp::pi2 {

/// SplitMix64 as a stream, with the normal of the page: sqrt(-2 ln(u1 + 1e-300)) cos(2 pi u2).
class SplitMix {
public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  double uniform();
  double normal();

private:
  std::uint64_t state_;
};

/// `weights[i * outputs + j]` ~ N(0, std^2), drawn row by row.
std::vector<double> normal_weights(SplitMix& stream, std::uint32_t inputs, std::uint32_t outputs, double std);
/// Zero with probability `p_zero`, else uniform in [0, 1): one draw to decide, a second for a value.
std::vector<double> sparse_inputs(SplitMix& stream, std::uint32_t inputs, double p_zero);

/// w.x for every output.
std::vector<double> inner_product(const std::vector<double>& weights, std::uint32_t outputs, const std::vector<double>& x);
/// Pearson correlation; 0 if one of the two does not vary.
double pearson(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace snnvp::pi2
