// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// What remains of a spike matrix after removing the best prefix of each row (spec/prosperity.md 4.2).
struct SparsityCount {
  std::uint64_t elements = 0;      ///< M x K
  std::uint64_t ones = 0;          ///< bit sparsity
  std::uint64_t product_ones = 0;  ///< ones left after prefix removal

  double bit_density() const { return elements ? static_cast<double>(ones) / static_cast<double>(elements) : 0.0; }
  double product_density() const { return elements ? static_cast<double>(product_ones) / static_cast<double>(elements) : 0.0; }
};

/// Counts a layer's input, im2col included, in tiles of tile_m x tile_k (tile_k <= 64).
///
/// An estimate's worth of code for the generators, on purpose independent of any model; it is exact all the same.
/// InputError if tile_m is 0 or tile_k is not 1 to 64.
SparsityCount count_sparsity(const GemmGeometry& geometry, const SpikeView& spikes, std::uint64_t tile_m = 256, std::uint64_t tile_k = 16);

}  // namespace snnvp
