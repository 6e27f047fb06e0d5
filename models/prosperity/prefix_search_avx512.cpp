// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <type_traits>
#include <utility>

#include <snnvp/models/prosperity/prefix_search_scratch.h>
#include <snnvp/models/prosperity/simd_target.h>

SNNVP_BEGIN_TARGET("avx512f,avx512bw,avx512vl,avx512vbmi2,avx512bitalg,avx2,bmi,popcnt")

#include <snnvp/models/prosperity/prefix_search_steps.h>

namespace snnvp::prosperity {
namespace {

/// Thirty-two searched rows at a time against all candidates, worst first: the last match is the best prefix.
struct Avx512 {
  static void count16(PrefixSearch::Scratch& s, std::uint32_t row_count, TileCounts& counts) {
    const __m512i two = _mm512_set1_epi16(2);
    __m512i ones = _mm512_setzero_si512();
    counts.zero_rows = row_count;
    counts.searched_rows = 0;
    for (std::uint32_t i = 0; i < row_count; i += 32) {  // padding rows are zero
      const __m512i n = _mm512_popcnt_epi16(_mm512_load_si512(s.rows16 + i));
      _mm512_store_si512(s.popcount + i, n);
      ones = _mm512_add_epi16(ones, n);
      counts.zero_rows -= static_cast<std::uint32_t>(_mm_popcnt_u32(_mm512_test_epi16_mask(n, n)));
      counts.searched_rows += static_cast<std::uint32_t>(_mm_popcnt_u32(_mm512_cmpge_epu16_mask(n, two)));
    }
    alignas(64) std::uint16_t sums[32];
    _mm512_store_si512(sums, ones);
    counts.ones = std::accumulate(sums, sums + 32, 0U);
  }

  static std::uint32_t rank16(PrefixSearch::Scratch& s, std::uint32_t row_count, std::uint32_t& searched) {
    const __m512i ascending = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8,
                                               7, 6, 5, 4, 3, 2, 1, 0);
    // Distinct non-zero rows in order of index, with words and popcounts beside the indices.
    std::uint32_t distinct = 0;
    __m512i most = _mm512_setzero_si512();
    __m512i index = ascending;
    for (std::uint32_t i = 0; i < row_count; i += 32) {
      const __m512i word = _mm512_load_si512(s.rows16 + i), n = _mm512_load_si512(s.popcount + i);
      const __mmask32 is_first = _mm512_mask_cmpeq_epi16_mask(_mm512_test_epi16_mask(word, word), index, _mm512_load_si512(s.first + i));
      _mm512_storeu_si512(s.distinct + distinct, _mm512_maskz_compress_epi16(is_first, index));
      _mm512_storeu_si512(s.distinct_word + distinct, _mm512_maskz_compress_epi16(is_first, word));
      _mm512_storeu_si512(s.distinct_popcount + distinct, _mm512_maskz_compress_epi16(is_first, n));
      distinct += static_cast<std::uint32_t>(_mm_popcnt_u32(is_first));
      most = _mm512_max_epu16(most, n);
      index = _mm512_add_epi16(index, _mm512_set1_epi16(32));
    }
    _mm512_storeu_si512(s.distinct_popcount + distinct, _mm512_setzero_si512());  // a short last vector joins no class

    // One class of equal popcount after the other.
    std::uint32_t rank = 0;
    searched = 0;
    for (unsigned n = largest(most); n > 0; --n) {
      if (n == 1) searched = rank;
      const __m512i wanted = _mm512_set1_epi16(static_cast<short>(n));
      std::uint32_t counted = rank;
      for (std::uint32_t d = 0; d < distinct; d += 32) {
        const __mmask32 in_class = _mm512_cmpeq_epi16_mask(_mm512_load_si512(s.distinct_popcount + d), wanted);
        _mm512_storeu_si512(s.ranked16 + rank, _mm512_maskz_compress_epi16(in_class, _mm512_load_si512(s.distinct_word + d)));
        _mm512_storeu_si512(s.ranked_index + rank, _mm512_maskz_compress_epi16(in_class, _mm512_load_si512(s.distinct + d)));
        rank += static_cast<std::uint32_t>(_mm_popcnt_u32(in_class));
      }
      for (; counted < rank; counted += 32) _mm512_storeu_si512(s.ranked_popcount + counted, wanted);
    }
    Steps<Avx512>::end_ranking<std::uint16_t>(s, distinct);
    return distinct;
  }

