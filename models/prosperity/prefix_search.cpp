// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/prefix_search.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <snnvp/models/prosperity/prefix_search_steps.h>

namespace snnvp::prosperity {

namespace {

/// Bit-parallel subset search in plain C++.
struct Portable {
  static void count16(PrefixSearch::Scratch& s, std::uint32_t row_count, TileCounts& counts) {
    Steps<Portable>::count_by_word(s, row_count, counts);
  }
  static std::uint32_t rank16(PrefixSearch::Scratch& s, std::uint32_t row_count, std::uint32_t& searched) {
    return Steps<Portable>::rank_distinct(s, s.rows16, row_count, searched);
  }

  /// Four nibbles make a row. For each nibble and value, a bit set of the ranked rows whose nibble is a subset of
  /// that value; the candidates of a row are the AND of four such sets, the lowest bit beyond itself is the best.
  static void match16(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    const std::uint32_t words = distinct / 64 + 1;
    for (std::uint32_t w = 0; w < words; ++w) {
      std::uint64_t columns[16];
      transpose(s.ranked16 + 64 * w, columns);
      for (unsigned g = 0; g < 4; ++g) subsets_of_nibble(columns + 4 * g, s.subset[w] + 16 * g);
    }
    for (std::uint32_t rank = 0; rank < searched; ++rank) {
      const std::uint32_t row = s.ranked16[rank];
      std::uint32_t w = rank / 64;
      std::uint64_t found = subsets_of_row(s.subset[w], row) & ~std::uint64_t{1} << (rank % 64);
      while (found == 0) found = subsets_of_row(s.subset[++w], row);  // ends at "no prefix", a subset of every row
      s.best[rank] = static_cast<std::uint16_t>(w * 64 + static_cast<std::uint32_t>(__builtin_ctzll(found)));
    }
  }

  static std::uint64_t subsets_of_row(const std::uint64_t* set, std::uint32_t row) {
    return set[row & 15] & set[16 + ((row >> 4) & 15)] & set[32 + ((row >> 8) & 15)] & set[48 + (row >> 12)];
  }

  /// set[v]: rows without a bit in any column of the nibble that v lacks.
  static void subsets_of_nibble(const std::uint64_t* columns, std::uint64_t* set) {
    set[15] = ~std::uint64_t{0};
    for (unsigned v = 15; v-- > 0;) {
      const auto missing = static_cast<unsigned>(__builtin_ctz(~v));
      set[v] = set[v | 1U << missing] & ~columns[missing];
    }
  }

  /// 64 rows of 16 bits to 16 columns of 64 bits.
  static void transpose(const std::uint16_t* rows, std::uint64_t* columns) {
    for (unsigned c = 0; c < 16; ++c) columns[c] = 0;
    for (unsigned eight = 0; eight < 8; ++eight) {
      std::uint64_t low = 0, high = 0;
      for (unsigned i = 0; i < 8; ++i) {
        const std::uint64_t row = rows[8 * eight + i];
        low |= (row & 0xff) << (8 * i);
        high |= row >> 8 << (8 * i);
      }
      low = transposed_8x8(low);
      high = transposed_8x8(high);
      for (unsigned c = 0; c < 8; ++c) {
        columns[c] |= ((low >> (8 * c)) & 0xff) << (8 * eight);
        columns[8 + c] |= ((high >> (8 * c)) & 0xff) << (8 * eight);
      }
    }
  }

  /// Byte i, bit c to byte c, bit i: the usual three rounds of block swaps.
  static std::uint64_t transposed_8x8(std::uint64_t x) {
    std::uint64_t t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaU;
    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000cccc0000ccccU;
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0U;
    return x ^ t ^ (t << 28);
  }

