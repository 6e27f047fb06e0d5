// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/prosperity/prefix_search.h>
#include <snnvp/models/prosperity/prosperity_core.h>
#include <snnvp/models/prosperity/spike_tiles.h>

namespace snnvp::prosperity {

/// Processor cycles of one visit of a tile (spec/prosperity.md 5.1): one per remaining spike, one per exact match;
/// issue type 1 at least (depth // 4) * rows. Bit-sparse: one per spike; dense: rows * columns.
Cycles compute_cycles(const Config& config, const TileCounts& tile);
/// Detector and popcount cycles of one visit of a tile (cpu rule); 0 unless product-sparse.
Cycles detect_cycles(const Config& config, const TileCounts& tile);

/// Everything that timing and traffic of one M x K x N product depend on. Spike counts are for one visit; the unit
/// visits each tile nn times.
struct GemmAnalysis {
  struct Sums {
    std::uint64_t ones = 0, pro_ones = 0;
    std::uint64_t zero_rows = 0, em_rows = 0, pm_rows = 0, no_prefix_rows = 0;
    std::uint64_t searched_rows = 0;
    std::uint64_t tcam_bits = 0;  ///< sum of searched rows * rows * columns (decision 23)

    void add(const TileCounts& tile);
  };

  Tiling tiling;
  std::uint64_t kernel_area = 1;  ///< k^2 of a conv, else 1: on-chip im2col reads each spike once
  std::vector<TileCounts> tiles;  ///< tile (m, k) at m * nk + k; empty without spikes
  Sums sums;

  const TileCounts& tile(std::uint64_t m, std::uint64_t k) const { return tiles[m * tiling.nk + k]; }
  /// Counts of a product without spikes: enough for what depends on geometry only, such as DRAM traffic.
  static GemmAnalysis without_spikes(const Config& config, const GemmGeometry& gemm);
  static GemmAnalysis without_spikes(const Config& config, std::uint64_t M, std::uint64_t K, std::uint64_t N);
};

/// Runs the prefix search over all tiles of a product. Keeps its memory: make one per engine.
class GemmAnalyzer {
public:
  explicit GemmAnalyzer(SimdLevel level = best_simd_level()) : search_(level) {}

  GemmAnalysis analyze(const Config& config, const GemmGeometry& gemm, const SpikeView& spikes);
  /// Any binary operand; N columns of the other operand.
  GemmAnalysis analyze(const Config& config, const SpikeMatrix& spikes, std::uint64_t N);

private:
  template <class Word>
  void analyze_tiles(const Config& config, const SpikeMatrix& spikes, std::vector<Word>& rows, GemmAnalysis& analysis);

  PrefixSearch search_;
  std::vector<std::uint16_t> rows16_;
  std::vector<std::uint64_t> rows64_;
  std::vector<Row128> rows128_;
};

/// One product, with a GemmAnalyzer of its own.
GemmAnalysis analyze(const Config& config, const GemmGeometry& gemm, const SpikeView& spikes);

}  // namespace snnvp::prosperity
