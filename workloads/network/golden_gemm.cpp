// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <vector>

#include <snnvp/workloads/network/golden.h>

namespace snnvp {

namespace {

// Output columns summed at once: 64 int16 partial sums fill eight 128-bit registers.
constexpr std::size_t panel = 64;
// int16 partial sums hold 255 int8 weights (255 * 128 < 2^15); then they move on to int32.
constexpr std::size_t flush_after = 255;
// Set bits listed before the panels run over them: half a megabyte stays in the cache, and widening the weights again
// for each chunk still costs little.
constexpr std::size_t chunk_ones = std::size_t{1} << 17;
// Positions transposed together, one cache line of int32 per output channel.
constexpr std::size_t position_block = 16;

// Columns k of the set bits of consecutive GEMM rows, in the row order r = t * positions + position.
struct RowLists {
  std::vector<std::uint32_t> columns;
  std::vector<std::size_t> ends;  // of each row, in `columns`

  void clear() {
    columns.clear();
    ends.clear();
  }
  std::size_t begin_of(std::size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
};

template <typename Visit>
void for_each_one(const std::uint8_t* bytes, std::uint64_t first, std::uint64_t count, Visit visit) {
  for (std::uint64_t i = 0; i < count; i += 56) {
    std::uint64_t word = packed_bits(bytes, first + i, static_cast<unsigned>(std::min<std::uint64_t>(56, count - i)));
    for (; word != 0; word &= word - 1) visit(i + static_cast<unsigned>(__builtin_ctzll(word)));
  }
}

// Turns one time step of a TCHW tensor into one mask of channels per pixel, and reads im2col rows out of it.
class ConvRows {
public:
  ConvRows(const GemmGeometry& geometry, const SpikeView& input)
      : g_(geometry), input_(input), words_(ceil_div(g_.C, 64)), masks_(g_.H * g_.W * words_) {}

  void append(std::uint64_t row, std::vector<std::uint32_t>& columns) {
    const std::uint64_t t = row / g_.positions();
    if (t != loaded_) load(t);
    const std::uint64_t position = row % g_.positions();
    const std::uint64_t top = position / g_.out_w() * g_.stride;
    const std::uint64_t left = position % g_.out_w() * g_.stride;
    for (std::uint64_t ky = 0; ky < g_.kernel; ++ky) {
      const std::uint64_t y = top + ky - g_.padding;  // wraps above the image, and is then out of range
      if (y >= g_.H) continue;
      for (std::uint64_t kx = 0; kx < g_.kernel; ++kx) {
        const std::uint64_t x = left + kx - g_.padding;
        if (x < g_.W) append_pixel(y * g_.W + x, ky * g_.kernel + kx, columns);
      }
    }
  }

private:
  void load(std::uint64_t t) {
    std::fill(masks_.begin(), masks_.end(), 0);
    const std::uint64_t pixels = g_.H * g_.W;
    for (std::uint64_t c = 0; c < g_.C; ++c) {
      const std::uint64_t bit = std::uint64_t{1} << (c % 64);
      std::uint64_t* mask = masks_.data() + c / 64;
      for_each_one(input_.bytes, (t * g_.C + c) * pixels, pixels, [&](std::uint64_t pixel) { mask[pixel * words_] |= bit; });
    }
    loaded_ = t;
  }

  void append_pixel(std::uint64_t pixel, std::uint64_t tap, std::vector<std::uint32_t>& columns) const {
    const std::uint64_t taps = g_.kernel * g_.kernel;
    for (std::uint64_t w = 0; w < words_; ++w)
      for (std::uint64_t mask = masks_[pixel * words_ + w]; mask != 0; mask &= mask - 1) {
        const std::uint64_t channel = 64 * w + static_cast<unsigned>(__builtin_ctzll(mask));
        columns.push_back(static_cast<std::uint32_t>(channel * taps + tap));
      }
  }

