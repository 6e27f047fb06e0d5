// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// Golden spiking attention (spec/prosperity.md 5.4). q, k and v are (T, L, D) in C order; d = D / heads.
// Geometries must have passed geometry_problem().
namespace snnvp {

/// spikformer and spikebert: per time step and head, out = X * (K^T * Y) in int32.
///
/// With eL = max(L, d) and eD = min(L, d), each tensor is read as (T, eL, heads, eD), which for L <= d re-cuts the raw memory
/// order as the reference does. X = Q, Y = V if L > d, else X = V, Y = Q. `out` receives T * L * D values, cut in the same way.
void attention_sums(const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k, const SpikeView& v, std::int32_t* out);

/// sdt (spike-driven transformer): s[t][c] = LIF(sum over l of k AND v), out = q AND s.
///
/// The LIF has D channels and runs over time. `sums` receives [T][D] before the LIF; it may be null.
/// `out` must have the T * L * D bits of q.
void attention_mask(const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k, const SpikeView& v,
                    const NeuronRecord& neuron, std::int32_t* sums, SpikeTensor& out);

/// spikingbert: out = softmax(q * k^T) * v per time step and head, in int32, [T][L][D].
///
/// `q` holds T * L * D int8 values. The softmax is that of integer_softmax() with shift = floor(log2(d) / 2), which stands for
/// the usual division by sqrt(d).
void attention_softmax(const AttentionGeometry& geometry, const std::int8_t* q, const SpikeView& k, const SpikeView& v, std::int32_t* out);

/// The 8-bit queries of attention_softmax() from recorded spikes: 0 or 1.
std::vector<std::int8_t> queries_of(const SpikeView& q);

/// Base-2 softmax in integers, our definition: with m the largest score, e_j = 2^16 >> ((m - s_j) >> shift), 0 beyond 16,
/// and p_j = (255 * e_j + E / 2) / E with E the sum of all e_j, rounded down. Equal scores get equal shares; each p_j <= 255.
void integer_softmax(const std::int32_t* scores, std::uint64_t count, unsigned shift, std::uint8_t* shares);

/// floor(log2(d) / 2) for d >= 1: the `shift` of attention_softmax().
unsigned softmax_shift(std::uint64_t d);

}  // namespace snnvp
