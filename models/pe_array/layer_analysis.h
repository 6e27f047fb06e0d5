// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/pe_array/activity.h>
#include <snnvp/models/pe_array/dispatch.h>
#include <snnvp/models/pe_array/pe_array_core.h>

namespace snnvp::pe_array {

/// Work of one input channel, for one group of output channels (spec/spikex.md 5.2).
struct ChannelWork {
  std::uint64_t passes = 0;
  std::uint64_t active_slices = 0;
  Cycles line_cycles = 0;             ///< sum over passes and their lines of kappa
  Cycles column_cycles = 0;           ///< the same, times the columns that work
  std::uint64_t dram_blocks = 0;      ///< active time blocks: memory blocks fetched from DRAM
  std::uint64_t lbuf_blocks = 0;      ///< active memory blocks fetched from the GLB
  Bits dram_bits = 0, lbuf_bits = 0;  ///< spikes inside them
};

/// A layer's activity and work under one configuration: everything that cycles and event counts follow from.
struct LayerAnalysis {
  LayerMap layer;
  Dispatch dispatch = Dispatch::spatial;  ///< as resolved for this layer
  TagPyramid tags;
  UnitActivity units;
  std::vector<ChannelWork> channels;
  ChannelWork sums;
  std::uint64_t stored_points = 0;  ///< points x positions of the time blocks with an active unit: output that is stored
  std::uint64_t final_passes = 0;
  std::uint64_t dense_passes = 0;  ///< of ptb_group with every slice active, all channels

  std::uint64_t lines() const { return sums.passes * layer.taps(); }
};

/// Looks at a layer's input once. `config.dispatch` must not be dense; the input must fit the geometry.
LayerAnalysis analyze(const Config& config, const LayerMap& layer, const SpikeView& spikes);

/// Counts passes alone, for tables: `spatial`, `temporal`, ... of one tensor from the same tags.
std::uint64_t count_passes(Dispatch dispatch, const LayerMap& layer, const TagPyramid& tags, std::uint32_t cols);

/// act(n, tw) of a layer.
UnitActivity unit_activity(const LayerMap& layer, const TagPyramid& tags);

}  // namespace snnvp::pe_array
