// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <snnvp/models/pe_array/pe_array_core.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// Where spikes are: activity tags of inputs, and of the work units made of them (spec/spikex.md 4.2, 5.1).
namespace snnvp::pe_array {

/// Bits kept in 64-bit words.
using Word = std::uint64_t;

inline bool test_bit(const Word* words, std::uint64_t i) { return (words[i / 64] >> (i % 64)) & 1U; }
/// Any one among bits [first, end).
bool any_bit(const Word* words, std::uint64_t first, std::uint64_t end);
/// Ones among all bits of `count` words.
std::uint64_t ones(const Word* words, std::uint64_t count);

/// Calls visit(i) for each one, in order.
template <typename Visit>
void for_each_bit(const Word* words, std::uint64_t count, Visit visit) {
  for (std::uint64_t w = 0; w < count; ++w)
    for (Word left = words[w]; left != 0; left &= left - 1) visit(64 * w + static_cast<unsigned>(__builtin_ctzll(left)));
}

/// Calls visit(t, channel, pixel) for each spike of a layer's input, in memory order.
template <typename Visit>
void for_each_spike(const LayerMap& layer, const SpikeView& spikes, Visit visit) {
  const std::uint64_t runs = layer.channel_major ? layer.channels : layer.pixels();
  const std::uint64_t length = layer.channel_major ? layer.pixels() : layer.channels;
  for (std::uint64_t t = 0, bit = 0; t < layer.T; ++t)
    for (std::uint64_t run = 0; run < runs; ++run, bit += length)
      for (std::uint64_t i = 0; i < length; i += 56) {
        Word word = packed_bits(spikes.bytes, bit + i, static_cast<unsigned>(std::min<std::uint64_t>(56, length - i)));
        for (; word != 0; word &= word - 1) {
          const std::uint64_t at = i + static_cast<unsigned>(__builtin_ctzll(word));
          visit(t, layer.channel_major ? run : at, layer.channel_major ? at : run);
        }
      }
}

/// One row of bits per input: bit i of input (channel, pixel).
class InputBits {
public:
  InputBits() = default;
  InputBits(const LayerMap& layer, std::uint64_t bits)
      : pixels_(layer.pixels()), bits_(bits), words_(ceil_div(bits, 64)), store_(layer.channels * pixels_ * words_) {}

  std::uint64_t bits() const { return bits_; }
  std::uint64_t words() const { return words_; }
  const Word* row(std::uint64_t channel, std::uint64_t pixel) const { return store_.data() + (channel * pixels_ + pixel) * words_; }
  void set(std::uint64_t channel, std::uint64_t pixel, std::uint64_t bit) {
    store_[(channel * pixels_ + pixel) * words_ + bit / 64] |= Word{1} << (bit % 64);
  }

  std::uint64_t ones() const { return pe_array::ones(store_.data(), store_.size()); }

private:
  std::uint64_t pixels_ = 0, bits_ = 0, words_ = 0;
  std::vector<Word> store_;
};

/// The spikes themselves, a row of T time points per input.
InputBits spike_trains(const LayerMap& layer, const SpikeView& spikes);

/// Activity tags of each input on three levels; each tag is the OR of its children (spec/spikex.md 4.2).
/// Computed once per tensor and window size, shared by all policies.
class TagPyramid {
public:
  TagPyramid() = default;
  TagPyramid(const LayerMap& layer, const SpikeView& spikes, std::uint32_t window_points, std::uint32_t block_windows);

  std::uint32_t window_points() const { return window_points_; }
  std::uint64_t windows() const { return windows_.bits(); }
  std::uint64_t blocks() const { return ceil_div(windows(), block_windows_); }
  /// Window tags of an input, one bit each; window_words() words.
  const Word* windows_of(std::uint64_t channel, std::uint64_t pixel) const { return windows_.row(channel, pixel); }
  std::uint64_t window_words() const { return windows_.words(); }
  bool block_tag(std::uint64_t channel, std::uint64_t pixel, std::uint64_t block) const;
  /// Any spike over the whole horizon.
  bool stride_tag(std::uint64_t channel, std::uint64_t pixel) const;

  /// Windows of a block, [first, end).
  std::uint64_t block_first(std::uint64_t block) const { return block * block_windows_; }
  std::uint64_t block_end(std::uint64_t block) const { return std::min(windows(), (block + 1) * block_windows_); }
  /// Time points of a window or block that lie inside the horizon: the last one may be short.
  std::uint64_t points_of_window(std::uint64_t window) const { return points_between(window, window + 1); }
  std::uint64_t points_of_block(std::uint64_t block) const { return points_between(block_first(block), block_end(block)); }
  /// Window tags of all inputs: what a tag scan looks at.
  std::uint64_t tags() const { return inputs_ * windows(); }
  /// Windows of input neurons with a spike: what hardware-aware training makes fewer (S_p, spec/spikex.md 7.3).
  std::uint64_t filled_windows() const { return windows_.ones(); }
  /// Spikes times the footprints they lie in: one integration each per output channel.
  std::uint64_t integrated_spikes() const { return integrated_spikes_; }

private:
  std::uint64_t points_between(std::uint64_t first, std::uint64_t end) const {
    return std::min(T_, end * window_points_) - std::min(T_, first * window_points_);
  }

  std::uint64_t T_ = 1, inputs_ = 0, integrated_spikes_ = 0;
  std::uint32_t window_points_ = 1, block_windows_ = 1;
  InputBits windows_;
};

/// Activity a(n, tw, ic) of the slices of one input channel: any spike in the footprint of position n inside window tw
/// (spec/spikex.md 5.1). Outside the map counts as silent.
class ChannelSlices {
public:
  /// Both must outlive this object.
  ChannelSlices(const LayerMap& layer, const TagPyramid& tags);

  /// Turns to input channel `channel`.
  void load(std::uint64_t channel);
  /// Every slice counts as active: work without tags.
  void fill();
  const Word* windows_of(std::uint64_t position) const { return slices_.data() + position * words_; }
  std::uint64_t words() const { return words_; }

private:
  const LayerMap& layer_;
  const TagPyramid& tags_;
  std::uint64_t words_;
  std::vector<Word> across_;  // [y][out_x]: OR along the kernel's width
  std::vector<Word> slices_;  // [position]
};

}  // namespace snnvp::pe_array
