// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_bundles.h>

#include <algorithm>

namespace snnvp::bishop {

SpikeRows::SpikeRows(const SpikeView& spikes, const Shape& shape, std::uint64_t first, std::uint64_t count)
    : shape_{shape.T, shape.N, count}, words_((count + 63) / 64), bits_(shape.positions() * words_) {
  for (std::uint64_t p = 0; p < shape.positions(); ++p) {
    std::uint64_t* out = bits_.data() + p * words_;
    const std::uint64_t start = p * shape.D + first;
    for (std::uint64_t d = 0; d < count; d += 32) {
      const unsigned bits = static_cast<unsigned>(std::min<std::uint64_t>(32, count - d));
      out[d >> 6] |= packed_bits(spikes.bytes, start + d, bits) << (d & 63);
    }
  }
}

std::uint64_t SpikeRows::ones() const {
  std::uint64_t n = 0;
  for (const std::uint64_t word : bits_) n += static_cast<unsigned>(__builtin_popcountll(word));
  return n;
}

BundleTags::BundleTags(const SpikeRows& spikes, unsigned bs_t, unsigned bs_n)
    : rows_t_(ceil_div(spikes.shape().T, bs_t)),
      rows_n_(ceil_div(spikes.shape().N, bs_n)),
      words_(spikes.words()),
      tags_(rows_t_ * rows_n_ * words_),
      active_(spikes.shape().D) {
  for (std::uint64_t t = 0; t < spikes.shape().T; ++t)
    for (std::uint64_t n = 0; n < spikes.shape().N; ++n) {
      const std::uint64_t* in = spikes.row(t, n);
      std::uint64_t* tags = tags_.data() + (t / bs_t * rows_n_ + n / bs_n) * words_;
      for (std::size_t w = 0; w < words_; ++w) tags[w] |= in[w];
    }
  for (std::uint64_t b = 0; b < bundles(); ++b)
    for_each_one(tags_.data() + b * words_, words_, [this](std::uint64_t d) { ++active_[d], ++active_total_; });
}

std::uint64_t BundleTags::active_in_row(std::uint64_t bt, std::uint64_t bn) const {
  std::uint64_t n = 0;
  for (std::size_t w = 0; w < words_; ++w) n += static_cast<unsigned>(__builtin_popcountll(row(bt, bn)[w]));
  return n;
}

}  // namespace snnvp::bishop