  static unsigned largest(__m512i values) {
    alignas(64) std::uint16_t lanes[32];
    _mm512_store_si512(lanes, values);
    const __m128i* eight = reinterpret_cast<const __m128i*>(lanes);
    const __m128i most = _mm_max_epu16(_mm_max_epu16(eight[0], eight[1]), _mm_max_epu16(eight[2], eight[3]));
    const __m128i least = _mm_minpos_epu16(_mm_xor_si128(most, _mm_set1_epi16(-1)));
    return 0xffffU & ~static_cast<unsigned>(_mm_cvtsi128_si32(least));
  }

  /// Out of line: inlined, GCC 12 makes the whole search 1.5 times slower.
  [[gnu::noinline]] static void match16(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    const __m512i one = _mm512_set1_epi16(1), ones = _mm512_set1_epi16(-1);
    for (std::uint32_t from = 0; from < searched; from += 64) {
      const __m512i outside_a = _mm512_xor_si512(_mm512_load_si512(s.ranked16 + from), ones);
      const __m512i outside_b = _mm512_xor_si512(_mm512_load_si512(s.ranked16 + from + 32), ones);
      __m512i best_a = _mm512_set1_epi16(static_cast<short>(distinct)), best_b = best_a;
      __m512i rank = best_a;
      std::uint32_t candidate = distinct;
      // Beyond the block no row can meet itself, so a subset test is enough.
      while (candidate > from + 64) {
        --candidate;
        rank = _mm512_sub_epi16(rank, one);
        const __m512i word = _mm512_set1_epi16(static_cast<short>(s.ranked16[candidate]));
        best_a = _mm512_mask_mov_epi16(best_a, _mm512_testn_epi16_mask(word, outside_a), rank);
        best_b = _mm512_mask_mov_epi16(best_b, _mm512_testn_epi16_mask(word, outside_b), rank);
      }
      while (candidate > from + 32) {
        --candidate;
        rank = _mm512_sub_epi16(rank, one);
        const __m512i word = _mm512_set1_epi16(static_cast<short>(s.ranked16[candidate]));
        const __mmask32 others = ~(__mmask32{1} << (candidate - from - 32));
        best_a = _mm512_mask_mov_epi16(best_a, _mm512_testn_epi16_mask(word, outside_a), rank);
        best_b = _mm512_mask_mov_epi16(best_b, _mm512_mask_testn_epi16_mask(others, word, outside_b), rank);
      }
      while (candidate > from) {
        --candidate;
        rank = _mm512_sub_epi16(rank, one);
        const __m512i word = _mm512_set1_epi16(static_cast<short>(s.ranked16[candidate]));
        const __mmask32 others = ~(__mmask32{1} << (candidate - from));
        best_a = _mm512_mask_mov_epi16(best_a, _mm512_mask_testn_epi16_mask(others, word, outside_a), rank);
      }
      _mm512_store_si512(s.best + from, best_a);
      _mm512_store_si512(s.best + from + 32, best_b);
    }
  }

  template <unsigned Planes>
  static void match_wide(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    const __m512i one = _mm512_set1_epi64(1);
    for (std::uint32_t from = 0; from < searched; from += 8) {
      __m512i outside[Planes];
      for (unsigned plane = 0; plane < Planes; ++plane) {
        outside[plane] = _mm512_xor_si512(_mm512_load_si512(s.ranked[plane] + from), _mm512_set1_epi64(-1));
      }
      const __m512i self = _mm512_add_epi64(_mm512_set1_epi64(from), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
      __m512i best = _mm512_set1_epi64(distinct);
      __m512i rank = best;
      for (std::uint32_t candidate = distinct; candidate-- > from;) {
        rank = _mm512_sub_epi64(rank, one);
        __mmask8 match = _mm512_cmpneq_epi64_mask(rank, self);
        for (unsigned plane = 0; plane < Planes; ++plane) {
          const __m512i word = _mm512_set1_epi64(static_cast<long long>(s.ranked[plane][candidate]));
          match = _mm512_mask_testn_epi64_mask(match, word, outside[plane]);
        }
        best = _mm512_mask_mov_epi64(best, match, rank);
      }
      alignas(64) std::uint64_t ranks[8];
      _mm512_store_si512(ranks, best);
      for (unsigned i = 0; i < 8; ++i) s.best[from + i] = static_cast<std::uint16_t>(ranks[i]);
    }
  }
};

}  // namespace

const PrefixSearch::Kernels avx512_kernels = {&Steps<Avx512>::search16, &Steps<Avx512>::search64, &Steps<Avx512>::search128};

}  // namespace snnvp::prosperity

SNNVP_END_TARGET

#endif
