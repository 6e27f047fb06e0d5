// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/attention_timing.h>

#include <algorithm>
#include <stdexcept>

namespace snnvp::prosperity {

namespace {

using Kind = AttentionGeometry::Kind;

/// Shapes shared by analysis and timing. `longer` x `shorter` is the matrix of one (t, h).
struct Shape {
  explicit Shape(const AttentionGeometry& g)
      : d(g.D / g.heads), longer(std::max(g.L, d)), shorter(std::min(g.L, d)), pairs(g.T * g.heads) {}
  std::uint64_t d, longer, shorter, pairs;
};

bool has_products(const AttentionGeometry& g) { return g.kind != Kind::sdt; }

struct ProductSize {
  std::uint64_t M, K, N;
};
ProductSize first_product(const AttentionGeometry& g, const Shape& s) {
  if (g.kind == Kind::spikingbert) return {g.L, s.d, g.L};
  return {s.shorter, s.longer, s.shorter};
}
ProductSize second_product(const AttentionGeometry& g, const Shape& s) {
  if (g.kind == Kind::spikingbert) return {s.d, g.L, g.L};
  return {s.longer, s.shorter, s.shorter};
}

/// Two products per (t, h) one after the other, and the second operand of the first goes to DRAM if it does not fit.
void spikformer(const Config& config, const AttentionAnalysis& analysis, const LayerState& state, LayerCounts& layer) {
  const Shape s(analysis.geometry);
  const bool weights_fit = s.shorter * s.shorter * config.weight_bits < config.weight_sram();
  for (std::size_t i = 0; i < analysis.products.size(); i += 2) {
    const LayerCounts first = gemm_counts(config, analysis.products[i], {state.spikes_in_buffer, state.spikes_in_buffer});
    const LayerCounts second = gemm_counts(config, analysis.products[i + 1], {state.spikes_in_buffer, weights_fit});
    for (const LayerCounts& product : {first, second}) {
      layer.compute += product.compute;
      layer.mem_stall += product.mem_stall;
      layer.total += product.total;
      layer.adds += product.adds;
      layer.traffic += product.traffic;
    }
    if (!weights_fit) layer.traffic.dram_write += s.longer * s.shorter * config.spike_bits;
  }
}

/// Element-wise, no product: mask, sum over positions, mask again, with a LIF in between.
void spike_driven(const Config& config, const AttentionGeometry& g, LayerState& state, LayerCounts& layer) {
  const Shape s(g);
  const std::uint64_t ops = g.T * g.heads * s.d * g.L;
  LayerState unused;
  const Cycles lif = lif_layer(config, s.d * g.heads, g.T, unused).total;
  layer.compute = std::max<Cycles>(ops / config.tile_n, lif) + ops / config.tile_n;
  const Bits first = state.spikes_in_buffer ? 0 : 3 * g.L * s.d * config.spike_bits;
  layer.traffic.dram_read = state.spikes_in_buffer ? 0 : 3 * g.T * g.L * g.D * config.spike_bits;
  const Bits out = ops * config.spike_bits;
  state.spikes_in_buffer = out < config.spike_sram();
  (state.spikes_in_buffer ? layer.traffic.g_act_write : layer.traffic.dram_write) += out;
  layer.traffic.g_act_read = 4 * ops * config.spike_bits;
  layer.traffic.g_psum_write = g.T * g.heads * s.d;
  layer.mem_stall = exposed_memory_cycles(config, first, layer.traffic.dram(), layer.compute);
  layer.total = layer.compute + layer.mem_stall;
}

/// Softmax attention; operands are loaded once, products and softmax overlap, nothing stalls.
void softmax_attention(const Config& config, const AttentionAnalysis& analysis, LayerCounts& layer) {
  const AttentionGeometry& g = analysis.geometry;
  const Bits one_operand = g.T * g.L * g.D;
  layer.traffic.dram_read = one_operand * (config.weight_bits + 2 * config.spike_bits);
  layer.traffic.g_act_write = 2 * one_operand * config.spike_bits;
  layer.traffic.g_wgt_write = one_operand * config.weight_bits;
  for (std::size_t i = 0; i < analysis.products.size(); i += 2) {
    Cycles products = g.L * g.L / config.tile_n;  // the softmax sum, on the adders
    for (std::size_t j = i; j < i + 2; ++j) products += gemm_counts(config, analysis.products[j], {true, true}).total;
    layer.compute += std::max(products, softmax_cycles(config, g.L));
  }
  layer.total = layer.compute;
}

}  // namespace

Cycles softmax_cycles(const Config& config, std::uint64_t L) {
  return L * L / config.exp_units + ceil_div(L, config.dividers) + L * L / config.multipliers;
}

AttentionAnalysis AttentionAnalysis::without_spikes(const Config& config, const AttentionGeometry& geometry) {
  AttentionAnalysis analysis{geometry, {}};
  if (!has_products(geometry)) return analysis;
  const Shape shape(geometry);
  for (std::uint64_t pair = 0; pair < shape.pairs; ++pair) {
    for (const ProductSize& size : {first_product(geometry, shape), second_product(geometry, shape)}) {
      analysis.products.push_back(GemmAnalysis::without_spikes(config, size.M, size.K, size.N));
    }
  }
  return analysis;
}

std::vector<AttentionProduct> attention_products(const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k,
                                                 const SpikeView& v) {
  if (geometry.heads == 0 || geometry.D % geometry.heads != 0) throw std::invalid_argument("D must be a multiple of the heads");
  for (const SpikeView* operand : {&q, &k, &v}) {
    std::uint64_t bits = 1;
    for (const std::uint64_t side : operand->shape) bits *= side;
    if (bits != geometry.T * geometry.L * geometry.D) throw std::invalid_argument("an attention operand does not have T * L * D bits");
  }
  std::vector<AttentionProduct> products;
  if (!has_products(geometry)) return products;
  const Shape s(geometry);
  const bool softmax = geometry.kind == Kind::spikingbert;
  // spikformer and spikebert re-cut each step's L * D bits as (longer, heads, shorter), spikingbert as (L, heads, d).
  const std::uint64_t rows = softmax ? geometry.L : s.longer, cols = softmax ? s.d : s.shorter;
  const std::uint64_t stride = geometry.heads * cols;
  const SpikeView& second = softmax ? v : geometry.L > s.d ? q : v;
  const ProductSize one = first_product(geometry, s), two = second_product(geometry, s);
  for (std::uint64_t t = 0; t < geometry.T; ++t) {
    for (std::uint64_t h = 0; h < geometry.heads; ++h) {
      const std::uint64_t base = t * geometry.L * geometry.D + h * cols;
      const SpikeMatrix::Strides straight{base, rows, 0, stride, 1}, transposed{base, cols, 0, 1, stride};
      products.push_back({SpikeMatrix(k.bytes, one.M, one.K, softmax ? straight : transposed), one.N});
      products.push_back({SpikeMatrix(second.bytes, two.M, two.K, softmax ? transposed : straight), two.N});
    }
  }
  return products;
}

AttentionAnalysis analyze_attention(const Config& config, const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k,
                                    const SpikeView& v, GemmAnalyzer& analyzer) {
  AttentionAnalysis analysis{geometry, {}};
  for (const AttentionProduct& product : attention_products(geometry, q, k, v)) {
    analysis.products.push_back(analyzer.analyze(config, product.spikes, product.N));
  }
  return analysis;
}

LayerCounts attention_layer(const Config& config, const AttentionAnalysis& analysis, LayerState& state) {
  const Config cpu = config.with_cpu_rules();
  LayerCounts layer;
  layer.kind = LayerKind::attention;
  for (const GemmAnalysis& product : analysis.products) {
    const LayerCounts counts = gemm_counts(cpu, product, {true, true});
    layer.elements += counts.elements;
    layer.ones += counts.ones;
    layer.pro_ones += counts.pro_ones;
    layer.zero_rows += counts.zero_rows;
    layer.em_rows += counts.em_rows;
    layer.pm_rows += counts.pm_rows;
    layer.no_prefix_rows += counts.no_prefix_rows;
    layer.searched_rows += counts.searched_rows;
    layer.tcam_bits += counts.tcam_bits;
    layer.processor += counts.processor;
    layer.detect += counts.detect;
    layer.preprocess_stall += counts.preprocess_stall;
  }
  switch (analysis.geometry.kind) {
    case Kind::spikformer:
    case Kind::spikebert:
      spikformer(cpu, analysis, state, layer);
      state.spikes_in_buffer = false;
      break;
    case Kind::sdt: spike_driven(cpu, analysis.geometry, state, layer); break;
    case Kind::spikingbert:
      softmax_attention(cpu, analysis, layer);
      state.spikes_in_buffer = false;
      break;
  }
  layer.contribution = layer.total;
  state.previous = LayerKind::attention;
  state.previous_total = layer.total;
  return layer;
}

}  // namespace snnvp::prosperity
