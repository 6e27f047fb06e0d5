// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/encoding/activation_code.h>

#include <algorithm>

namespace snnvp {

std::optional<ActivationCode> activation_code_of(const std::string& name) {
  if (name == "rate") return ActivationCode::rate;
  if (name == "ttfs") return ActivationCode::ttfs;
  if (name == "graded") return ActivationCode::graded;
  return std::nullopt;
}

std::uint32_t graded_count(const ActivationCoding& c, std::uint32_t x) {
  const std::uint64_t clipped = std::min(x, c.x_max);
  return static_cast<std::uint32_t>((2 * clipped * c.steps + c.x_max) / (std::uint64_t{2} * c.x_max));
}

std::uint32_t spikes_of(const ActivationCoding& c, std::uint32_t x) {
  x = std::min(x, c.x_max);
  if (c.code == ActivationCode::ttfs) {
    if (x == 0) return 0;
    const std::uint64_t late = (std::uint64_t{2} * (c.x_max - x) * (c.steps - 1) + c.x_max) / (std::uint64_t{2} * c.x_max);
    return std::uint32_t{1} << late;
  }
  std::uint32_t spikes = 0;
  RateIntegrator integrator(c.x_max);
  for (std::uint32_t t = 0; t < c.steps; ++t) spikes |= static_cast<std::uint32_t>(integrator.step(x)) << t;
  return spikes;
}

std::uint32_t value_of_count(const ActivationCoding& c, std::uint32_t count) {
  const std::uint64_t spikes = std::min(count, c.steps);
  return static_cast<std::uint32_t>((2 * spikes * c.x_max + c.steps) / (std::uint64_t{2} * c.steps));
}

std::uint32_t value_of_time(const ActivationCoding& c, std::optional<std::uint32_t> t) {
  if (!t) return 0;
  if (c.steps <= 1) return c.x_max;
  const std::uint64_t intervals = c.steps - 1, early = intervals - std::min<std::uint64_t>(*t, intervals);
  return static_cast<std::uint32_t>((2 * early * c.x_max + intervals) / (2 * intervals));
}

std::uint32_t through(const ActivationCoding& c, std::uint32_t x) {
  if (c.code != ActivationCode::ttfs) return value_of_count(c, graded_count(c, x));
  const std::uint32_t spikes = spikes_of(c, x);
  return value_of_time(c, spikes == 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(__builtin_ctz(spikes))));
}

}  // namespace snnvp
