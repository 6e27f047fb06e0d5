// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/prosperity/paper_timing.h>

namespace snnvp::prosperity {

/// The products of one attention layer: per time step t and head h two, in the order (t, h, first, second).
///
/// spikformer, spikebert: K_th transposed (eD x eL, N = eD), then X_th (eL x eD, N = eD), X = Q if L > d, else V;
/// spikingbert: K_th (L x d, N = L), then V_th transposed (d x L, N = L); sdt has none (spec/prosperity.md 5.4).
struct AttentionAnalysis {
  AttentionGeometry geometry;
  std::vector<GemmAnalysis> products;

  /// Counts without spikes: enough for DRAM traffic.
  static AttentionAnalysis without_spikes(const Config& config, const AttentionGeometry& geometry);
};

/// One product's binary operand, and the columns of the other operand.
struct AttentionProduct {
  SpikeMatrix spikes;
  std::uint64_t N;
};
/// The products of an attention layer whose operands are (T, L, D) tensors in C order. Views into q, k and v.
/// Throws std::invalid_argument if a tensor has another size or D is not a multiple of the heads.
std::vector<AttentionProduct> attention_products(const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k,
                                                 const SpikeView& v);

AttentionAnalysis analyze_attention(const Config& config, const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k,
                                    const SpikeView& v, GemmAnalyzer& analyzer);

/// Cycles and traffic by the reference's formulas; products always follow the cpu rules (spec/prosperity.md 5.4).
LayerCounts attention_layer(const Config& config, const AttentionAnalysis& analysis, LayerState& state);

/// Softmax of L x L scores on exp units, dividers and multipliers, and its sum on the adders.
Cycles softmax_cycles(const Config& config, std::uint64_t L);

}  // namespace snnvp::prosperity
