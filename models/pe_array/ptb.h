// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/models/pe_array/activity.h>
#include <snnvp/models/pe_array/pe_array_core.h>
#include <snnvp/workloads/network/layers.h>

// PTB at the granularity of its own lines (spec/spikex.md 5.5).
namespace snnvp::pe_array {

/// A layer over all tiles: positions x groups of `cols` windows x groups of `rows` output channels.
struct PtbLines {
  std::uint64_t tiles = 0;  ///< with any spike, one group of output channels
  std::uint64_t lines = 0;  ///< not silent, one group of output channels
  std::uint64_t bursting = 0;
  std::uint64_t slots = 0;  ///< after pairing
  Cycles compute = 0;       ///< all groups of output channels
};

/// Variants `faithful` and `pipeline` of config.ptb_variant. `tags` must have windows of config.tws points.
PtbLines ptb_lines(const Config& config, const LayerMap& layer, const TagPyramid& tags);

/// PTB as the public Prosperity simulator models it, on 16 x 8 PEs with windows of 4 points (spec/prosperity.md 5.6).
struct PtbCompat {
  std::uint64_t lines = 0, bursting = 0;
  std::uint64_t length = 0;  ///< slots over all positions
  Cycles compute = 0, stall = 0;
  Bits dram_read = 0, dram_write = 0;
  Cycles total() const { return compute + stall; }
};

/// What keeps a layer from this variant, as a sentence, or an empty string: T below 4, or windows x positions that do not
/// divide into the eight columns.
std::string ptb_compat_problem(const GemmGeometry& geometry);
/// The geometry must have no ptb_compat_problem(); `spikes` is its input.
PtbCompat ptb_compat(const GemmGeometry& geometry, const SpikeView& spikes);
/// A LIF layer of this variant.
constexpr Cycles ptb_compat_lif(std::uint64_t neurons, std::uint64_t T) { return neurons * T * 3 / 16; }

}  // namespace snnvp::pe_array
