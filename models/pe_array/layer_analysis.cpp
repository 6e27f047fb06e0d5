// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/layer_analysis.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::pe_array {

namespace {

/// Input pixels that each run of block_positions output positions brings into the LBUF. Where footprints overlap, the pixels are
/// there with the block before, or that one was silent and they hold no spike.
std::vector<std::uint64_t> pixels_of_blocks(const LayerMap& layer) {
  std::vector<std::uint64_t> pixels(ceil_div(layer.positions(), Config::block_positions));
  std::vector<bool> seen(layer.pixels(), false);
  for (std::uint64_t n = 0; n < layer.positions(); ++n) {
    const std::uint64_t block = n / Config::block_positions;
    for (std::uint64_t ky = 0; ky < layer.kernel; ++ky)
      for (std::uint64_t kx = 0; kx < layer.kernel; ++kx) {
        std::uint64_t pixel = 0;
        if (!layer.pixel_of(n, ky, kx, pixel) || seen[pixel]) continue;
        seen[pixel] = true;
        ++pixels[block];
      }
  }
  return pixels;
}

/// Memory blocks of one channel: which hold a spike, and how many bits those have.
class MemoryBlocks {
public:
  MemoryBlocks(const LayerMap& layer, const TagPyramid& tags)
      : layer_(layer), tags_(tags), pixels_(pixels_of_blocks(layer)), any_(tags.window_words()), channel_(tags.window_words()) {}

  void count(const ChannelSlices& slices, ChannelWork& work) {
    std::fill(channel_.begin(), channel_.end(), Word{0});
    for (std::uint64_t block = 0; block < pixels_.size(); ++block) {
      std::fill(any_.begin(), any_.end(), Word{0});
      const std::uint64_t end = std::min<std::uint64_t>(layer_.positions(), (block + 1) * Config::block_positions);
      for (std::uint64_t n = block * Config::block_positions; n < end; ++n)
        for (std::size_t w = 0; w < any_.size(); ++w) any_[w] |= slices.windows_of(n)[w];
      for (std::size_t w = 0; w < any_.size(); ++w) channel_[w] |= any_[w];
      add(any_, pixels_[block], work.lbuf_blocks, work.lbuf_bits);
    }
    add(channel_, layer_.pixels(), work.dram_blocks, work.dram_bits);
  }

private:
  void add(const std::vector<Word>& windows, std::uint64_t pixels, std::uint64_t& blocks, Bits& bits) const {
    for (std::uint64_t tb = 0; tb < tags_.blocks(); ++tb) {
      if (!any_bit(windows.data(), tags_.block_first(tb), tags_.block_end(tb))) continue;
      ++blocks;
      bits += pixels * tags_.points_of_block(tb);
    }
  }

  const LayerMap& layer_;
  const TagPyramid& tags_;
  std::vector<std::uint64_t> pixels_;
  std::vector<Word> any_, channel_;
};

/// Spikes of each (pixel, window) of one channel, for kappa: popcount.
class WindowSpikes {
public:
  WindowSpikes(const LayerMap& layer, const TagPyramid& tags, const SpikeView& spikes)
      : layer_(layer), tags_(tags), trains_(spike_trains(layer, spikes)), counts_(layer.pixels() * tags.windows()) {}

  void load(std::uint64_t channel) {
    std::fill(counts_.begin(), counts_.end(), 0);
    for (std::uint64_t pixel = 0; pixel < layer_.pixels(); ++pixel)
      for_each_bit(trains_.row(channel, pixel), trains_.words(),
                   [&](std::uint64_t t) { ++counts_[pixel * tags_.windows() + t / tags_.window_points()]; });
  }

  /// Each line takes as long as its busiest column, at least one cycle.
  Cycles pass_cycles(const Column* columns, std::uint32_t count) const {
    Cycles cycles = 0;
    for (std::uint64_t ky = 0; ky < layer_.kernel; ++ky)
      for (std::uint64_t kx = 0; kx < layer_.kernel; ++kx) {
        std::uint32_t most = 1;
        for (std::uint32_t c = 0; c < count; ++c) {
          std::uint64_t pixel = 0;
          if (layer_.pixel_of(columns[c].position, ky, kx, pixel))
            most = std::max(most, counts_[pixel * tags_.windows() + columns[c].window]);
        }
        cycles += most;
      }
    return cycles;
  }

private:
  const LayerMap& layer_;
  const TagPyramid& tags_;
  InputBits trains_;
  std::vector<std::uint32_t> counts_;
};

Dispatcher dispatcher_for(Dispatch dispatch, const LayerMap& layer, const TagPyramid& tags, const UnitActivity& units, std::uint32_t cols) {
  Dispatcher dispatcher(dispatch, layer, cols, tags.windows());
  if (dispatch == Dispatch::temporal && layer.single_position()) dispatcher.compact_windows(units);
  return dispatcher;
}

std::uint64_t final_passes(Dispatcher& dispatcher, const UnitActivity& units, std::uint64_t words) {
  std::uint64_t passes = 0;
  dispatcher.for_each_pass([&](std::uint64_t n) { return units.windows.data() + n * words; },
                           [&passes](const Column*, std::uint32_t) { ++passes; });
  return passes;
}

std::uint64_t stored_points(const LayerMap& layer, const TagPyramid& tags, const UnitActivity& units) {
  std::vector<Word> any(tags.window_words());
  for (std::size_t w = 0; w < units.windows.size(); ++w) any[w % any.size()] |= units.windows[w];
  std::uint64_t points = 0;
  for (std::uint64_t tb = 0; tb < tags.blocks(); ++tb)
    if (any_bit(any.data(), tags.block_first(tb), tags.block_end(tb))) points += layer.positions() * tags.points_of_block(tb);
  return points;
}

void add(ChannelWork& sums, const ChannelWork& work) {
  sums.passes += work.passes;
  sums.active_slices += work.active_slices;
  sums.line_cycles += work.line_cycles;
  sums.column_cycles += work.column_cycles;
  sums.dram_blocks += work.dram_blocks;
  sums.lbuf_blocks += work.lbuf_blocks;
  sums.dram_bits += work.dram_bits;
  sums.lbuf_bits += work.lbuf_bits;
}

}  // namespace

