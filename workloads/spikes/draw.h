// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/spikes/generators.h>

// Parts shared by the generators.
namespace snnvp {

/// A probability as an integer threshold on 53 random bits: exact, no rounding that could differ between hosts.
class Chance {
public:
  explicit Chance(double p) : threshold_(p <= 0 ? 0 : p >= 1 ? one : static_cast<std::uint64_t>(p * static_cast<double>(one))) {}
  bool operator()(RandomStream& random) const { return (random.next_u64() >> 11) < threshold_; }

private:
  static constexpr std::uint64_t one = std::uint64_t{1} << 53;
  std::uint64_t threshold_;
};

/// Any layout as steps x planes x height x width: channels of an image, tokens of a sequence, or a single plane.
struct SpikePlanes {
  std::uint64_t steps = 0, planes = 0, height = 0, width = 0;
};

/// Checks a request as all generators promise.
SpikePlanes planes_of(const SpikeRequest& request);

}  // namespace snnvp
