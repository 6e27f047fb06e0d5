// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <snnvp/models/prosperity/prefix_search.h>
#include <snnvp/models/prosperity/prosperity_core.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp::prosperity {

/// The binary M x K operand of one product, read straight from a packed tensor: im2col without a copy.
///
/// Row m = l*T + t (position major, time minor), column = ch*k*k + ky*k + kx, zero padding
/// (spec/prosperity.md 4.1). Does not own the bytes, which may be an engine's on-chip copy.
class SpikeMatrix {
public:
  /// Operand of a conv or fc layer. `spikes` is TCHW, TC or TLC in C order.
  /// Throws std::invalid_argument if its size is not that of the geometry.
  SpikeMatrix(const GemmGeometry& gemm, const SpikeView& spikes);

  /// Bit (m, k) lies at base + (m / inner) * outer_stride + (m % inner) * inner_stride + k * column_stride.
  struct Strides {
    std::uint64_t base = 0;
    std::uint64_t inner = 1, outer_stride = 0, inner_stride = 0, column_stride = 1;
  };
  /// Any regular cut of a packed tensor, such as one head of an attention operand or its transpose.
  /// `bytes` is readable for 8 bytes beyond the last byte that holds a bit of the matrix.
  SpikeMatrix(const std::uint8_t* bytes, std::uint64_t M, std::uint64_t K, const Strides& strides);

  std::uint64_t M() const { return M_; }
  std::uint64_t K() const { return K_; }

  /// A block of rows and columns, cut into tiles of tile_k columns.
  struct Block {
    std::uint64_t first_row = 0;
    std::uint32_t rows = 0;  ///< at most Config::max_tile_m
    std::uint64_t first_col = 0, cols = 0;
    std::uint32_t tile_k = 16;  ///< at most the bits of the word
  };
  /// Writes row i of the block's tile j to out[j * tile_stride + i], bit k = column k of the tile, unused bits zero.
  void extract(const Block& block, std::uint16_t* out, std::size_t tile_stride) const;
  void extract(const Block& block, std::uint64_t* out, std::size_t tile_stride) const;
  void extract(const Block& block, Row128* out, std::size_t tile_stride) const;

  /// Tile (m, k) alone: out[i] is its row i.
  template <class Word>
  void extract_tile(const Tiling& tiling, std::uint64_t m, std::uint64_t k, Word* out) const {
    extract({m * tiling.tile_m, tiling.rows(m), k * tiling.tile_k, tiling.cols(k), tiling.tile_k}, out, tiling.tile_m);
  }
  /// All nk tiles of tile row m; tile k starts at out[k * tile_m].
  template <class Word>
  void extract_tile_row(const Tiling& tiling, std::uint64_t m, Word* out) const {
    extract({m * tiling.tile_m, tiling.rows(m), 0, K_, tiling.tile_k}, out, tiling.tile_m);
  }

private:
  template <class Word>
  void extract_conv(const Block& block, Word* out, std::size_t tile_stride) const;
  template <class Word>
  void extract_strided(const Block& block, Word* out, std::size_t tile_stride) const;
  void gather_piece(const Block& block, std::uint64_t col, unsigned width, std::uint16_t* piece) const;

  const std::uint8_t* bytes_;
  std::uint64_t M_, K_;
  bool is_conv_ = false;
  GemmGeometry conv_;
  Strides strides_;
};

}  // namespace snnvp::prosperity
