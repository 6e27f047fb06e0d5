// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/random.h>

namespace snnvp {

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) {
  // Four successive SplitMix64 outputs, the seeding that the authors of xoshiro recommend; never all zero.
  const std::uint64_t start = fnv1a64(name) ^ mix64(seed);
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] = mix64(start + i * 0x9E3779B97F4A7C15u);
}

}  // namespace snnvp
