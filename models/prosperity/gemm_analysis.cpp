// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/gemm_analysis.h>

#include <algorithm>

namespace snnvp::prosperity {

Cycles compute_cycles(const Config& config, const TileCounts& tile) {
  switch (config.sparsity) {
    case Sparsity::dense: return Cycles{tile.rows} * tile.cols;
    case Sparsity::bit: return tile.ones;
    case Sparsity::product: break;
  }
  const Cycles sorted = Cycles{tile.pro_ones} + tile.em_rows;
  if (config.issue == Issue::sorted) return sorted;
  return std::max(sorted, Cycles{tile.depth / 4} * tile.rows);
}

Cycles detect_cycles(const Config& config, const TileCounts& tile) {
  if (config.sparsity != Sparsity::product) return 0;
  return Cycles{tile.searched_rows} + tile.rows / config.popcount_rows;
}

void GemmAnalysis::Sums::add(const TileCounts& tile) {
  ones += tile.ones;
  pro_ones += tile.pro_ones;
  zero_rows += tile.zero_rows;
  em_rows += tile.em_rows;
  pm_rows += tile.pm_rows;
  no_prefix_rows += tile.no_prefix_rows;
  searched_rows += tile.searched_rows;
  tcam_bits += std::uint64_t{tile.searched_rows} * tile.rows * tile.cols;
}

GemmAnalysis GemmAnalysis::without_spikes(const Config& config, const GemmGeometry& gemm) {
  GemmAnalysis analysis = without_spikes(config, gemm.M(), gemm.K(), gemm.N);
  if (gemm.kind == GemmGeometry::Kind::conv2d) analysis.kernel_area = gemm.kernel * gemm.kernel;
  return analysis;
}

GemmAnalysis GemmAnalysis::without_spikes(const Config& config, std::uint64_t M, std::uint64_t K, std::uint64_t N) {
  GemmAnalysis analysis;
  analysis.tiling = Tiling(config, M, K, N);
  return analysis;
}

GemmAnalysis GemmAnalyzer::analyze(const Config& config, const GemmGeometry& gemm, const SpikeView& spikes) {
  GemmAnalysis analysis = analyze(config, SpikeMatrix(gemm, spikes), gemm.N);
  if (gemm.kind == GemmGeometry::Kind::conv2d) analysis.kernel_area = gemm.kernel * gemm.kernel;
  return analysis;
}

GemmAnalysis GemmAnalyzer::analyze(const Config& config, const SpikeMatrix& spikes, std::uint64_t N) {
  GemmAnalysis analysis = GemmAnalysis::without_spikes(config, spikes.M(), spikes.K(), N);
  analysis.tiles.reserve(analysis.tiling.spike_tiles());
  switch (row_width(config.tile_k)) {
    case RowWidth::bits16: analyze_tiles(config, spikes, rows16_, analysis); break;
    case RowWidth::bits64: analyze_tiles(config, spikes, rows64_, analysis); break;
    case RowWidth::bits128: analyze_tiles(config, spikes, rows128_, analysis); break;
  }
  for (const TileCounts& tile : analysis.tiles) analysis.sums.add(tile);
  return analysis;
}

template <class Word>
void GemmAnalyzer::analyze_tiles(const Config& config, const SpikeMatrix& spikes, std::vector<Word>& rows, GemmAnalysis& analysis) {
  constexpr std::uint64_t tiles_at_a_time = 64;  // a few rows of tiles stay in the cache, whatever K is
  const Tiling& tiling = analysis.tiling;
  rows.resize(std::min(tiling.nk, tiles_at_a_time) * tiling.tile_m);
  std::int16_t depth[Config::max_tile_m];
  for (std::uint64_t m = 0; m < tiling.nm; ++m) {
    for (std::uint64_t first = 0; first < tiling.nk; first += tiles_at_a_time) {
      const std::uint64_t tiles = std::min(tiles_at_a_time, tiling.nk - first);
      const std::uint64_t first_col = first * tiling.tile_k;
      const std::uint64_t cols = std::min(tiles * tiling.tile_k, tiling.K - first_col);
      spikes.extract({m * tiling.tile_m, tiling.rows(m), first_col, cols, tiling.tile_k}, rows.data(), tiling.tile_m);
      for (std::uint64_t k = 0; k < tiles; ++k) {
        PrefixForest<Word> forest = search_.search(rows.data() + k * tiling.tile_m, tiling.rows(m), tiling.cols(first + k));
        if (config.issue == Issue::tree) forest.counts.depth = chain_depth(forest.prefix, forest.counts.rows, depth);
        analysis.tiles.push_back(forest.counts);
      }
    }
  }
}

GemmAnalysis analyze(const Config& config, const GemmGeometry& gemm, const SpikeView& spikes) {
  return GemmAnalyzer().analyze(config, gemm, spikes);
}

}  // namespace snnvp::prosperity