  const GemmGeometry& g_;
  const SpikeView& input_;
  std::uint64_t words_;
  std::vector<std::uint64_t> masks_;
  std::uint64_t loaded_ = ~std::uint64_t{0};
};

// The weights of `panel` columns from `first_n` on as int16, missing columns zero.
void load_panel(const GemmGeometry& g, const std::int8_t* weights, std::size_t first_n, std::vector<std::int16_t>& out) {
  const std::size_t width = std::min<std::size_t>(panel, g.N - first_n);
  out.resize(g.K() * panel);
  if (width < panel) std::fill(out.begin(), out.end(), std::int16_t{0});
  for (std::size_t k = 0; k < g.K(); ++k) {
    const std::int8_t* from = weights + k * g.N + first_n;
    std::int16_t* to = out.data() + k * panel;
    if (width == panel)
      for (std::size_t n = 0; n < panel; ++n) to[n] = from[n];
    else
      for (std::size_t n = 0; n < width; ++n) to[n] = from[n];
  }
}

// Eight int16 in one register. Spelt out, because the vectoriser keeps the partial sums in memory at some optimisation levels.
using Lanes = std::int16_t __attribute__((vector_size(16), aligned(2), may_alias));
constexpr std::size_t lanes = 8;

// Sum of the listed weight rows of one panel.
void sum_rows(const std::int16_t* weights, const std::uint32_t* column, const std::uint32_t* end, std::int32_t* sums) {
  std::fill_n(sums, panel, 0);
  while (column != end) {
    const std::uint32_t* stop = column + std::min<std::ptrdiff_t>(flush_after, end - column);
    Lanes s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{};
    for (; column != stop; ++column) {
      const auto* row = reinterpret_cast<const Lanes*>(weights + std::size_t{*column} * panel);
      s0 += row[0];
      s1 += row[1];
      s2 += row[2];
      s3 += row[3];
      s4 += row[4];
      s5 += row[5];
      s6 += row[6];
      s7 += row[7];
    }
    const Lanes partial[panel / lanes] = {s0, s1, s2, s3, s4, s5, s6, s7};
    for (std::size_t n = 0; n < panel; ++n) sums[n] += partial[n / lanes][n % lanes];
  }
}

// Writes `count` rows of one panel, from GEMM row `first` on, to their places in memory.
void store_rows(const GemmGeometry& g, std::uint64_t first, std::size_t count, std::size_t first_n, const std::int32_t (*tile)[panel],
                std::int32_t* sums) {
  const std::size_t width = std::min<std::size_t>(panel, g.N - first_n);
  if (g.kind == GemmGeometry::Kind::fc) {
    for (std::size_t r = 0; r < count; ++r) std::copy_n(tile[r], width, sums + (first + r) * g.N + first_n);
    return;
  }
  const std::uint64_t positions = g.positions();
  std::int32_t* to = sums + (first / positions * g.N + first_n) * positions + first % positions;
  for (std::size_t n = 0; n < width; ++n)
    for (std::size_t r = 0; r < count; ++r) to[n * positions + r] = tile[r][n];
}

// All panels of the listed rows.
void multiply(const GemmGeometry& g, const RowLists& rows, std::uint64_t first, const std::int8_t* weights,
              std::vector<std::int16_t>& panel_weights, std::int32_t* sums) {
  std::int32_t tile[position_block][panel];
  const std::uint64_t positions = g.positions();
  for (std::size_t first_n = 0; first_n < g.N; first_n += panel) {
    load_panel(g, weights, first_n, panel_weights);
    for (std::size_t r = 0; r < rows.ends.size();) {
      const std::uint64_t left_in_step = positions - (first + r) % positions;  // a block never spans two time steps
      const std::size_t count = std::min<std::uint64_t>({position_block, left_in_step, rows.ends.size() - r});
      for (std::size_t b = 0; b < count; ++b)
        sum_rows(panel_weights.data(), rows.columns.data() + rows.begin_of(r + b), rows.columns.data() + rows.ends[r + b], tile[b]);
      store_rows(g, first + r, count, first_n, tile, sums);
      r += count;
    }
  }
}

}  // namespace

void golden_gemm(const GemmGeometry& g, const SpikeView& input, const std::int8_t* weights, std::int32_t* sums) {
  const bool conv = g.kind == GemmGeometry::Kind::conv2d;
  RowLists rows;
  rows.columns.reserve(std::min<std::uint64_t>(chunk_ones + g.K(), g.M() * g.K()));
  std::vector<std::int16_t> panel_weights;
  ConvRows conv_rows(g, input);
  for (std::uint64_t row = 0; row < g.M();) {
    const std::uint64_t first = row;
    rows.clear();
    for (; row < g.M() && rows.columns.size() < chunk_ones; ++row) {
      if (conv)
        conv_rows.append(row, rows.columns);
      else
        for_each_one(input.bytes, row * g.C, g.C, [&](std::uint64_t k) { rows.columns.push_back(static_cast<std::uint32_t>(k)); });
      rows.ends.push_back(rows.columns.size());
    }
    multiply(g, rows, first, weights, panel_weights, sums);
  }
}

void golden_direct(const GemmGeometry& g, const SpikeView& input, const std::int8_t* weights, std::int32_t* sums) {
  if (g.kind == GemmGeometry::Kind::fc) {
    for (std::uint64_t m = 0; m < g.M(); ++m)
      for (std::uint64_t n = 0; n < g.N; ++n) {
        std::int32_t sum = 0;
        for (std::uint64_t k = 0; k < g.C; ++k)
          if (input.at(m * g.C + k)) sum += weights[k * g.N + n];
        sums[m * g.N + n] = sum;
      }
    return;
  }
  const auto pad = static_cast<std::int64_t>(g.padding);
  const auto height = static_cast<std::int64_t>(g.H);
  const auto width = static_cast<std::int64_t>(g.W);
  std::uint64_t out = 0;
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t n = 0; n < g.N; ++n)
      for (std::uint64_t oy = 0; oy < g.out_h(); ++oy)
        for (std::uint64_t ox = 0; ox < g.out_w(); ++ox) {
          std::int32_t sum = 0;
          for (std::uint64_t c = 0; c < g.C; ++c)
            for (std::uint64_t ky = 0; ky < g.kernel; ++ky)
              for (std::uint64_t kx = 0; kx < g.kernel; ++kx) {
                const std::int64_t y = static_cast<std::int64_t>(oy * g.stride + ky) - pad;
                const std::int64_t x = static_cast<std::int64_t>(ox * g.stride + kx) - pad;
                if (y < 0 || x < 0 || y >= height || x >= width) continue;
                const std::uint64_t pixel = static_cast<std::uint64_t>(y) * g.W + static_cast<std::uint64_t>(x);
                if (input.at((t * g.C + c) * g.H * g.W + pixel)) sum += weights[((c * g.kernel + ky) * g.kernel + kx) * g.N + n];
              }
          sums[out++] = sum;
        }
}

}  // namespace snnvp
