// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/models/prosperity/prefix_search.h>
#include <snnvp/models/prosperity/prosperity_core.h>

// Memory and entry points shared by the instruction-set levels of the prefix search. Internal.
namespace snnvp::prosperity {

/// Rows are processed in vectors of up to 32; arrays may be read and written that far past the last row.
constexpr std::uint32_t row_padding = 32;
constexpr std::uint32_t padded_rows = Config::max_tile_m + 2 * row_padding;
constexpr std::uint32_t hash_bits = 12;

struct PrefixSearch::Scratch {
  template <class T>
  using PerRow = T[padded_rows];

  // Per row of the tile, in row order.
  alignas(64) PerRow<std::uint16_t> rows16;
  alignas(64) PerRow<std::uint16_t> residual16;
  alignas(64) PerRow<std::uint16_t> popcount;
  alignas(64) PerRow<std::uint16_t> first;  ///< lowest index of an equal row
  alignas(64) PerRow<std::int16_t> prefix;
  alignas(64) PerRow<std::uint64_t> residual64;
  alignas(64) PerRow<Row128> residual128;

  // Distinct rows in order of index.
  alignas(64) PerRow<std::uint16_t> distinct;
  alignas(64) PerRow<std::uint16_t> distinct_word;
  alignas(64) PerRow<std::uint16_t> distinct_popcount;

  // Distinct non-zero rows in order of preference as a prefix: popcount falling, index rising.
  alignas(64) PerRow<std::uint16_t> ranked16;
  alignas(64) PerRow<std::uint64_t> ranked[2];
  alignas(64) PerRow<std::uint16_t> ranked_index;
  alignas(64) PerRow<std::uint16_t> ranked_popcount;
  alignas(64) PerRow<std::uint16_t> best;  ///< rank of the best prefix; the number of distinct rows = none

  /// subset[w][16 g + v]: distinct rows 64 w .. 64 w + 63 whose nibble g is a subset of v.
  alignas(64) std::uint64_t subset[padded_rows / 64 + 1][64];
  /// By word: the first row of this tile that holds it. Other words keep whatever they had.
  alignas(64) std::uint16_t lowest[65536];
  struct Slot {
    std::uint32_t search = 0;  ///< number of the search that wrote it
    std::uint32_t row = 0;
  };
  Slot hashed[1U << hash_bits];
  std::uint32_t searches = 0;
};

struct PrefixSearch::Kernels {
  void (*search16)(Scratch&, std::uint32_t row_count, TileCounts&);
  void (*search64)(Scratch&, const std::uint64_t* rows, std::uint32_t row_count, TileCounts&);
  void (*search128)(Scratch&, const Row128* rows, std::uint32_t row_count, TileCounts&);
};

extern const PrefixSearch::Kernels portable_kernels;
extern const PrefixSearch::Kernels avx2_kernels;
extern const PrefixSearch::Kernels avx512_kernels;

}  // namespace snnvp::prosperity
