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

/// The integer neuron of the golden model and all engines (decisions 9 and 54).
///
/// Per step: leak, integrate, compare (strict >), reset; LifState says it exactly. Membranes and currents saturate to
/// `width_bits`. A vector of per-channel values, where not empty, replaces the scalar beside it.
struct NeuronRecord {
  enum class Model {
    lif,     ///< spikes
    li,      ///< no spikes, the membrane is the output
    i,       ///< li without a leak
    cuba,    ///< lif behind a synaptic current
    cuba_li  ///< li behind a synaptic current
  };
  enum class Leak { none, multiply, subtract };
  enum class Reset { zero, subtract };
  std::int32_t threshold = 64;
  std::vector<std::int32_t> channel_threshold;  ///< empty, or one per channel
  Leak leak = Leak::none;
  std::int32_t leak_value = 0;  ///< multiply: Q0.16 factor, product rounded to zero; subtract: amount
  Reset reset = Reset::zero;
  unsigned width_bits = 16;

  Model model = Model::lif;
  std::vector<std::int32_t> channel_leak;   ///< as leak_value
  std::int32_t reset_value = 0;             ///< Reset::zero goes here, Reset::subtract takes threshold - reset_value
  std::vector<std::int32_t> channel_reset;  ///< as reset_value
  std::int32_t bias = 0;                    ///< added to the membrane in each step: bias of the layer before, pull to the rest value
  std::vector<std::int32_t> channel_bias;   ///< as bias
  unsigned input_shift = 0;                 ///< x counts as x * 2^input_shift
  std::int32_t synapse_bias = 0;            ///< cuba: added to the current in each step
  std::vector<std::int32_t> channel_synapse_bias;
  std::int32_t synapse_leak = 0;  ///< cuba: Q0.16 factor of the current
  std::vector<std::int32_t> channel_synapse_leak;
  unsigned synapse_shift = 0;  ///< cuba: the membrane gets current / 2^synapse_shift, halves away from zero

  bool fires() const { return model == Model::lif || model == Model::cuba; }
  bool has_current() const { return model == Model::cuba || model == Model::cuba_li; }
  /// Only fields of the plain LIF are used, the scalars of decision 9 and per-channel thresholds: any engine's LIF can do it.
  bool is_plain_lif() const;
};

/// Spiking attention (spec/prosperity.md 5.4).
struct AttentionGeometry {
  enum class Kind { spikformer, spikebert, sdt, spikingbert };
  Kind kind = Kind::spikformer;
  std::uint64_t T = 1, L = 1, D = 1, heads = 1;
};

/// A kernel of a spiking transformer on spikes [T][tokens][D] (spec/stack3d.md 4): multi-head attention or a mixture of experts.
struct TransformerGeometry {
  enum class Merge {
    place,      ///< one expert per token: its sums
    psum_sum,   ///< sums of a token's experts added, then fired
    spike_sum,  ///< each expert fires, spikes added: values 0 to top_k
    spike_or    ///< each expert fires, spikes OR-ed
  };
  std::uint64_t T = 1, tokens = 1, D = 1;
  std::uint64_t heads = 1;    ///< attention; divides D
  std::uint64_t kept = 1;     ///< attention: heads that are computed, the others give zeros (D3)
  unsigned scale_shift = 0;   ///< attention: results count as result >> scale_shift
  std::uint64_t experts = 1;  ///< mixture of experts
  std::uint64_t top_k = 1;    ///< experts per token
  std::uint64_t hidden = 1;   ///< neurons between an expert's layers
  Merge merge = Merge::place;
  bool prunes() const { return kept < heads; }
};

}  // namespace snnvp
