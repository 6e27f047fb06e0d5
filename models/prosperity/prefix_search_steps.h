// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include <snnvp/models/prosperity/prefix_search_scratch.h>

// The steps of the prefix search that are the same at each instruction-set level. Internal.
//
// Included by one source file per level, each inside its own target options: everything here is a template over
// the level's `Simd`, a type local to that file, so that no two files share an instance.
namespace snnvp::prosperity {

template <class Simd>
struct Steps {
  using Scratch = PrefixSearch::Scratch;

  static unsigned popcount(std::uint16_t x) {
    unsigned v = x;
    v -= (v >> 1) & 0x5555U;
    v = (v & 0x3333U) + ((v >> 2) & 0x3333U);
    v = (v + (v >> 4)) & 0x0f0fU;
    return (v + (v >> 8)) & 0x1fU;
  }
  static unsigned popcount(std::uint64_t v) {
    v -= (v >> 1) & 0x5555555555555555U;
    v = (v & 0x3333333333333333U) + ((v >> 2) & 0x3333333333333333U);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    return static_cast<unsigned>((v * 0x0101010101010101U) >> 56);
  }
  static unsigned popcount(const Row128& v) { return popcount(v.lo) + popcount(v.hi); }

  static std::uint32_t padded(std::uint32_t count) { return (count + row_padding - 1) / row_padding * row_padding; }

  /// Finds first[] through a table by word.
  ///
  /// Writing the table from the last row to the first leaves the lowest index of each word behind. The two passes
  /// only store and only load: a single pass that asks and updates would wait for its own stores.
  static void find_equal(Scratch& s, const std::uint16_t* rows, std::uint32_t row_count) {
    for (std::uint32_t i = row_count; i-- > 0;) s.lowest[rows[i]] = static_cast<std::uint16_t>(i);
    for (std::uint32_t i = 0; i < row_count; ++i) s.first[i] = s.lowest[rows[i]];
  }

  static std::uint32_t hash(std::uint64_t x) { return static_cast<std::uint32_t>((x * 0x9e3779b97f4a7c15U) >> (64 - hash_bits)); }
  static std::uint32_t hash(const Row128& x) {
    return static_cast<std::uint32_t>(((x.lo * 0x9e3779b97f4a7c15U) ^ (x.hi * 0xc2b2ae3d27d4eb4fU)) >> (64 - hash_bits));
  }

  /// The same for rows too wide for a table: open addressing, slots stamped with the number of the search.
  template <class Word>
  static void find_equal(Scratch& s, const Word* rows, std::uint32_t row_count) {
    if (++s.searches == 0) {
      std::fill(std::begin(s.hashed), std::end(s.hashed), Scratch::Slot{});
      s.searches = 1;
    }
    for (std::uint32_t i = 0; i < row_count; ++i) {
      std::uint32_t h = hash(rows[i]);
      while (s.hashed[h].search == s.searches && !(rows[s.hashed[h].row] == rows[i])) h = (h + 1) % (1U << hash_bits);
      if (s.hashed[h].search != s.searches) s.hashed[h] = {s.searches, i};
      s.first[i] = static_cast<std::uint16_t>(s.hashed[h].row);
    }
  }

  static std::uint16_t ranked(const Scratch& s, std::uint32_t rank, std::uint16_t) { return s.ranked16[rank]; }
  static std::uint64_t ranked(const Scratch& s, std::uint32_t rank, std::uint64_t) { return s.ranked[0][rank]; }
  static Row128 ranked(const Scratch& s, std::uint32_t rank, const Row128&) { return {s.ranked[0][rank], s.ranked[1][rank]}; }
  static void store_ranked(Scratch& s, std::uint32_t rank, std::uint16_t row) { s.ranked16[rank] = row; }
  static void store_ranked(Scratch& s, std::uint32_t rank, std::uint64_t row) { s.ranked[0][rank] = row; }
  static void store_ranked(Scratch& s, std::uint32_t rank, const Row128& row) {
    s.ranked[0][rank] = row.lo;
    s.ranked[1][rank] = row.hi;
  }

  /// Ranks the distinct non-zero rows by counting sort, ends them with "no prefix", and returns their number.
  /// The first `searched` of them have two spikes or more: these are the ones to search.
  template <class Word>
  static std::uint32_t rank_distinct(Scratch& s, const Word* rows, std::uint32_t row_count, std::uint32_t& searched) {
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < row_count; ++i) {
      s.distinct[count] = static_cast<std::uint16_t>(i);
      count += s.first[i] == i;
    }
    constexpr unsigned columns = 8 * sizeof(Word);
    std::uint32_t next[columns + 1] = {};
    for (std::uint32_t d = 0; d < count; ++d) ++next[s.popcount[s.distinct[d]]];
    std::uint32_t start = 0;
    for (unsigned n = columns + 1; n-- > 0;) start += std::exchange(next[n], start);
    searched = next[1];
    const std::uint32_t distinct = next[0];  // the zero row, if any, comes last
    for (std::uint32_t d = 0; d < count; ++d) {
      const std::uint16_t index = s.distinct[d];
      const std::uint16_t n = s.popcount[index];
      const std::uint32_t rank = next[n]++;
      store_ranked(s, rank, rows[index]);
      s.ranked_index[rank] = index;
      s.ranked_popcount[rank] = n;
    }
    end_ranking<Word>(s, distinct);
    return distinct;
  }

  /// Ends the ranking with a row that stands for "no prefix": index -1, no spikes, a subset of every row.
  template <class Word>
  static void end_ranking(Scratch& s, std::uint32_t distinct) {
    store_ranked(s, distinct, Word{});
    s.ranked_index[distinct] = 0xffff;
    s.ranked_popcount[distinct] = 0;
  }

