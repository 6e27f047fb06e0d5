// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/stack3d/bishop_config.h>

// Cycles and traffic of the cores in closed form (section 5.3).
namespace snnvp::bishop {

/// Dense core: cd(B, 16) * cd(Dout, 32) * (nD * s + f). Nothing to do takes nothing.
Cycles dense_cycles(const Config& config, std::uint64_t bundles, std::uint64_t out_features, std::uint64_t dense_features);

/// Sparse core: cd(active bundles * Dout, 128) * s, and ceil(log2(128)) once for the reduction network.
Cycles sparse_cycles(const Config& config, std::uint64_t active_bundles, std::uint64_t out_features);

/// Latency of the sparse core's reduction network, part of sparse_cycles().
Cycles reduction_cycles(const Config& config);

/// Spike generator: cd(neurons * T, 512).
Cycles spikegen_cycles(const Config& config, std::uint64_t updates);

/// What a linear layer reads from memory.
struct LinearTraffic {
  std::uint64_t columns = 0;  ///< output features whose weights fit half of the weight buffer, a multiple of 32 and at least 32
  std::uint64_t passes = 1;   ///< over the spikes, one per set of columns
  Bytes weight_bytes = 0;     ///< once; once per pass if not even 32 columns fit (decision 51)
  Bits spike_bits = 0;        ///< over all passes: active bundles whole, and one tag per bundle
  Bytes bytes() const { return weight_bytes + (spike_bits + 7) / 8; }
};
LinearTraffic linear_traffic(const Config& config, std::uint64_t in_features, std::uint64_t out_features, std::uint64_t bundles,
                             std::uint64_t active_bundles);

/// Cycles that the memory needs for `bytes`, rounded up.
Cycles memory_cycles(const Config& config, Bytes bytes);

/// Tiles of the attention core for one bundle of time steps, per mode: cd(query bundles, 16) * cd(key tokens, 32).
std::uint64_t attention_tiles(const Config& config, std::uint64_t query_bundles, std::uint64_t key_tokens);

/// Both modes of `tiles` tiles of one head of width d: 2 * tiles * (d * s + f).
Cycles attention_cycles(const Config& config, std::uint64_t tiles, std::uint64_t head_width);

}  // namespace snnvp::bishop
