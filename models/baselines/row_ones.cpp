// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/baselines/row_ones.h>

#include <algorithm>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::baselines {

namespace {

/// Calls visit(i) for each one among bits [first, first + count), i from 0.
template <typename Visit>
void for_each_one(const std::uint8_t* bytes, std::uint64_t first, std::uint64_t count, const Visit& visit) {
  constexpr unsigned piece = 56;  // packed_bits() gives up to 57
  for (std::uint64_t at = 0; at < count; at += piece) {
    std::uint64_t bits = packed_bits(bytes, first + at, static_cast<unsigned>(std::min<std::uint64_t>(piece, count - at)));
    for (; bits != 0; bits &= bits - 1) visit(at + static_cast<unsigned>(__builtin_ctzll(bits)));
  }
}

}  // namespace

RowOnes::RowOnes(const GemmGeometry& geometry, const SpikeView& spikes) : geometry_(geometry), spikes_(spikes) {
  if (spikes.bits() != geometry.input_bits())
    throw InputError(fmt::format("a layer with {} input bits was given {} spikes", geometry.input_bits(), spikes.bits()));
  rows_.resize(geometry.positions());
  if (geometry.kind == GemmGeometry::Kind::conv2d) pixels_.resize(geometry.H * geometry.W);
}

void RowOnes::count_pixels(std::uint64_t t) {
  const GemmGeometry& g = geometry_;
  std::fill(pixels_.begin(), pixels_.end(), 0);
  for (std::uint64_t c = 0; c < g.C; ++c)
    for_each_one(spikes_.bytes, (t * g.C + c) * pixels_.size(), pixels_.size(), [this](std::uint64_t pixel) { ++pixels_[pixel]; });
}

const std::vector<std::uint32_t>& RowOnes::of_step(std::uint64_t t) {
  const GemmGeometry& g = geometry_;
  std::fill(rows_.begin(), rows_.end(), 0);
  if (g.kind == GemmGeometry::Kind::fc) {
    for (std::uint64_t l = 0; l < g.L; ++l) for_each_one(spikes_.bytes, (t * g.L + l) * g.C, g.C, [&](std::uint64_t) { ++rows_[l]; });
    return rows_;
  }
  count_pixels(t);
  for (std::uint64_t oy = 0, row = 0; oy < g.out_h(); ++oy)
    for (std::uint64_t ox = 0; ox < g.out_w(); ++ox, ++row) {
      // Unsigned: a place above or left of the image is a huge number, and so outside too.
      for (std::uint64_t y = oy * g.stride - g.padding, ky = 0; ky < g.kernel; ++ky, ++y)
        for (std::uint64_t x = ox * g.stride - g.padding, kx = 0; kx < g.kernel && y < g.H; ++kx, ++x)
          if (x < g.W) rows_[row] += pixels_[y * g.W + x];
    }
  return rows_;
}

}  // namespace snnvp::baselines
