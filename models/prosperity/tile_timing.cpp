// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/tile_timing.h>

#include <algorithm>
#include <stdexcept>

namespace snnvp::prosperity {

TileSchedule::TileSchedule(const Config& config, const Tiling& tiling, std::uint64_t kernel_area, const OnChip& on_chip)
    : tiling_(tiling), kernel_area_(kernel_area), weight_bits_(config.weight_bits), spike_bits_(config.spike_bits) {
  const bool weights_stay = tiling.K * tiling.N * config.weight_bits <= config.weight_sram() || tiling.nk == 1;
  const bool spikes_stay = tiling.M * tiling.K * config.spike_bits <= config.spike_sram();
  weights_ = on_chip.weights ? Fetch::never : weights_stay ? Fetch::first : Fetch::always;
  spikes_ = on_chip.spikes ? Fetch::never : spikes_stay ? Fetch::first : Fetch::always;
}

TileItem TileSchedule::item(std::uint64_t index) const {
  const std::uint64_t k = index % tiling_.nk, visit = index / tiling_.nk;
  return {visit / tiling_.nn, visit % tiling_.nn, k};
}

Bits TileSchedule::weight_bits(const TileItem& item) const {
  return fetches_weights(item) ? Bits{tiling_.cols(item.k)} * tiling_.width(item.n) * weight_bits_ : 0;
}

Bits TileSchedule::spike_bits(const TileItem& item) const {
  return fetches_spikes(item) ? Bits{tiling_.rows(item.m)} * tiling_.cols(item.k) / kernel_area_ * spike_bits_ : 0;
}

StageCycles stage_cycles(const Config& config, const GemmAnalysis& analysis, const TileItem& item) {
  const TileCounts& tile = analysis.tile(item.m, item.k);
  const bool detected = config.reuse_detection && item.n > 0;
  return {detected ? 0 : detect_cycles(config, tile), compute_cycles(config, tile)};
}

const TilePipeline::Times& TilePipeline::push(Cycles fetch_end, const StageCycles& stages) {
  last_.detect_start = std::max(last_.compute_start, fetch_end);
  last_.detect_end = last_.detect_start + stages.detect;
  last_.compute_start = std::max(last_.compute_end, last_.detect_end);
  last_.compute_end = last_.compute_start + stages.compute;
  return last_;
}

Cycles pipeline_cycles(const Config& config, const GemmAnalysis& analysis) {
  const Tiling& t = analysis.tiling;
  TilePipeline pipeline;
  for (std::uint64_t m = 0; m < t.nm; ++m) {
    for (std::uint64_t n = 0; n < t.nn; ++n) {
      for (std::uint64_t k = 0; k < t.nk; ++k) pipeline.push(0, stage_cycles(config, analysis, {m, n, k}));
    }
  }
  return pipeline.end();
}

Cycles pipeline_cycles(const std::vector<StageCycles>& items) {
  if (items.empty()) return 0;
  Cycles cycles = items.front().detect;
  for (std::size_t i = 0; i + 1 < items.size(); ++i) cycles += std::max(items[i].compute, items[i + 1].detect);
  return cycles + items.back().compute;
}

Cycles pipeline_cycles(const std::vector<StageCycles>& items, const std::vector<Cycles>& fetch, std::uint32_t prefetch_tiles) {
  if (fetch.size() != items.size()) throw std::invalid_argument("each tile needs one fetch time");
  if (prefetch_tiles == 0) throw std::invalid_argument("at least one tile must fit the buffer");
  TilePipeline pipeline;
  std::vector<Cycles> slot_free(prefetch_tiles, 0);
  Cycles port_free = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Cycles& free = slot_free[i % prefetch_tiles];
    port_free = std::max(port_free, free) + fetch[i];
    free = pipeline.push(port_free, items[i]).compute_end;
  }
  return pipeline.end();
}

}  // namespace snnvp::prosperity