  template <unsigned Planes>
  static void match_wide(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    std::uint32_t smaller = 0;  // rank of the first row with fewer spikes
    for (std::uint32_t rank = 0; rank < searched; ++rank) {
      if (rank >= smaller) {
        while (smaller < distinct && s.ranked_popcount[smaller] == s.ranked_popcount[rank]) ++smaller;
      }
      std::uint32_t best = smaller;
      for (; best < distinct; ++best) {
        std::uint64_t outside = 0;
        for (unsigned plane = 0; plane < Planes; ++plane) outside |= s.ranked[plane][best] & ~s.ranked[plane][rank];
        if (outside == 0) break;
      }
      s.best[rank] = static_cast<std::uint16_t>(best);
    }
  }
};

const PrefixSearch::Kernels& kernels_of(SimdLevel level) {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512_kernels;
  if (level == SimdLevel::avx2) return avx2_kernels;
#endif
  static_cast<void>(level);
  return portable_kernels;
}

}  // namespace

const PrefixSearch::Kernels portable_kernels = {&Steps<Portable>::search16, &Steps<Portable>::search64, &Steps<Portable>::search128};

PrefixSearch::PrefixSearch(SimdLevel level) : level_(level), kernels_(&kernels_of(level)) {
  if (!supported(level)) throw std::invalid_argument(std::string("this CPU cannot run the prefix search at level ") + name(level));
  scratch_ = std::make_unique<Scratch>();
}
PrefixSearch::~PrefixSearch() = default;
PrefixSearch::PrefixSearch(PrefixSearch&&) noexcept = default;
PrefixSearch& PrefixSearch::operator=(PrefixSearch&&) noexcept = default;

namespace {

void check_size(std::uint32_t row_count) {
  if (row_count > Config::max_tile_m) throw std::invalid_argument("a tile has at most 2048 rows");
}

TileCounts sized(std::uint32_t row_count, std::uint32_t columns) {
  TileCounts counts;
  counts.rows = row_count;
  counts.cols = columns;
  return counts;
}

}  // namespace

PrefixForest<std::uint16_t> PrefixSearch::search(const std::uint16_t* rows, std::uint32_t row_count, std::uint32_t columns) {
  check_size(row_count);
  PrefixForest<std::uint16_t> forest{rows, scratch_->prefix, scratch_->residual16, sized(row_count, columns)};
  std::fill_n(std::copy_n(rows, row_count, scratch_->rows16), row_padding, std::uint16_t{0});
  kernels_->search16(*scratch_, row_count, forest.counts);
  return forest;
}

PrefixForest<std::uint64_t> PrefixSearch::search(const std::uint64_t* rows, std::uint32_t row_count, std::uint32_t columns) {
  check_size(row_count);
  PrefixForest<std::uint64_t> forest{rows, scratch_->prefix, scratch_->residual64, sized(row_count, columns)};
  kernels_->search64(*scratch_, rows, row_count, forest.counts);
  return forest;
}

PrefixForest<Row128> PrefixSearch::search(const Row128* rows, std::uint32_t row_count, std::uint32_t columns) {
  check_size(row_count);
  PrefixForest<Row128> forest{rows, scratch_->prefix, scratch_->residual128, sized(row_count, columns)};
  kernels_->search128(*scratch_, rows, row_count, forest.counts);
  return forest;
}

std::uint32_t chain_depth(const std::int16_t* prefix, std::uint32_t row_count, std::int16_t* depth) {
  constexpr std::int16_t unknown = -1;
  for (std::uint32_t i = 0; i < row_count; ++i) depth[i] = prefix[i] < 0 ? std::int16_t{0} : unknown;
  std::int16_t longest = 0;
  for (std::uint32_t i = 0; i < row_count; ++i) {
    // Up to the first row whose depth is known, then down again: each edge is walked twice at most.
    std::int16_t edges = 0;
    auto at = static_cast<std::int16_t>(i);
    for (; depth[at] == unknown; at = prefix[at]) ++edges;
    auto below = static_cast<std::int16_t>(depth[at] + edges);
    longest = std::max(longest, below);
    for (at = static_cast<std::int16_t>(i); depth[at] == unknown; at = prefix[at]) depth[at] = below--;
  }
  return static_cast<std::uint32_t>(longest);
}

}  // namespace snnvp::prosperity
