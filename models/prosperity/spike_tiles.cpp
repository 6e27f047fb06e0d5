// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/spike_tiles.h>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace snnvp::prosperity {

namespace {

constexpr unsigned max_piece = 16;  // columns moved at a time

std::uint64_t mask(unsigned bits) { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

/// Up to 57 bits from bit i on, without the call of packed_bits(). One load on a little-endian host.
std::uint64_t load_bits(const std::uint8_t* bytes, std::uint64_t i, unsigned count) {
  const std::uint8_t* p = bytes + (i >> 3);
  std::uint64_t word = 0;
  for (unsigned b = 0; b < 8; ++b) word |= std::uint64_t{p[b]} << (8 * b);
  return (word >> (i & 7)) & mask(count);
}

/// Up to 64 bits. The second load stays within the 8 readable bytes beyond the data.
std::uint64_t load_word(const std::uint8_t* bytes, std::uint64_t i, unsigned count) {
  constexpr unsigned half = 32;
  if (count <= half) return load_bits(bytes, i, count);
  return load_bits(bytes, i, half) | load_bits(bytes, i + half, count - half) << half;
}

void load_row(const std::uint8_t* bytes, std::uint64_t i, unsigned count, std::uint16_t& row) {
  row = static_cast<std::uint16_t>(load_bits(bytes, i, count));
}
void load_row(const std::uint8_t* bytes, std::uint64_t i, unsigned count, std::uint64_t& row) { row = load_word(bytes, i, count); }
void load_row(const std::uint8_t* bytes, std::uint64_t i, unsigned count, Row128& row) {
  row.lo = load_word(bytes, i, std::min(count, 64U));
  row.hi = count > 64 ? load_word(bytes, i + 64, count - 64) : 0;
}

/// rows[i] |= (piece[i] >> from, `take` bits) << at, for all rows of a block.
void merge(std::uint16_t* rows, const std::uint16_t* piece, std::uint32_t count, unsigned from, unsigned take, unsigned at) {
  const auto keep = static_cast<std::uint16_t>(mask(take));
  for (std::uint32_t i = 0; i < count; ++i) rows[i] = static_cast<std::uint16_t>(rows[i] | ((piece[i] >> from) & keep) << at);
}
void merge(std::uint64_t* rows, const std::uint16_t* piece, std::uint32_t count, unsigned from, unsigned take, unsigned at) {
  const std::uint64_t keep = mask(take);
  for (std::uint32_t i = 0; i < count; ++i) rows[i] |= ((std::uint64_t{piece[i]} >> from) & keep) << at;
}
void merge(Row128* rows, const std::uint16_t* piece, std::uint32_t count, unsigned from, unsigned take, unsigned at) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t bits = (std::uint64_t{piece[i]} >> from) & mask(take);
    if (at < 64) rows[i].lo |= bits << at;
    if (at >= 64) {
      rows[i].hi |= bits << (at - 64);
    } else if (at + take > 64) {
      rows[i].hi |= bits >> (64 - at);
    }
  }
}

void set_bit(std::uint16_t& row, unsigned k) { row = static_cast<std::uint16_t>(row | 1U << k); }
void set_bit(std::uint64_t& row, unsigned k) { row |= std::uint64_t{1} << k; }
void set_bit(Row128& row, unsigned k) { (k < 64 ? row.lo : row.hi) |= std::uint64_t{1} << (k % 64); }

}  // namespace

SpikeMatrix::SpikeMatrix(const GemmGeometry& gemm, const SpikeView& spikes) : bytes_(spikes.bytes), M_(gemm.M()), K_(gemm.K()) {
  std::uint64_t bits = 1;
  for (const std::uint64_t side : spikes.shape) bits *= side;
  if (bits != gemm.input_bits()) {
    throw std::invalid_argument(fmt::format("the spike tensor has {} bits, the layer needs {}", bits, gemm.input_bits()));
  }
  if (gemm.kind == GemmGeometry::Kind::conv2d) {
    is_conv_ = true;
    conv_ = gemm;
  } else {
    strides_ = {0, gemm.T, gemm.C, gemm.L * gemm.C, 1};
  }
}

SpikeMatrix::SpikeMatrix(const std::uint8_t* bytes, std::uint64_t M, std::uint64_t K, const Strides& strides)
    : bytes_(bytes), M_(M), K_(K), strides_(strides) {}

void SpikeMatrix::extract(const Block& block, std::uint16_t* out, std::size_t tile_stride) const {
  is_conv_ ? extract_conv(block, out, tile_stride) : extract_strided(block, out, tile_stride);
}
void SpikeMatrix::extract(const Block& block, std::uint64_t* out, std::size_t tile_stride) const {
  is_conv_ ? extract_conv(block, out, tile_stride) : extract_strided(block, out, tile_stride);
}
void SpikeMatrix::extract(const Block& block, Row128* out, std::size_t tile_stride) const {
  is_conv_ ? extract_conv(block, out, tile_stride) : extract_strided(block, out, tile_stride);
}

