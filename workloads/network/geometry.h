// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/workloads/network/layers.h>

namespace snnvp {

/// What makes a geometry impossible, as a sentence, or an empty string. Checks zero sizes, a kernel larger than the
/// padded image, and products beyond what a run can hold; everything else in this folder relies on it.
std::string geometry_problem(const GemmGeometry& geometry);
std::string geometry_problem(const AttentionGeometry& geometry);
/// Largest input_shift and synapse_shift of a neuron.
constexpr unsigned max_neuron_shift = 24;
/// Likewise for a neuron on `channels` channels (per-channel vectors must be empty or have that many).
std::string neuron_problem(const NeuronRecord& neuron, std::uint64_t channels);

/// Sums a GEMM makes: M x N.
inline std::uint64_t output_sums(const GemmGeometry& geometry) { return geometry.M() * geometry.N; }

/// Words used in manifests and reports: conv2d, fc; spikformer, spikebert, sdt, spikingbert.
std::string kind_name(GemmGeometry::Kind kind);
std::string kind_name(AttentionGeometry::Kind kind);

}  // namespace snnvp
