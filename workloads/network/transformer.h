// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/layers.h>

// Golden kernels of a spiking transformer (spec/stack3d.md 4), value by value in plain loops; no engine shares code with them.
// Spikes are bytes 0 or 1 in C order of [T][tokens][features], weights int8 [output feature][input feature].
namespace snnvp {

using SpikeBytes = std::vector<std::uint8_t>;

/// Arithmetic that the hardware's widths settle.
struct TransformerArithmetic {
  NeuronRecord neuron;      ///< of every LIF
  unsigned psum_bits = 16;  ///< finished sums saturate to it
};

/// Spikes of neurons over [T][tokens][features] sums: t ascending, state per token and feature.
SpikeBytes golden_fire(const NeuronRecord& neuron, std::uint64_t T, std::uint64_t tokens, std::uint64_t features,
                       const std::vector<std::int32_t>& sums);

/// Saturated sums of a projection, [T][tokens][outputs].
std::vector<std::int32_t> golden_projection(const SpikeBytes& x, std::uint64_t positions, std::uint64_t inputs, std::uint64_t outputs,
                                            const std::int8_t* weights, unsigned psum_bits);

/// Y = (Q K^T) V of one head, [T][tokens][d], before the shift: as two integer matrix products.
std::vector<std::int32_t> golden_attention(const SpikeBytes& q, const SpikeBytes& k, const SpikeBytes& v, std::uint64_t T,
                                           std::uint64_t tokens, std::uint64_t d);

struct GoldenMha {
  SpikeBytes out;                     ///< [T][tokens][D]
  std::vector<std::uint64_t> scores;  ///< spikes of Q per head
  std::vector<std::uint32_t> kept;    ///< heads, ascending
};
GoldenMha golden_mha(const TransformerGeometry& g, const TransformerArithmetic& a, const SpikeBytes& x, const std::int8_t* wq,
                     const std::int8_t* wk, const std::int8_t* wv);

struct GoldenMoe {
  std::vector<std::int32_t> sums;                     ///< merged, [T][tokens][D]; empty if spikes are merged
  SpikeBytes out;                                     ///< 0 or 1; 0 to top_k with spike_sum
  std::vector<std::vector<std::uint32_t>> tokens_of;  ///< by expert, ascending
};
/// w1 [experts][hidden][D], w2 [experts][D][hidden], router [experts][D].
GoldenMoe golden_moe(const TransformerGeometry& g, const TransformerArithmetic& a, const SpikeBytes& x, const std::int8_t* router,
                     const std::int8_t* w1, const std::int8_t* w2);

}  // namespace snnvp