UnitActivity unit_activity(const LayerMap& layer, const TagPyramid& tags) {
  UnitActivity units;
  units.units = layer.positions() * tags.windows();
  units.windows.assign(layer.positions() * tags.window_words(), 0);
  ChannelSlices slices(layer, tags);
  for (std::uint64_t channel = 0; channel < layer.channels; ++channel) {
    slices.load(channel);
    const Word* own = slices.windows_of(0);
    for (std::size_t w = 0; w < units.windows.size(); ++w) units.windows[w] |= own[w];
  }
  for (std::uint64_t n = 0; n < layer.positions(); ++n)
    for_each_bit(units.windows.data() + n * tags.window_words(), tags.window_words(), [&](std::uint64_t window) {
      ++units.active;
      units.active_points += tags.points_of_window(window);
    });
  return units;
}

std::uint64_t count_passes(Dispatch dispatch, const LayerMap& layer, const TagPyramid& tags, std::uint32_t cols) {
  const UnitActivity units = unit_activity(layer, tags);
  dispatch = resolved(dispatch, layer, units, cols);
  Dispatcher dispatcher = dispatcher_for(dispatch, layer, tags, units, cols);
  ChannelSlices slices(layer, tags);
  std::uint64_t passes = 0;
  for (std::uint64_t channel = 0; channel < layer.channels; ++channel) {
    slices.load(channel);
    dispatcher.for_each_pass([&](std::uint64_t n) { return slices.windows_of(n); }, [&passes](const Column*, std::uint32_t) { ++passes; });
  }
  return passes;
}

LayerAnalysis analyze(const Config& config, const LayerMap& layer, const SpikeView& spikes) {
  if (config.dispatch == Dispatch::dense) throw InternalError("a dense array looks at no spikes");
  LayerAnalysis a;
  a.layer = layer;
  a.tags = TagPyramid(layer, spikes, config.window_points(layer.T), config.block_windows());
  a.units = unit_activity(layer, a.tags);
  a.dispatch = resolved(config.dispatch, layer, a.units, config.cols);
  a.dense_passes = layer.channels * layer.positions() * ceil_div(a.tags.windows(), config.cols);
  ChannelSlices slices(layer, a.tags);
  if (!config.uses_tags()) {
    // Without tags every work unit is processed, whether anything happens in it or not.
    slices.fill();
    a.units.active = a.units.units;
    a.units.active_points = layer.positions() * layer.T;
    std::copy_n(slices.windows_of(0), a.units.windows.size(), a.units.windows.begin());
  }
  Dispatcher dispatcher = dispatcher_for(a.dispatch, layer, a.tags, a.units, config.cols);
  MemoryBlocks blocks(layer, a.tags);
  std::vector<WindowSpikes> popcounts;
  if (config.kappa == Kappa::popcount) popcounts.emplace_back(layer, a.tags, spikes);

  const Cycles pass_cycles = layer.taps() * (config.kappa == Kappa::tws ? a.tags.window_points() : 1);
  a.channels.resize(layer.channels);
  for (std::uint64_t channel = 0; channel < layer.channels; ++channel) {
    ChannelWork& work = a.channels[channel];
    if (config.uses_tags()) slices.load(channel);
    if (!popcounts.empty()) popcounts.front().load(channel);
    dispatcher.for_each_pass([&](std::uint64_t n) { return slices.windows_of(n); },
                             [&](const Column* columns, std::uint32_t count) {
                               ++work.passes;
                               work.active_slices += count;
                               const Cycles cycles = popcounts.empty() ? pass_cycles : popcounts.front().pass_cycles(columns, count);
                               work.line_cycles += cycles;
                               work.column_cycles += cycles * count;
                             });
    blocks.count(slices, work);
    add(a.sums, work);
  }
  a.stored_points = stored_points(layer, a.tags, a.units);
  a.final_passes = final_passes(dispatcher, a.units, a.tags.window_words());
  return a;
}

}  // namespace snnvp::pe_array
