// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp::baselines {

/// Ones in each row of a layer's M x K spike matrix (im2col), without making the matrix. Views `spikes`.
class RowOnes {
public:
  /// `spikes` is the layer's input: TCHW, or TC or TLC. InputError if its size is not that of the geometry.
  RowOnes(const GemmGeometry& geometry, const SpikeView& spikes);

  /// One number per output position of time step t; valid until the next call.
  const std::vector<std::uint32_t>& of_step(std::uint64_t t);

private:
  void count_pixels(std::uint64_t t);

  GemmGeometry geometry_;
  SpikeView spikes_;
  std::vector<std::uint32_t> pixels_;  ///< conv: ones over the channels of each pixel
  std::vector<std::uint32_t> rows_;
};

}  // namespace snnvp::baselines