/// The columns of one kernel row (ch, ky) are neighbouring pixels: they are moved together, for all rows of the
/// block, and then merged into the tile (or, at a tile border, the tiles) they belong to.
template <class Word>
void SpikeMatrix::extract_conv(const Block& block, Word* out, std::size_t tile_stride) const {
  std::uint16_t piece[Config::max_tile_m];
  const std::uint64_t end = block.first_col + block.cols;
  for (std::uint64_t tile = 0; tile * block.tile_k < block.cols; ++tile) std::fill_n(out + tile * tile_stride, block.rows, Word{});
  for (std::uint64_t col = block.first_col; col < end;) {
    const std::uint64_t left_in_kernel_row = conv_.kernel - col % conv_.kernel;
    const auto width = static_cast<unsigned>(std::min<std::uint64_t>({left_in_kernel_row, end - col, max_piece}));
    gather_piece(block, col, width, piece);
    for (unsigned done = 0; done < width;) {
      const std::uint64_t offset = col - block.first_col + done;
      const auto at = static_cast<unsigned>(offset % block.tile_k);
      const unsigned take = std::min(width - done, block.tile_k - at);
      merge(out + offset / block.tile_k * tile_stride, piece, block.rows, done, take, at);
      done += take;
    }
    col += width;
  }
}

/// piece[i] = columns [col, col + width) of row i, all within one kernel row (ch, ky).
void SpikeMatrix::gather_piece(const Block& block, std::uint64_t col, unsigned width, std::uint16_t* piece) const {
  const std::uint64_t T = conv_.T, H = conv_.H, W = conv_.W, k = conv_.kernel, s = conv_.stride, p = conv_.padding;
  const std::uint64_t ch = col / (k * k), ky = col / k % k, kx = col % k;
  const std::uint64_t out_w = conv_.out_w();
  const std::uint64_t last_row = block.first_row + block.rows;
  const std::uint64_t keep = mask(width);
  const bool fits_word = W + 2 * p <= 57 && s < 64;
  for (std::uint64_t t = 0; t < T; ++t) {
    // Rows l*T + t of the block, in runs of positions on one output line.
    std::uint64_t l = block.first_row / T + (block.first_row % T > t ? 1 : 0);
    while (l * T + t < last_row) {
      const std::uint64_t oy = l / out_w, ox = l % out_w;
      const std::uint64_t line_end = l - ox + out_w;
      const std::uint64_t block_end = (last_row - t + T - 1) / T;
      const std::uint64_t run = std::min(line_end, block_end) - l;
      std::uint16_t* to = piece + (l * T + t - block.first_row);
      const std::uint64_t y = oy * s + ky;  // in the padded image
      if (y < p || y >= H + p) {
        for (std::uint64_t i = 0; i < run; ++i) to[i * T] = 0;
      } else {
        const std::uint64_t line = ((t * conv_.C + ch) * H + (y - p)) * W;
        if (fits_word) {
          std::uint64_t pixels = load_bits(bytes_, line, static_cast<unsigned>(W)) << p >> (ox * s + kx);
          for (std::uint64_t i = 0; i < run; ++i, pixels >>= s) to[i * T] = static_cast<std::uint16_t>(pixels & keep);
        } else {
          for (std::uint64_t i = 0; i < run; ++i) {
            const std::uint64_t x = (ox + i) * s + kx;  // in the padded image
            const std::uint64_t from = std::max(x, p), to_x = std::min(x + width, W + p);
            const std::uint64_t pixels =
                from < to_x ? load_bits(bytes_, line + from - p, static_cast<unsigned>(to_x - from)) << (from - x) : 0;
            to[i * T] = static_cast<std::uint16_t>(pixels);
          }
        }
      }
      l += run;
    }
  }
}

template <class Word>
void SpikeMatrix::extract_strided(const Block& block, Word* out, std::size_t tile_stride) const {
  for (std::uint64_t col = 0, tile = 0; col < block.cols; col += block.tile_k, ++tile) {
    const auto width = static_cast<unsigned>(std::min<std::uint64_t>(block.tile_k, block.cols - col));
    const std::uint64_t first = strides_.base + (block.first_col + col) * strides_.column_stride;
    Word* rows = out + tile * tile_stride;
    for (std::uint32_t i = 0; i < block.rows; ++i) {
      const std::uint64_t m = block.first_row + i;
      const std::uint64_t at = first + m / strides_.inner * strides_.outer_stride + m % strides_.inner * strides_.inner_stride;
      if (strides_.column_stride == 1) {
        load_row(bytes_, at, width, rows[i]);
        continue;
      }
      rows[i] = Word{};
      for (unsigned k = 0; k < width; ++k) {
        if (packed_bit(bytes_, at + k * strides_.column_stride)) set_bit(rows[i], k);
      }
    }
  }
}

}  // namespace snnvp::prosperity
