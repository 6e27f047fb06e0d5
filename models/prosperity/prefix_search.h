// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <snnvp/models/prosperity/simd_level.h>

namespace snnvp::prosperity {

/// One tile row of 65 to 128 columns.
struct Row128 {
  std::uint64_t lo = 0, hi = 0;
  friend bool operator==(const Row128& a, const Row128& b) { return a.lo == b.lo && a.hi == b.hi; }
  friend bool operator!=(const Row128& a, const Row128& b) { return !(a == b); }
};

/// The word that holds a tile row: the narrowest of these with enough bits. Bit k is column k.
enum class RowWidth { bits16, bits64, bits128 };
constexpr RowWidth row_width(std::uint32_t columns) {
  return columns <= 16 ? RowWidth::bits16 : columns <= 64 ? RowWidth::bits64 : RowWidth::bits128;
}

/// What one tile of the spike matrix holds (spec/prosperity.md 4.2, 5.1).
struct TileCounts {
  std::uint32_t rows = 0, cols = 0;
  std::uint32_t ones = 0;            ///< spikes
  std::uint32_t pro_ones = 0;        ///< spikes left after prefix removal
  std::uint32_t zero_rows = 0;       ///< no spike
  std::uint32_t em_rows = 0;         ///< exact match: nothing left
  std::uint32_t pm_rows = 0;         ///< partial match: a prefix, and spikes left
  std::uint32_t no_prefix_rows = 0;  ///< spikes, but no prefix
  std::uint32_t searched_rows = 0;   ///< rows with at least two spikes
  std::uint32_t depth = 0;           ///< longest prefix chain in edges; filled in only where asked for
};

/// The prefixes of one tile. Prefixes form a forest; a prefix has fewer spikes than its users, or equally many
/// and a lower index. Points into the PrefixSearch that made it, until its next search.
template <class Word>
struct PrefixForest {
  const Word* rows = nullptr;
  const std::int16_t* prefix = nullptr;  ///< row index inside the tile, -1 = none
  const Word* residual = nullptr;        ///< row XOR its prefix row
  TileCounts counts;
};

/// Finds for each row with at least two spikes its best prefix: the subset row with most spikes, lowest index
/// first; equal rows only backwards (spec/prosperity.md 4.2). Models the detector and pruner's result, not
/// their time.
///
/// Equal rows are found through a table, the rest is searched among distinct rows only, ordered by popcount.
/// Holds its scratch memory: make one per thread and keep it. Searching does not allocate.
class PrefixSearch {
public:
  /// Throws std::invalid_argument if this CPU cannot run `level`.
  explicit PrefixSearch(SimdLevel level = best_simd_level());
  ~PrefixSearch();
  PrefixSearch(PrefixSearch&&) noexcept;
  PrefixSearch& operator=(PrefixSearch&&) noexcept;

  SimdLevel level() const { return level_; }

  /// Searches `row_count` <= 2048 rows of `columns` bits; bits beyond the columns must be zero.
  PrefixForest<std::uint16_t> search(const std::uint16_t* rows, std::uint32_t row_count, std::uint32_t columns);
  PrefixForest<std::uint64_t> search(const std::uint64_t* rows, std::uint32_t row_count, std::uint32_t columns);
  PrefixForest<Row128> search(const Row128* rows, std::uint32_t row_count, std::uint32_t columns);

  struct Scratch;  ///< internal
  struct Kernels;  ///< internal

private:
  SimdLevel level_;
  const Kernels* kernels_;
  std::unique_ptr<Scratch> scratch_;
};

/// Longest chain of prefixes in edges; `depth` is scratch for `row_count` values (issue type 1 needs it).
std::uint32_t chain_depth(const std::int16_t* prefix, std::uint32_t row_count, std::int16_t* depth);

}  // namespace snnvp::prosperity