  static Row128 without(const Row128& a, const Row128& b) { return {a.lo ^ b.lo, a.hi ^ b.hi}; }
  static std::uint64_t without(std::uint64_t a, std::uint64_t b) { return a ^ b; }
  static std::uint16_t without(std::uint16_t a, std::uint16_t b) { return static_cast<std::uint16_t>(a ^ b); }

  /// The row, or zero where `all` is 0xffff.
  static std::uint16_t cleared(std::uint16_t row, std::uint16_t all) { return static_cast<std::uint16_t>(row & ~all); }
  static std::uint64_t cleared(std::uint64_t row, std::uint16_t all) { return row & (std::uint64_t{all & 1U} - 1); }
  static Row128 cleared(const Row128& row, std::uint16_t all) { return {cleared(row.lo, all), cleared(row.hi, all)}; }

  /// Turns first[] and best[] into prefixes and residuals by row. Counts must hold ones, zero and searched rows.
  template <class Word>
  static void write_forest(Scratch& s, const Word* rows, Word* residual, std::uint32_t row_count, std::uint32_t distinct,
                           std::uint32_t searched, TileCounts& counts) {
    // Lanes as narrow as the row, for speed: 2048 rows of 16 columns have at most 32768 ones.
    using Lane = std::conditional_t<sizeof(Word) == 2, std::uint16_t, std::uint32_t>;
    Lane em_rows = 0, em_ones = 0;
    for (std::uint32_t i = 0; i < row_count; ++i) {
      const std::uint16_t n = s.popcount[i], first = s.first[i];
      const bool exact = static_cast<bool>(static_cast<unsigned>(first != static_cast<std::uint16_t>(i)) & static_cast<unsigned>(n >= 2));
      const auto all = static_cast<std::uint16_t>(exact ? 0xffff : 0);  // bit masks, so that the loop vectorises anywhere
      s.prefix[i] = static_cast<std::int16_t>((first & all) | static_cast<std::uint16_t>(~all));
      em_rows = static_cast<Lane>(em_rows + (all & 1U));
      em_ones = static_cast<Lane>(em_ones + (n & all));
      residual[i] = cleared(rows[i], all);
    }
    std::uint32_t pm_rows = 0, pm_ones = 0;
    for (std::uint32_t rank = 0; rank < searched; ++rank) {
      const std::uint32_t best = s.best[rank];
      const std::uint16_t i = s.ranked_index[rank], j = s.ranked_index[best];
      s.prefix[i] = static_cast<std::int16_t>(j);
      residual[i] = without(ranked(s, rank, Word{}), ranked(s, best, Word{}));
      pm_rows += best != distinct;
      pm_ones += s.ranked_popcount[best];
    }
    counts.em_rows = em_rows;
    counts.pm_rows = pm_rows;
    counts.no_prefix_rows = row_count - counts.zero_rows - em_rows - pm_rows;
    counts.pro_ones = counts.ones - em_ones - pm_ones;
  }

  /// Popcounts of all rows, padding included, and the sums over them.
  static void count_by_word(Scratch& s, std::uint32_t row_count, TileCounts& counts) {
    const std::uint32_t end = padded(row_count);
    std::uint16_t ones = 0, zero = 0, searched = 0;  // at most 2080 rows and 32768 ones
    for (std::uint32_t i = 0; i < end; ++i) {
      const auto n = static_cast<std::uint16_t>(popcount(s.rows16[i]));
      s.popcount[i] = n;
      ones = static_cast<std::uint16_t>(ones + n);
      zero = static_cast<std::uint16_t>(zero + (n == 0));
      searched = static_cast<std::uint16_t>(searched + (n >= 2));
    }
    counts.ones = ones;
    counts.zero_rows = zero - (end - row_count);
    counts.searched_rows = searched;
  }

  static void search16(Scratch& s, std::uint32_t row_count, TileCounts& counts) {
    Simd::count16(s, row_count, counts);
    find_equal(s, s.rows16, row_count);
    std::uint32_t to_search = 0;
    const std::uint32_t distinct = Simd::rank16(s, row_count, to_search);
    Simd::match16(s, distinct, to_search);
    write_forest(s, s.rows16, s.residual16, row_count, distinct, to_search, counts);
  }

  template <class Word>
  static void search_wide(Scratch& s, const Word* rows, Word* residual, std::uint32_t row_count, TileCounts& counts) {
    constexpr unsigned planes = sizeof(Word) / sizeof(std::uint64_t);
    std::uint32_t ones = 0, zero = 0, searched = 0;
    for (std::uint32_t i = 0; i < row_count; ++i) {
      const unsigned n = popcount(rows[i]);
      s.popcount[i] = static_cast<std::uint16_t>(n);
      ones += n;
      zero += n == 0;
      searched += n >= 2;
    }
    counts.ones = ones;
    counts.zero_rows = zero;
    counts.searched_rows = searched;
    find_equal(s, rows, row_count);
    std::uint32_t to_search = 0;
    const std::uint32_t distinct = rank_distinct(s, rows, row_count, to_search);
    Simd::template match_wide<planes>(s, distinct, to_search);
    write_forest(s, rows, residual, row_count, distinct, to_search, counts);
  }

  static void search64(Scratch& s, const std::uint64_t* rows, std::uint32_t row_count, TileCounts& counts) {
    search_wide(s, rows, s.residual64, row_count, counts);
  }
  static void search128(Scratch& s, const Row128* rows, std::uint32_t row_count, TileCounts& counts) {
    search_wide(s, rows, s.residual128, row_count, counts);
  }
};

}  // namespace snnvp::prosperity
