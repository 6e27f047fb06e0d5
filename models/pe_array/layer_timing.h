// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/pe_array/dense_array.h>
#include <snnvp/models/pe_array/layer_analysis.h>
#include <snnvp/models/pe_array/pe_array_core.h>
#include <snnvp/models/pe_array/ptb.h>

// Cycles and event counts of a layer (spec/spikex.md 5.3, 5.4, 6).
namespace snnvp::pe_array {

/// Bits by what they are.
struct PartBits {
  Bits ifm = 0, filter = 0, ofm = 0, psum = 0;
  Bits total() const { return ifm + filter + ofm + psum; }
};

/// Traffic of the three memory levels. A transfer is a read of one level and a write of the other.
struct Traffic {
  PartBits dram_read, dram_write, glb_read, glb_write, lbuf_read, lbuf_write;
  Bits dram() const { return dram_read.total() + dram_write.total(); }
};

/// Terms of a layer's cycles (spec/spikex.md 5.3).
struct LayerCycles {
  Cycles integ = 0, lif = 0, fill = 0, tags = 0, fixed = 0;
  Cycles glb = 0, dram = 0;
  Cycles array() const { return integ + lif + fill + tags + fixed; }
  /// The worst of array and memories if buffers are double, else one after the other.
  Cycles total = 0;
};

/// What a layer costs, whatever the policy.
struct LayerCounts {
  std::uint64_t passes = 0, final_passes = 0;  ///< over all groups of output channels
  std::uint64_t lines = 0, slots = 0;          ///< lines streamed, and after pairing; over all groups of output channels
  std::uint64_t active_slices = 0, active_units = 0;
  std::uint64_t adds = 0, lif_updates = 0, rf_accesses = 0, tags_scanned = 0, pe_active_cycles = 0;
  Traffic traffic;
  LayerCycles cycles;
};

/// True if a neuron that gets no input can only leak: below its threshold it stays silent, and its silent windows take no
/// time (spec/spikex.md 5.4). Resetting by subtraction or negative thresholds let it fire without input.
bool skips_silent_windows(const NeuronRecord& neuron);

/// Groups of `rows` output channels.
inline std::uint64_t output_groups(const Config& config, const LayerMap& layer) { return ceil_div(layer.outputs, config.rows); }

/// Kernels of one input channel for all output channels.
inline Bits kernel_bits(const Config& config, const LayerMap& layer) { return layer.taps() * layer.outputs * config.weight_bits; }

/// How often the kernels of a channel are fetched from DRAM and from the GLB.
struct KernelFetches {
  std::uint64_t dram = 0, glb = 0;
};
/// `kept_fit`: all kernels that are fetched at all fit the filter part of the GLB, and come once (spec/spikex.md 6).
KernelFetches kernel_fetches(const Config& config, const LayerAnalysis& analysis, const ChannelWork& channel, bool kept_fit);
bool kept_kernels_fit(const Config& config, const LayerAnalysis& analysis);

/// A layer under any policy but `dense`. `neuron` is null if no LIF update follows: its work is then not counted.
LayerCounts count_layer(const Config& config, const LayerAnalysis& analysis, const NeuronRecord* neuron);
/// A dense layer: cycles of the closed form, memory and neurons excluded (decision 28).
LayerCounts count_dense_layer(const Config& config, const GemmGeometry& geometry, bool neuron);
/// The variant prosperity_compat: its own cycles and DRAM bits, additions per spike.
LayerCounts count_compat_layer(const GemmGeometry& geometry, const LayerAnalysis& analysis, const PtbCompat& run,
                               const NeuronRecord* neuron);

/// ceil(bits / bits_per_cycle); 0 if unlimited.
Cycles transfer_cycles(Bits bits, double bits_per_cycle);

}  // namespace snnvp::pe_array
