// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/layer_timing.h>

#include <algorithm>
#include <cmath>

namespace snnvp::pe_array {

namespace {

/// Cycles of the partition that is busy longest. Each half of a double buffer has a side of its own.
Cycles glb_cycles(const Config& config, const Traffic& t) {
  if (config.glb_port_bits == 0) return 0;
  const auto partition = [&config](Bits read, Bits written) {
    return ceil_div(config.double_buffered ? std::max(read, written) : read + written, config.glb_port_bits);
  };
  return std::max({partition(t.glb_read.ifm, t.glb_write.ifm), partition(t.glb_read.filter, t.glb_write.filter),
                   partition(t.glb_read.ofm, t.glb_write.ofm), partition(t.glb_read.psum, t.glb_write.psum)});
}

Traffic traffic_of(const Config& config, const LayerAnalysis& a, std::uint64_t groups, bool neuron) {
  const LayerMap& layer = a.layer;
  const bool kept_fit = kept_kernels_fit(config, a);
  Bits filter_dram = 0, filter_glb = 0;
  for (const ChannelWork& channel : a.channels) {
    const KernelFetches fetches = kernel_fetches(config, a, channel, kept_fit);
    filter_dram += fetches.dram * kernel_bits(config, layer);
    filter_glb += fetches.glb * kernel_bits(config, layer);
  }
  const Bits tag_bits = config.uses_tags() ? a.sums.dram_blocks : 0;
  const Bits ifm_dram = a.sums.dram_bits + tag_bits, ifm_glb = a.sums.lbuf_bits * groups;
  const Bits window = a.tags.window_points();
  const Bits ofm = neuron ? a.units.active_points * layer.outputs : 0;
  const bool spills = config.psum == PsumPolicy::spill && !layer.single_position() && a.dispatch != Dispatch::ptb_lines;
  const Bits psum = spills ? window * config.psum_bits * layer.outputs * a.sums.active_slices : 0;
  const std::uint64_t lines = a.lines() * groups;

  Traffic t;
  t.dram_read = {ifm_dram, filter_dram, 0, 0};
  t.glb_write = {ifm_dram, filter_dram, ofm, 0};
  t.glb_read = {ifm_glb, filter_glb, ofm, 0};
  t.lbuf_write = {ifm_glb, filter_glb, ofm, psum};
  t.lbuf_read = {lines * config.cols * window, lines * config.rows * config.weight_bits, ofm, psum};
  // On chip only processed windows move; in DRAM a time block of output is stored whole.
  t.dram_write = {0, 0, neuron ? a.stored_points * layer.outputs : 0, 0};
  return t;
}

void count_neurons(LayerCounts& counts, const Config& config, const LayerAnalysis& a, std::uint64_t groups, const NeuronRecord& neuron) {
  counts.final_passes = a.final_passes * groups;
  counts.active_units = a.units.active;
  counts.lif_updates = a.units.active_points * a.layer.outputs;
  const Cycles window = a.tags.window_points();
  // The update of a pass hides behind the next pass; that of the last one shows.
  if (a.final_passes != 0) counts.cycles.lif = config.lif_overlap ? window : counts.final_passes * window;
  if (skips_silent_windows(neuron)) return;
  counts.cycles.lif += groups * ceil_div(a.units.units - a.units.active, config.cols);
  counts.lif_updates = a.layer.positions() * a.layer.T * a.layer.outputs;
}

void settle(LayerCounts& counts, const Config& config) {
  LayerCycles& c = counts.cycles;
  counts.rf_accesses = 2 * counts.adds + 2 * counts.lif_updates;
  c.glb = glb_cycles(config, counts.traffic);
  c.dram = transfer_cycles(counts.traffic.dram(), config.dram_bits_per_cycle);
  c.total = config.double_buffered ? std::max({c.array(), c.glb, c.dram}) : c.array() + c.glb + c.dram;
}

}  // namespace

bool skips_silent_windows(const NeuronRecord& n) {
  const auto never_below_zero = [](std::int32_t threshold) { return threshold >= 0; };
  const bool thresholds = n.channel_threshold.empty()
                              ? never_below_zero(n.threshold)
                              : std::all_of(n.channel_threshold.begin(), n.channel_threshold.end(), never_below_zero);
  const auto any = [](const std::vector<std::int32_t>& values) {
    return std::any_of(values.begin(), values.end(), [](std::int32_t v) { return v != 0; });
  };
  if (n.bias != 0 || any(n.channel_bias)) return false;  // a silent neuron may be driven across its threshold
  if (n.reset_value != 0 || any(n.channel_reset)) return false;
  const auto& leaks = n.channel_leak;
  const bool only_leaks = n.leak != NeuronRecord::Leak::subtract ||
                          (leaks.empty() ? n.leak_value >= 0 : std::all_of(leaks.begin(), leaks.end(), never_below_zero));
  return thresholds && only_leaks && n.reset == NeuronRecord::Reset::zero;
}

Cycles transfer_cycles(Bits bits, double bits_per_cycle) {
  return bits_per_cycle > 0 ? static_cast<Cycles>(std::ceil(static_cast<double>(bits) / bits_per_cycle)) : 0;
}

bool kept_kernels_fit(const Config& config, const LayerAnalysis& a) {
  std::uint64_t kept = 0;
  for (const ChannelWork& channel : a.channels) kept += !config.weight_tailoring || channel.dram_blocks != 0;
  return kept * kernel_bits(config, a.layer) <= config.glb_filter_bytes * 8;
}

KernelFetches kernel_fetches(const Config& config, const LayerAnalysis& a, const ChannelWork& channel, bool kept_fit) {
  KernelFetches fetches{channel.dram_blocks, channel.lbuf_blocks};
  if (!config.weight_tailoring) fetches = {a.tags.blocks(), a.tags.blocks() * ceil_div(a.layer.positions(), Config::block_positions)};
  if (kept_fit) fetches.dram = std::min<std::uint64_t>(fetches.dram, 1);
  return fetches;
}

LayerCounts count_layer(const Config& config, const LayerAnalysis& a, const NeuronRecord* neuron) {
  const LayerMap& layer = a.layer;
  const std::uint64_t groups = output_groups(config, layer);
  const Cycles skew = Cycles{config.cols} + config.rows - 2;
  LayerCounts counts;
  counts.traffic = traffic_of(config, a, groups, neuron != nullptr);
  counts.active_slices = a.sums.active_slices;
  counts.passes = a.sums.passes * groups;
  counts.lines = counts.slots = a.lines() * groups;
  counts.tags_scanned = config.uses_tags() ? a.tags.tags() : 0;
  const std::uint64_t integrations =
      config.spike_gating ? a.tags.integrated_spikes() : a.sums.active_slices * layer.taps() * a.tags.window_points();
  counts.adds = integrations * layer.outputs;
  counts.pe_active_cycles = a.sums.column_cycles * layer.outputs;
  LayerCycles& c = counts.cycles;
  if (a.dispatch == Dispatch::ptb_lines) {
    // Lines are paired inside tiles of positions x windows x output channels; fill and chain are part of the variant.
    const PtbLines run = ptb_lines(config, layer, a.tags);
    counts.lines = run.lines * groups;
    counts.slots = run.slots * groups;
    counts.passes = run.tiles * groups;
    c.integ = run.compute;
    counts.traffic.lbuf_read.filter = counts.lines * config.rows * config.weight_bits;
    counts.traffic.lbuf_read.ifm = counts.slots * config.cols * a.tags.window_points();
    if (neuron) count_neurons(counts, config, a, groups, *neuron);
    c.lif = 0;
  } else {
    c.integ = a.sums.line_cycles * groups;
    if (a.sums.passes != 0) c.fill = (config.fill_overlap ? groups : counts.passes) * skew;
    if (neuron) count_neurons(counts, config, a, groups, *neuron);
    const double kappa = config.kappa == Kappa::tws ? a.tags.window_points() : 1;
    const double dense_work = static_cast<double>(a.dense_passes * groups * layer.taps()) * kappa;
    c.fixed = static_cast<Cycles>(std::floor(config.fixed_overhead_frac * dense_work + 0.5));
  }
  if (!config.tag_overlap) c.tags = ceil_div(counts.tags_scanned, config.tags_per_cycle);
  settle(counts, config);
  return counts;
}

LayerCounts count_dense_layer(const Config& config, const GemmGeometry& g, bool neuron) {
  const std::uint64_t M = g.M(), K = g.K(), N = g.N, spikes = neuron ? M * N : 0;
  LayerCounts counts;
  const DenseRun run = dense_run(config.dataflow, config.rows, config.cols, M, K, N);
  counts.passes = run.row_folds * run.col_folds;
  counts.adds = counts.pe_active_cycles = M * K * N;
  counts.lif_updates = spikes;
  counts.rf_accesses = 2 * counts.adds + 2 * counts.lif_updates;
  // A stationary operand is read once per fold that holds it, a streamed one once per fold it passes.
  const std::uint64_t reads_ifm = config.dataflow == Dataflow::is ? 1 : ceil_div(N, config.cols);
  const std::uint64_t reads_filter =
      config.dataflow == Dataflow::ws ? 1 : ceil_div(M, config.dataflow == Dataflow::is ? config.cols : config.rows);
  Traffic& t = counts.traffic;
  t.dram_read = {g.input_bits(), K * N * config.weight_bits, 0, 0};
  t.glb_write = {t.dram_read.ifm, t.dram_read.filter, spikes, 0};
  t.glb_read = {M * K * reads_ifm, K * N * config.weight_bits * reads_filter, spikes, 0};
  t.lbuf_write = t.glb_read;
  t.lbuf_read = t.glb_read;
  t.dram_write = {0, 0, spikes, 0};
  counts.cycles.integ = counts.cycles.total = run.cycles;
  return counts;
}

LayerCounts count_compat_layer(const GemmGeometry& g, const LayerAnalysis& a, const PtbCompat& run, const NeuronRecord* neuron) {
  LayerCounts counts;
  counts.lines = run.lines;
  counts.slots = run.length;
  counts.adds = a.tags.integrated_spikes() * g.N;
  counts.lif_updates = neuron ? g.M() * g.N : 0;
  counts.rf_accesses = 2 * counts.adds + 2 * counts.lif_updates;
  counts.traffic.dram_read.ifm = g.M() * g.K();
  counts.traffic.dram_read.filter = run.dram_read - counts.traffic.dram_read.ifm;
  counts.traffic.dram_write.ofm = run.dram_write;
  counts.cycles.integ = run.compute;
  counts.cycles.dram = run.stall;
  counts.cycles.total = run.total();
  return counts;
}

}  // namespace snnvp::pe_array
