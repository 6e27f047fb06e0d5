// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/activity.h>

namespace snnvp::pe_array {

bool any_bit(const Word* words, std::uint64_t first, std::uint64_t end) {
  if (first >= end) return false;
  const std::uint64_t low = first / 64, high = (end - 1) / 64;
  const Word from = ~Word{0} << (first % 64), to = ~Word{0} >> (63 - (end - 1) % 64);
  if (low == high) return (words[low] & from & to) != 0;
  Word any = (words[low] & from) | (words[high] & to);
  for (std::uint64_t w = low + 1; w < high; ++w) any |= words[w];
  return any != 0;
}

std::uint64_t ones(const Word* words, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t w = 0; w < count; ++w) sum += static_cast<unsigned>(__builtin_popcountll(words[w]));
  return sum;
}

InputBits spike_trains(const LayerMap& layer, const SpikeView& spikes) {
  InputBits trains(layer, layer.T);
  for_each_spike(layer, spikes, [&](std::uint64_t t, std::uint64_t channel, std::uint64_t pixel) { trains.set(channel, pixel, t); });
  return trains;
}

TagPyramid::TagPyramid(const LayerMap& layer, const SpikeView& spikes, std::uint32_t window_points, std::uint32_t block_windows)
    : T_(layer.T),
      inputs_(layer.channels * layer.pixels()),
      window_points_(window_points),
      block_windows_(block_windows),
      windows_(layer, ceil_div(layer.T, window_points)) {
  std::vector<std::uint64_t> footprints(layer.pixels());
  for (std::uint64_t y = 0; y < layer.height; ++y)
    for (std::uint64_t x = 0; x < layer.width; ++x) {
      const LayerMap::Span down = layer.covering(y, layer.out_h), across = layer.covering(x, layer.out_w);
      footprints[y * layer.width + x] = (down.end - down.first) * (across.end - across.first);
    }
  std::vector<std::uint64_t> window_at(layer.T);
  for (std::uint64_t t = 0; t < layer.T; ++t) window_at[t] = t / window_points;
  for_each_spike(layer, spikes, [&](std::uint64_t t, std::uint64_t channel, std::uint64_t pixel) {
    windows_.set(channel, pixel, window_at[t]);
    integrated_spikes_ += footprints[pixel];
  });
}

bool TagPyramid::block_tag(std::uint64_t channel, std::uint64_t pixel, std::uint64_t block) const {
  return any_bit(windows_.row(channel, pixel), block_first(block), block_end(block));
}

bool TagPyramid::stride_tag(std::uint64_t channel, std::uint64_t pixel) const {
  return any_bit(windows_.row(channel, pixel), 0, windows());
}

ChannelSlices::ChannelSlices(const LayerMap& layer, const TagPyramid& tags)
    : layer_(layer),
      tags_(tags),
      words_(tags.window_words()),
      across_(layer.height * layer.out_w * words_),
      slices_(layer.positions() * words_) {}

void ChannelSlices::load(std::uint64_t channel) {
  std::fill(across_.begin(), across_.end(), Word{0});
  std::fill(slices_.begin(), slices_.end(), Word{0});
  for (std::uint64_t y = 0; y < layer_.height; ++y)
    for (std::uint64_t x = 0; x < layer_.width; ++x) {
      const Word* input = tags_.windows_of(channel, y * layer_.width + x);
      const LayerMap::Span span = layer_.covering(x, layer_.out_w);
      for (std::uint64_t ox = span.first; ox < span.end; ++ox)
        for (std::uint64_t w = 0; w < words_; ++w) across_[(y * layer_.out_w + ox) * words_ + w] |= input[w];
    }
  const std::uint64_t row = layer_.out_w * words_;
  for (std::uint64_t y = 0; y < layer_.height; ++y) {
    const LayerMap::Span span = layer_.covering(y, layer_.out_h);
    for (std::uint64_t oy = span.first; oy < span.end; ++oy)
      for (std::uint64_t w = 0; w < row; ++w) slices_[oy * row + w] |= across_[y * row + w];
  }
}

void ChannelSlices::fill() {
  const std::uint64_t windows = tags_.windows();
  for (std::uint64_t i = 0; i < slices_.size(); ++i) {
    const std::uint64_t left = windows - i % words_ * 64;
    slices_[i] = left >= 64 ? ~Word{0} : (Word{1} << left) - 1;
  }
}

}  // namespace snnvp::pe_array
