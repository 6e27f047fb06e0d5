// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/tile_execution.h>

#include <type_traits>

#include <snnvp/models/prosperity/prosperity_core.h>

// Vectorised by the compiler: each body is inlined into one wrapper per instruction set.
#define SNNVP_ALWAYS_INLINE [[gnu::always_inline]] inline
#if defined(__x86_64__)
#define SNNVP_TARGET_AVX2 [[gnu::target("avx2,bmi")]]
#define SNNVP_TARGET_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx2,bmi")]]
#else
#define SNNVP_TARGET_AVX2
#define SNNVP_TARGET_AVX512
#endif

namespace snnvp::prosperity {

namespace {

/// Without a library call where the base instruction set lacks one.
unsigned popcount(std::uint64_t v) {
  v -= (v >> 1) & 0x5555555555555555U;
  v = (v & 0x3333333333333333U) + ((v >> 2) & 0x3333333333333333U);
  v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fU;
  return static_cast<unsigned>((v * 0x0101010101010101U) >> 56);
}
unsigned popcount(const Row128& word) { return popcount(word.lo) + popcount(word.hi); }

template <class Word>
void counting_sort(const Word* rows, std::uint32_t row_count, std::uint16_t* order) {
  std::uint8_t count[Config::max_tile_m];
  std::uint32_t next[Config::max_tile_k + 2] = {};
  for (std::uint32_t i = 0; i < row_count; ++i) {
    count[i] = static_cast<std::uint8_t>(popcount(rows[i]));
    ++next[count[i] + 1];
  }
  for (std::uint32_t n = 1; n <= Config::max_tile_k; ++n) next[n] += next[n - 1];
  for (std::uint32_t i = 0; i < row_count; ++i) order[next[count[i]]++] = static_cast<std::uint16_t>(i);
}

bool is_zero(std::uint64_t word) { return word == 0; }
bool is_zero(const Row128& word) { return (word.lo | word.hi) == 0; }

struct Parts {
  std::int16_t* data;
  std::uint32_t stride;
  const std::uint16_t* order;
  const std::int16_t** of;  ///< where the part of each row lies
};

SNNVP_ALWAYS_INLINE void add_to_sums(std::int32_t* __restrict sums, const std::int16_t* __restrict part, std::uint32_t columns) {
  for (std::uint32_t n = 0; n < columns; ++n) sums[n] += part[n];
}

/// Takes the lowest one out of a non-zero word.
SNNVP_ALWAYS_INLINE unsigned take_one(std::uint64_t& word) {
  const auto k = static_cast<unsigned>(__builtin_ctzll(word));
  word &= word - 1;
  return k;
}
SNNVP_ALWAYS_INLINE unsigned take_one(Row128& word) { return word.lo != 0 ? take_one(word.lo) : 64 + take_one(word.hi); }

/// part = `from` (or nothing) + the weight rows of a non-zero row. The first weight row starts the part, so that no
/// pass is spent on clearing or copying it.
template <class Word>
SNNVP_ALWAYS_INLINE void make_part(Word row, const std::int16_t* __restrict from, const WeightTile& weights,
                                   std::int16_t* __restrict part) {
  const std::uint32_t columns = weights.columns;
  const std::int8_t* __restrict first = weights.data + take_one(row) * weights.stride;
  if (from == nullptr) {
    for (std::uint32_t n = 0; n < columns; ++n) part[n] = first[n];
  } else {
    for (std::uint32_t n = 0; n < columns; ++n) part[n] = static_cast<std::int16_t>(from[n] + first[n]);
  }
  while (!is_zero(row)) {
    const std::int8_t* __restrict weight = weights.data + take_one(row) * weights.stride;
    for (std::uint32_t n = 0; n < columns; ++n) part[n] = static_cast<std::int16_t>(part[n] + weight[n]);
  }
}

template <class Word>
SNNVP_ALWAYS_INLINE void product_body(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums,
                                      const Parts& parts) {
  using Wide = std::conditional_t<std::is_same_v<Word, Row128>, Row128, std::uint64_t>;
  for (std::uint32_t at = 0; at < forest.counts.rows; ++at) {
    const std::uint32_t i = parts.order[at];
    if (is_zero(forest.rows[i])) continue;
    const int prefix = forest.prefix[i];
    const std::int16_t* from = prefix < 0 ? nullptr : parts.of[prefix];
    if (is_zero(forest.residual[i])) {
      parts.of[i] = from;  // an exact match is its prefix's result
    } else {
      std::int16_t* part = parts.data + i * parts.stride;
      make_part(Wide{forest.residual[i]}, from, weights, part);
      parts.of[i] = part;
    }
    add_to_sums(sums.data + i * sums.stride, parts.of[i], weights.columns);
  }
}

template <class Word>
SNNVP_ALWAYS_INLINE void plain_body(const Word* rows, std::uint32_t row_count, const WeightTile& weights, const SumTile& sums,
                                    std::int16_t* part) {
  using Wide = std::conditional_t<std::is_same_v<Word, Row128>, Row128, std::uint64_t>;
  for (std::uint32_t i = 0; i < row_count; ++i) {
    if (is_zero(rows[i])) continue;
    make_part(Wide{rows[i]}, nullptr, weights, part);
    add_to_sums(sums.data + i * sums.stride, part, weights.columns);
  }
}

template <class Word>
void product_portable(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums, const Parts& parts) {
  product_body(forest, weights, sums, parts);
}
template <class Word>
SNNVP_TARGET_AVX2 void product_avx2(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums, const Parts& parts) {
  product_body(forest, weights, sums, parts);
}
template <class Word>
SNNVP_TARGET_AVX512 void product_avx512(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums,
                                        const Parts& parts) {
  product_body(forest, weights, sums, parts);
}

template <class Word>
void plain_portable(const Word* rows, std::uint32_t row_count, const WeightTile& weights, const SumTile& sums, std::int16_t* part) {
  plain_body(rows, row_count, weights, sums, part);
}
template <class Word>
SNNVP_TARGET_AVX2 void plain_avx2(const Word* rows, std::uint32_t row_count, const WeightTile& weights, const SumTile& sums,
                                  std::int16_t* part) {
  plain_body(rows, row_count, weights, sums, part);
}

}  // namespace

void issue_order(const std::uint16_t* rows, std::uint32_t row_count, std::uint16_t* order) { counting_sort(rows, row_count, order); }
void issue_order(const std::uint64_t* rows, std::uint32_t row_count, std::uint16_t* order) { counting_sort(rows, row_count, order); }
void issue_order(const Row128* rows, std::uint32_t row_count, std::uint16_t* order) { counting_sort(rows, row_count, order); }

TileExecutor::TileExecutor(std::uint32_t tile_m, std::uint32_t tile_n, SimdLevel level)
    : level_(level),
      part_stride_(static_cast<std::uint32_t>(ceil_div(tile_n, 32) * 32)),
      parts_(std::size_t{tile_m} * part_stride_),
      order_(tile_m),
      part_of_(tile_m) {}

template <class Word>
void TileExecutor::execute(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums) {
  issue_order(forest.rows, forest.counts.rows, order_.data());
  const Parts parts{parts_.data(), part_stride_, order_.data(), part_of_.data()};
  switch (level_) {
    case SimdLevel::avx512: return product_avx512(forest, weights, sums, parts);
    case SimdLevel::avx2: return product_avx2(forest, weights, sums, parts);
    default: return product_portable(forest, weights, sums, parts);
  }
}

template <class Word>
void TileExecutor::execute_plain(const Word* rows, std::uint32_t row_count, const WeightTile& weights, const SumTile& sums) {
  if (level_ == SimdLevel::portable) return plain_portable(rows, row_count, weights, sums, parts_.data());
  plain_avx2(rows, row_count, weights, sums, parts_.data());
}

template void TileExecutor::execute(const PrefixForest<std::uint16_t>&, const WeightTile&, const SumTile&);
template void TileExecutor::execute(const PrefixForest<std::uint64_t>&, const WeightTile&, const SumTile&);
template void TileExecutor::execute(const PrefixForest<Row128>&, const WeightTile&, const SumTile&);
template void TileExecutor::execute_plain(const std::uint16_t*, std::uint32_t, const WeightTile&, const SumTile&);
template void TileExecutor::execute_plain(const std::uint64_t*, std::uint32_t, const WeightTile&, const SumTile&);
template void TileExecutor::execute_plain(const Row128*, std::uint32_t, const WeightTile&, const SumTile&);

}  // namespace snnvp::prosperity
