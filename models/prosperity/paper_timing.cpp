// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/paper_timing.h>

#include <algorithm>

namespace snnvp::prosperity {

namespace {

/// Sum over all tiles of (R * c) // k^2, one floor per tile; tiles come in four sizes.
std::uint64_t spike_bits_by_tile(const Tiling& tiling, std::uint64_t kernel_area) {
  if (tiling.spike_tiles() == 0) return 0;
  const std::uint64_t full_m = tiling.nm - 1, full_k = tiling.nk - 1;
  const std::uint64_t R = tiling.rows(full_m), c = tiling.cols(full_k);  // the last tiles
  const std::uint64_t tile_m = tiling.tile_m, tile_k = tiling.tile_k;
  return full_m * full_k * (tile_m * tile_k / kernel_area) + full_m * (tile_m * c / kernel_area) + full_k * (R * tile_k / kernel_area) +
         R * c / kernel_area;
}

/// Operand traffic of a product by the path's rules.
void count_operands(const Config& config, const GemmAnalysis& analysis, const OnChip& on_chip, Traffic& traffic) {
  const Tiling& t = analysis.tiling;
  const Bits weights = t.K * t.N * config.weight_bits;
  const Bits spikes = t.M * t.K * config.spike_bits;
  traffic.g_act_read = spikes * t.nn;
  if (config.path == Path::cuda) {
    traffic.dram_read = weights * t.nm + spikes * t.nn / analysis.kernel_area;
    traffic.g_act_write = spikes * t.nn;
    traffic.g_wgt_write = weights * t.nm;
    return;
  }
  if (!on_chip.weights) {
    const bool read_once = weights <= config.weight_sram() || t.nk == 1;
    traffic.g_wgt_write = weights * (read_once ? 1 : t.nm);
    traffic.dram_read += traffic.g_wgt_write;
  }
  if (!on_chip.spikes) {
    const std::uint64_t visits = spikes <= config.spike_sram() ? 1 : t.nn;
    traffic.g_act_write = visits * spikes;
    traffic.dram_read += visits * spike_bits_by_tile(t, analysis.kernel_area) * config.spike_bits;
  }
}

/// Weight rows that the processor fetches and adds in one pass over n.
std::uint64_t added_rows(const Config& config, const GemmAnalysis& analysis) {
  switch (config.sparsity) {
    case Sparsity::product: return analysis.sums.pro_ones;
    case Sparsity::bit: return analysis.sums.ones;
    case Sparsity::dense: break;
  }
  return 0;  // the reference counts no adds in dense runs
}

void count_processor(const Config& config, const GemmAnalysis& analysis, LayerCounts& layer) {
  const Tiling& t = analysis.tiling;
  const Bits psum = t.M * t.N * config.psum_bits * t.nk;
  const Bits fetched = added_rows(config, analysis) * t.N * config.weight_bits;
  layer.traffic.g_psum_write = psum;
  if (config.path == Path::cuda) {
    layer.traffic.g_wgt_read = fetched * t.nm;  // nm does not belong here: kept as the reference counts it
    return;
  }
  layer.traffic.g_psum_read = psum;
  layer.traffic.g_wgt_read = config.sparsity == Sparsity::dense ? t.K * t.N * config.weight_bits * t.nm : fetched;
  layer.adds = added_rows(config, analysis) * t.N;
}

Cycles processor_cycles(const Config& config, const GemmAnalysis& analysis) {
  const Tiling& t = analysis.tiling;
  if (config.sparsity == Sparsity::dense) return t.nn * t.M * t.K;
  Cycles cycles = 0;
  for (const TileCounts& tile : analysis.tiles) cycles += compute_cycles(config, tile);
  return t.nn * cycles;
}

Cycles detector_cycles(const Config& config, const GemmAnalysis& analysis) {
  const Tiling& t = analysis.tiling;
  if (config.sparsity != Sparsity::product) return 0;
  if (config.path == Path::cuda) return t.nn * (analysis.sums.searched_rows + t.M / config.popcount_rows);
  Cycles cycles = 0;
  for (const TileCounts& tile : analysis.tiles) cycles += detect_cycles(config, tile);
  return t.nn * cycles;
}

LayerCounts finish(LayerCounts layer, LayerState& state) {
  state.previous = layer.kind;
  state.previous_total = layer.total;
  return layer;
}

/// A LIF layer without its place in the chain.
LayerCounts lif_counts(const Config& config, std::uint64_t neurons, std::uint64_t T) {
  LayerCounts layer;
  layer.kind = LayerKind::lif;
  layer.lif_updates = neurons * T;
  layer.processor = layer.compute = ceil_div(neurons, config.lif_lanes) * T * 2;  // one cycle to add, one to multiply
  // The reference keeps the default tile's 256 * 128 results here, whatever the tile parameters are.
  constexpr std::uint64_t output_tile = 256 * 128;
  const Cycles of_last_tile = T == 0 ? 0 : ceil_div(output_tile / T, config.lif_lanes) * T * 2;
  layer.lif_latency = std::min(layer.compute, of_last_tile);
  const Bits out = neurons * T * config.spike_bits;
  if (out < config.spike_sram()) {
    layer.traffic.g_act_write = out;
  } else {
    layer.traffic.dram_write = out;
    layer.mem_stall = exposed_memory_cycles(config, 0, out, layer.compute);
  }
  layer.traffic.g_psum_read = neurons * T * config.psum_bits;
  layer.total = layer.compute + layer.mem_stall;
  return layer;
}

}  // namespace

Traffic& Traffic::operator+=(const Traffic& other) {
  dram_read += other.dram_read;
  dram_write += other.dram_write;
  g_act_read += other.g_act_read;
  g_act_write += other.g_act_write;
  g_wgt_read += other.g_wgt_read;
  g_wgt_write += other.g_wgt_write;
  g_psum_read += other.g_psum_read;
  g_psum_write += other.g_psum_write;
  return *this;
}

Cycles exposed_memory_cycles(const Config& config, Bits first, Bits moved, Cycles compute) {
  if (config.dram_bits_per_cycle == 0) return 0;  // unlimited (`tile` timing only): transfers take no time
  const Cycles rest = moved > first ? (moved - first) / config.dram_bits_per_cycle : 0;
  return first / config.dram_bits_per_cycle + (rest > compute ? rest - compute : 0);
}

LayerCounts gemm_counts(const Config& config, const GemmAnalysis& analysis, const OnChip& on_chip) {
  const Tiling& t = analysis.tiling;
  LayerCounts layer;
  layer.kind = LayerKind::gemm;
  layer.elements = t.M * t.K * t.nn;
  layer.ones = analysis.sums.ones * t.nn;
  layer.pro_ones = analysis.sums.pro_ones * t.nn;
  layer.zero_rows = analysis.sums.zero_rows * t.nn;
  layer.em_rows = analysis.sums.em_rows * t.nn;
  layer.pm_rows = analysis.sums.pm_rows * t.nn;
  layer.no_prefix_rows = analysis.sums.no_prefix_rows * t.nn;
  if (config.sparsity == Sparsity::product) {
    layer.searched_rows = analysis.sums.searched_rows * t.nn;
    layer.tcam_bits = analysis.sums.tcam_bits * t.nn;
  }
  count_operands(config, analysis, on_chip, layer.traffic);
  count_processor(config, analysis, layer);

  layer.processor = processor_cycles(config, analysis);
  layer.detect = detector_cycles(config, analysis);
  layer.compute = std::max(layer.processor, layer.detect);
  layer.preprocess_stall = layer.compute - layer.processor;
  const Bits first_weights = std::min<std::uint64_t>(t.tile_k, t.K) * std::min<std::uint64_t>(t.tile_n, t.N) * config.weight_bits;
  const Bits first_spikes = std::min<std::uint64_t>(t.tile_k, t.K) * std::min<std::uint64_t>(t.tile_m, t.M) * config.spike_bits;
  const Bits first = (on_chip.weights ? 0 : first_weights) + (on_chip.spikes ? 0 : first_spikes);
  layer.mem_stall = exposed_memory_cycles(config, first, layer.traffic.dram(), layer.compute);
  layer.total = layer.compute + layer.mem_stall;
  return layer;
}

LayerCounts gemm_layer(const Config& config, const GemmAnalysis& analysis, LayerState& state) {
  LayerCounts layer = gemm_counts(config, analysis, {state.spikes_in_buffer, false});
  layer.contribution = layer.total;
  return finish(layer, state);
}

LayerCounts lif_layer(const Config& config, std::uint64_t neurons, std::uint64_t T, LayerState& state) {
  LayerCounts layer = lif_counts(config, neurons, T);
  state.spikes_in_buffer = layer.traffic.dram_write == 0;
  switch (state.previous) {
    case LayerKind::gemm:
    case LayerKind::layernorm: layer.contribution = layer.lif_latency; break;
    case LayerKind::attention: {
      const bool hidden = state.previous_total + layer.lif_latency >= layer.total;
      layer.contribution = hidden ? layer.lif_latency : layer.total - state.previous_total;
      break;
    }
    default: layer.contribution = layer.total;
  }
  return finish(layer, state);
}

LayerCounts layernorm_layer(const Config& config, std::uint64_t rows, std::uint64_t width, LayerState& state) {
  LayerCounts layer;
  layer.kind = LayerKind::layernorm;
  const std::uint64_t full = rows / config.tile_m, rest = rows % config.tile_m;
  // Sum, minus mean and variance on the adders; of squares and the two divider passes only the last tile's show.
  layer.compute = full * 3 * (config.tile_m * width / config.tile_n) + 3 * (rest * width / config.tile_n) +
                  config.tile_m * width / config.multipliers + ceil_div(2 * std::uint64_t{config.tile_m}, config.dividers);
  layer.processor = layer.compute;
  layer.total = layer.contribution = layer.compute;
  const Bits values = Bits{config.psum_bits} * rows * width;
  layer.traffic = {values, values, values, values, 0, values, values, values};
  return finish(layer, state);
}

LayerCounts maxpool_layer(LayerState& state) {
  LayerCounts layer;
  layer.kind = LayerKind::maxpool;
  return finish(layer, state);
}

void NetworkTotals::add(const LayerCounts& layer) {
  cycles += layer.contribution;
  mem_stall += layer.mem_stall;
  preprocess_stall += layer.preprocess_stall;
  dram_bits += layer.traffic.dram();
  adds += layer.adds;
  elements += layer.elements;
  ones += layer.ones;
  pro_ones += layer.pro_ones;
}

double NetworkTotals::bit_density() const { return elements ? static_cast<double>(ones) / static_cast<double>(elements) : 0.0; }
double NetworkTotals::product_density() const { return elements ? static_cast<double>(pro_ones) / static_cast<double>(elements) : 0.0; }

double EnergyModel::on_chip_mj(Cycles cycles) const { return on_chip_mw * static_cast<double>(cycles) / clock_hz; }
double EnergyModel::dram_mj(Bits bits) const { return dram_pj_per_bit * 1e-9 * static_cast<double>(bits) * dram_ratio; }

}  // namespace snnvp::prosperity
