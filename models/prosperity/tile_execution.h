// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <snnvp/models/prosperity/prefix_search.h>

namespace snnvp::prosperity {

/// Rows in issue order: popcount rising, index rising among equals. A prefix always comes before its users
/// (spec/prosperity.md 4.2). `order` receives `row_count` <= 2048 indices.
void issue_order(const std::uint16_t* rows, std::uint32_t row_count, std::uint16_t* order);
void issue_order(const std::uint64_t* rows, std::uint32_t row_count, std::uint16_t* order);
void issue_order(const Row128* rows, std::uint32_t row_count, std::uint16_t* order);

/// int8 weights of one tile: row k is `data + k * stride`, of which `columns` are used.
struct WeightTile {
  const std::int8_t* data = nullptr;
  std::size_t stride = 0;
  std::uint32_t columns = 0;
};

/// int32 sums of one output tile: row i is `data + i * stride`.
struct SumTile {
  std::int32_t* data = nullptr;
  std::size_t stride = 0;
};

/// The processor: adds weight rows, as the dispatcher issues tile rows, to the sums of an output tile.
///
/// Exact in int32 for any order of tiles. Owns the partial results of one tile; executing does not allocate.
class TileExecutor {
public:
  /// Room for tiles of up to tile_m <= 2048 rows and tile_n columns.
  TileExecutor(std::uint32_t tile_m, std::uint32_t tile_n, SimdLevel level = best_simd_level());

  /// sums[i] += part[i], where part[i] = part[prefix of i] + weight rows of the residual of i (spec/prosperity.md 4.3).
  template <class Word>
  void execute(const PrefixForest<Word>& forest, const WeightTile& weights, const SumTile& sums);
  /// The same sums without prefixes. Bit-sparse and dense runs differ in time, not in what they compute.
  template <class Word>
  void execute_plain(const Word* rows, std::uint32_t row_count, const WeightTile& weights, const SumTile& sums);

private:
  SimdLevel level_;
  std::uint32_t part_stride_;
  // A part is a sum of at most 128 int8 weights, so int16 holds it.
  std::vector<std::int16_t> parts_;
  std::vector<std::uint16_t> order_;
  std::vector<const std::int16_t*> part_of_;
};

}  // namespace snnvp::prosperity
