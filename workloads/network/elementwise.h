// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// Max pooling of spikes over square windows.
struct PoolGeometry {
  std::uint64_t C = 0, H = 1, W = 1;
  std::uint64_t kernel = 1, stride = 1, padding = 0;

  std::uint64_t out_h() const { return (H + 2 * padding - kernel) / stride + 1; }
  std::uint64_t out_w() const { return (W + 2 * padding - kernel) / stride + 1; }
};

/// As for GemmGeometry: a sentence, or an empty string.
std::string geometry_problem(const PoolGeometry& geometry);

/// The logical OR over each window of a TCHW tensor (spec/prosperity.md 4.4); padding is silent.
/// InputError if the tensor does not have the geometry's C, H and W.
SpikeTensor max_pool(const PoolGeometry& geometry, const SpikeView& input);

/// The width a layernorm can have: keeps its sum of squares within 64 bits.
constexpr std::uint64_t max_norm_width = 1U << 15;

/// Integer layernorm of `rows` rows of `width` sums, our definition (the reference counts it but computes no values).
///
/// Per row: mean = sum / width, rounded down; x = value - mean, limited to +-2^24; deviation = floor(sqrt(sum of x^2 / width)),
/// at least 1; out = 64 * x / deviation, rounded to zero. So 64 is one standard deviation, the neuron's default threshold.
/// `out` may be `in`. InternalError if width is 0 or exceeds max_norm_width.
void integer_layernorm(std::uint64_t rows, std::uint64_t width, const std::int32_t* in, std::int32_t* out);

/// Element-wise sum, saturated to int32 (the `add` of a network folder).
void saturating_add(std::uint64_t count, const std::int32_t* a, const std::int32_t* b, std::int32_t* out);

}  // namespace snnvp
