// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Geometry of one spiking matrix product, from a convolution or a fully connected layer.
///
/// GEMM out = S x W: S is M x K spikes, W is K x N weights. Row m = l*T + t (position major, time minor),
/// column = ch*kernel*kernel + ky*kernel + kx (spec/prosperity.md 4.1).
struct GemmGeometry {
  enum class Kind { conv2d, fc };
  Kind kind = Kind::fc;
  std::uint64_t T = 1;         ///< time steps
  std::uint64_t C = 0;         ///< conv: input channels; fc: inputs
  std::uint64_t H = 1, W = 1;  ///< conv: input image
  std::uint64_t L = 1;         ///< fc: sequence length (1 for a plain fc)
  std::uint64_t N = 0;         ///< output channels / outputs
  std::uint64_t kernel = 1, stride = 1, padding = 0;

  std::uint64_t out_h() const { return kind == Kind::conv2d ? (H + 2 * padding - kernel) / stride + 1 : 1; }
  std::uint64_t out_w() const { return kind == Kind::conv2d ? (W + 2 * padding - kernel) / stride + 1 : 1; }
  /// Output positions per time step.
  std::uint64_t positions() const { return kind == Kind::conv2d ? out_h() * out_w() : L; }
  std::uint64_t M() const { return T * positions(); }
  std::uint64_t K() const { return kind == Kind::conv2d ? C * kernel * kernel : C; }
  /// Bits of the input tensor.
  std::uint64_t input_bits() const { return kind == Kind::conv2d ? T * C * H * W : T * L * C; }
};

/// The integer neuron of the golden model and all engines (decision 9).
///
/// Per step: leak, integrate, compare (strict >), reset. Membranes saturate to `width_bits`.
struct NeuronRecord {
  enum class Leak { none, multiply, subtract };
  enum class Reset { zero, subtract };
  std::int32_t threshold = 64;
  std::vector<std::int32_t> channel_threshold;  ///< empty, or one per channel
  Leak leak = Leak::none;
  std::int32_t leak_value = 0;  ///< multiply: Q0.16 factor, product rounded to zero; subtract: amount
  Reset reset = Reset::zero;
  unsigned width_bits = 16;
};

/// Spiking attention (spec/prosperity.md 5.4).
struct AttentionGeometry {
  enum class Kind { spikformer, spikebert, sdt, spikingbert };
  Kind kind = Kind::spikformer;
  std::uint64_t T = 1, L = 1, D = 1, heads = 1;
};

}  // namespace snnvp
