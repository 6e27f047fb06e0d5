// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <snnvp/workloads/spikes/spike_tensor.h>

// Shared by encoder and decoder: how packets address, and walking over the spikes of a window.
namespace snnvp {

constexpr std::uint64_t core_size = 256;   ///< axons that a SPIKE or ACT packet can tell apart
constexpr unsigned destination_bits = 18;  ///< dx and dy

inline std::uint64_t steps_of(const SpikeView& window) { return window.shape.empty() ? 0 : window.shape[0]; }
inline std::uint64_t neurons_of(const SpikeView& window) {
  const std::uint64_t steps = steps_of(window);
  return steps == 0 ? 0 : window.bits() / steps;
}

/// Calls f(offset) for every one among `count` bits from bit `first` on, in order.
template <typename F>
void for_each_one(const std::uint8_t* bytes, std::uint64_t first, std::uint64_t count, F f) {
  constexpr unsigned chunk = 56;
  for (std::uint64_t i = 0; i < count; i += chunk) {
    std::uint64_t ones = packed_bits(bytes, first + i, static_cast<unsigned>(std::min<std::uint64_t>(chunk, count - i)));
    for (; ones != 0; ones &= ones - 1) f(i + static_cast<std::uint64_t>(__builtin_ctzll(ones)));
  }
}

/// Ones among `count` bits from bit `first` on.
inline std::uint64_t ones_in(const std::uint8_t* bytes, std::uint64_t first, std::uint64_t count) {
  std::uint64_t ones = 0;
  for (std::uint64_t i = 0; i < count; i += 56)
    ones += static_cast<std::uint64_t>(
        __builtin_popcountll(packed_bits(bytes, first + i, static_cast<unsigned>(std::min<std::uint64_t>(56, count - i)))));
  return ones;
}

/// Bits that hold the values 0..n-1.
constexpr unsigned bits_for(std::uint64_t n) {
  unsigned bits = 0;
  while (bits < 63 && (std::uint64_t{1} << bits) < n) ++bits;
  return bits;
}

/// Every step but the first replaced by what changed since the step before, and back.
SpikeTensor differences(const SpikeView& window);
void integrate(SpikeTensor& window);

}  // namespace snnvp
