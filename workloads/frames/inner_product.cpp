// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/frames/inner_product.h>

#include <cmath>
#include <cstddef>

#include <snnvp/platform/base/random.h>

namespace snnvp::pi2 {

std::uint64_t SplitMix::next() {
  const std::uint64_t word = mix64(state_);
  state_ += 0x9E3779B97F4A7C15u;
  return word;
}

double SplitMix::uniform() { return unit_real(next()); }

double SplitMix::normal() {
  const double u1 = uniform(), u2 = uniform();
  return std::sqrt(-2 * std::log(u1 + 1e-300)) * std::cos(2 * 3.14159265358979323846 * u2);
}

std::vector<double> normal_weights(SplitMix& stream, std::uint32_t inputs, std::uint32_t outputs, double std) {
  std::vector<double> weights(std::size_t{inputs} * outputs);
  for (double& w : weights) w = std * stream.normal();
  return weights;
}

std::vector<double> sparse_inputs(SplitMix& stream, std::uint32_t inputs, double p_zero) {
  std::vector<double> x(inputs);
  for (double& v : x) v = stream.uniform() < p_zero ? 0 : stream.uniform();
  return x;
}

std::vector<double> inner_product(const std::vector<double>& weights, std::uint32_t outputs, const std::vector<double>& x) {
  std::vector<double> sums(outputs);
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::uint32_t j = 0; j < outputs; ++j) sums[j] += weights[i * outputs + j] * x[i];
  return sums;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean_a += a[i], mean_b += b[i];
  mean_a /= n, mean_b /= n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    ab += da * db, aa += da * da, bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace snnvp::pi2
