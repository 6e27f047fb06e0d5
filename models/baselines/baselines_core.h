// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// The comparison models of the Prosperity authors (spec/prosperity.md 5.6): closed forms per layer at 500 MHz, no overlap.
namespace snnvp::baselines {

enum class Model { eyeriss, eyeriss_linear, mint, sato, ptb, loas, stellar, a100 };

constexpr double clock_hz = 500e6;

/// The word of the parameter `model`.
const char* model_name(Model model);
/// The reverse of model_name(); InternalError for any other word.
Model model_of(const std::string& name);

/// It tells cycles of layers (all but loas, which has densities only, and the published constants).
bool has_cycles(Model model);

/// What a layer takes. Only PTB has stalls and counts DRAM bits.
struct LayerCost {
  Cycles compute = 0, stall = 0;
  std::optional<Bits> dram_read, dram_write;
  Cycles total() const { return compute + stall; }
};

/// What keeps a layer from a model with cycles, as a clause ("no attention"), or an empty string.
std::string gemm_problem(Model model, const GemmGeometry& geometry);
std::string lif_problem(Model model, std::uint64_t neurons, std::uint64_t T);
std::string attention_problem(Model model);
std::string layernorm_problem(Model model);

// The layers must have no problem; geometries have passed geometry_problem().

/// A conv or fc layer; `spikes` is its input. eyeriss and eyeriss_linear do not look at it.
LayerCost gemm_cost(Model model, const GemmGeometry& geometry, const SpikeView& spikes);
/// A LIF layer. SATO's neurons * (log2(T) + 1) is rounded to the nearest cycle where T is no power of two; the reference keeps
/// the fraction.
LayerCost lif_cost(Model model, std::uint64_t neurons, std::uint64_t T);
/// Eyeriss_linear only.
LayerCost attention_cost(const AttentionGeometry& geometry);
/// Eyeriss_linear only; `rows` = T * batch * L rows of `width` values.
LayerCost layernorm_cost(std::uint64_t rows, std::uint64_t width);

}  // namespace snnvp::baselines
