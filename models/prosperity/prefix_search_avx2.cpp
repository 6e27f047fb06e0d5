// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include <snnvp/models/prosperity/prefix_search_scratch.h>
#include <snnvp/models/prosperity/simd_target.h>

SNNVP_BEGIN_TARGET("avx2,bmi,popcnt")

#include <snnvp/models/prosperity/prefix_search_steps.h>

namespace snnvp::prosperity {
namespace {

/// Sixteen searched rows at a time against all candidates, worst first: the last match is the best prefix.
struct Avx2 {
  static void count16(PrefixSearch::Scratch& s, std::uint32_t row_count, TileCounts& counts) {
    Steps<Avx2>::count_by_word(s, row_count, counts);
  }
  static std::uint32_t rank16(PrefixSearch::Scratch& s, std::uint32_t row_count, std::uint32_t& searched) {
    return Steps<Avx2>::rank_distinct(s, s.rows16, row_count, searched);
  }

  static void match16(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    const __m256i lane = _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m256i zero = _mm256_setzero_si256();
    const __m256i one = _mm256_set1_epi16(1);
    for (std::uint32_t from = 0; from < searched; from += 32) {
      const __m256i row_a = _mm256_load_si256(reinterpret_cast<const __m256i*>(s.ranked16 + from));
      const __m256i row_b = _mm256_load_si256(reinterpret_cast<const __m256i*>(s.ranked16 + from + 16));
      __m256i best_a = _mm256_set1_epi16(static_cast<short>(distinct)), best_b = best_a;
      __m256i rank = best_a;
      std::uint32_t candidate = distinct;
      // Beyond the block no row can meet itself, so a subset test is enough.
      while (candidate > from + 32) {
        --candidate;
        rank = _mm256_sub_epi16(rank, one);
        const __m256i word = _mm256_set1_epi16(static_cast<short>(s.ranked16[candidate]));
        const __m256i match_a = _mm256_cmpeq_epi16(_mm256_andnot_si256(row_a, word), zero);
        const __m256i match_b = _mm256_cmpeq_epi16(_mm256_andnot_si256(row_b, word), zero);
        best_a = _mm256_blendv_epi8(best_a, rank, match_a);
        best_b = _mm256_blendv_epi8(best_b, rank, match_b);
      }
      const __m256i rank_a = _mm256_add_epi16(lane, _mm256_set1_epi16(static_cast<short>(from)));
      const __m256i rank_b = _mm256_add_epi16(rank_a, _mm256_set1_epi16(16));
      while (candidate > from) {
        --candidate;
        rank = _mm256_sub_epi16(rank, one);
        const __m256i word = _mm256_set1_epi16(static_cast<short>(s.ranked16[candidate]));
        const __m256i match_a = _mm256_cmpeq_epi16(_mm256_andnot_si256(row_a, word), zero);
        const __m256i match_b = _mm256_cmpeq_epi16(_mm256_andnot_si256(row_b, word), zero);
        best_a = _mm256_blendv_epi8(best_a, rank, _mm256_and_si256(match_a, _mm256_cmpgt_epi16(rank, rank_a)));
        best_b = _mm256_blendv_epi8(best_b, rank, _mm256_and_si256(match_b, _mm256_cmpgt_epi16(rank, rank_b)));
      }
      _mm256_store_si256(reinterpret_cast<__m256i*>(s.best + from), best_a);
      _mm256_store_si256(reinterpret_cast<__m256i*>(s.best + from + 16), best_b);
    }
  }

  template <unsigned Planes>
  static void match_wide(PrefixSearch::Scratch& s, std::uint32_t distinct, std::uint32_t searched) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i one = _mm256_set1_epi64x(1);
    for (std::uint32_t from = 0; from < searched; from += 4) {
      __m256i row[Planes];
      for (unsigned plane = 0; plane < Planes; ++plane) {
        row[plane] = _mm256_load_si256(reinterpret_cast<const __m256i*>(s.ranked[plane] + from));
      }
      const __m256i self = _mm256_add_epi64(_mm256_set1_epi64x(from), _mm256_setr_epi64x(0, 1, 2, 3));
      __m256i best = _mm256_set1_epi64x(distinct);
      __m256i rank = best;
      for (std::uint32_t candidate = distinct; candidate-- > from;) {
        rank = _mm256_sub_epi64(rank, one);
        __m256i outside = zero;
        for (unsigned plane = 0; plane < Planes; ++plane) {
          const __m256i word = _mm256_set1_epi64x(static_cast<long long>(s.ranked[plane][candidate]));
          outside = _mm256_or_si256(outside, _mm256_andnot_si256(row[plane], word));
        }
        const __m256i match = _mm256_andnot_si256(_mm256_cmpeq_epi64(rank, self), _mm256_cmpeq_epi64(outside, zero));
        best = _mm256_blendv_epi8(best, rank, match);
      }
      alignas(32) std::uint64_t ranks[4];
      _mm256_store_si256(reinterpret_cast<__m256i*>(ranks), best);
      for (unsigned i = 0; i < 4; ++i) s.best[from + i] = static_cast<std::uint16_t>(ranks[i]);
    }
  }
};

}  // namespace

const PrefixSearch::Kernels avx2_kernels = {&Steps<Avx2>::search16, &Steps<Avx2>::search64, &Steps<Avx2>::search128};

}  // namespace snnvp::prosperity

SNNVP_END_TARGET

#endif
