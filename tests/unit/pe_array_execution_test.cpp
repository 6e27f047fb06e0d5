// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/execution.h>

#include <snnvp/models/pe_array/layer_timing.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/weights.h>
#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/time_windows.h>
#include <catch2/catch.hpp>

using namespace snnvp;
using namespace snnvp::pe_array;

namespace {

GemmGeometry small_conv() {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 23, g.C = 3, g.H = g.W = 7, g.N = 11, g.kernel = 3, g.padding = 1, g.stride = 2;
  return g;
}
GemmGeometry small_fc(std::uint64_t L) {
  GemmGeometry g;
  g.T = 70, g.C = 37, g.L = L, g.N = 19;
  return g;
}

SpikeTensor draw(const GemmGeometry& g, double density, std::uint64_t seed = 1) {
  SpikeRequest request;
  if (g.kind == GemmGeometry::Kind::conv2d)
    request.axes = "TCHW", request.shape = {g.T, g.C, g.H, g.W};
  else if (g.L > 1)
    request.axes = "TLC", request.shape = {g.T, g.L, g.C};
  else
    request.axes = "TC", request.shape = {g.T, g.C};
  request.density = density, request.seed = seed, request.name = "spikes/layer";
  return bernoulli_spikes(request);
}

struct Expected {
  std::vector<std::int32_t> sums, membranes;
  SpikeTensor spikes;
};
Expected expected_of(const GemmGeometry& g, const SpikeTensor& spikes, const std::vector<std::int8_t>& weights,
                     const NeuronRecord& neuron) {
  Expected e;
  e.sums.resize(g.M() * g.N);
  golden_direct(g, spikes.view(), weights.data(), e.sums.data());
  const auto order = g.kind == GemmGeometry::Kind::conv2d ? LifState::Order::channel_major : LifState::Order::position_major;
  const std::uint64_t neurons = g.positions() * g.N;
  e.spikes = SpikeTensor("TC", {g.T, neurons});
  lif_run(neuron, g.T, g.N, g.positions(), e.sums.data(), e.spikes, order);
  LifState state(neuron, g.N, g.positions(), order);
  std::vector<std::uint8_t> fired(neurons);
  for (std::uint64_t t = 0; t < g.T; ++t) state.step(0, neurons, e.sums.data() + t * neurons, fired.data());
  e.membranes = state.membranes();
  return e;
}

std::vector<NeuronRecord> neurons() {
  NeuronRecord plain;
  NeuronRecord leaky;
  leaky.leak = NeuronRecord::Leak::multiply, leaky.leak_value = 60000;
  NeuronRecord sinking;
  sinking.leak = NeuronRecord::Leak::subtract, sinking.leak_value = 3;
  NeuronRecord subtracting;
  subtracting.reset = NeuronRecord::Reset::subtract, subtracting.threshold = 20;
  NeuronRecord restless;
  restless.threshold = -1;
  return {plain, leaky, sinking, subtracting, restless};
}

constexpr Dispatch policies[] = {Dispatch::time_serial, Dispatch::ptb_group, Dispatch::ptb_lines,
                                 Dispatch::temporal,    Dispatch::spatial,   Dispatch::automatic};

}  // namespace

TEST_CASE(
    "spikex.S1 every policy and window gives the sums and spikes and "
    "membranes of time-serial LIF") {
  for (const GemmGeometry& g : {small_conv(), small_fc(1), small_fc(5)}) {
    const std::vector<std::int8_t> weights = layer_weights(1, "layer", g.K(), g.N);
    for (const double density : {0.02, 0.3}) {
      const SpikeTensor spikes = draw(g, density);
      const SpikeView view = spikes.view();
      for (const NeuronRecord& neuron : neurons()) {
        const Expected expected = expected_of(g, spikes, weights, neuron);
        for (const Dispatch dispatch : policies)
          for (const std::uint32_t tws : {1U, 4U, 5U, 100U})
            for (const Kappa kappa : {Kappa::tws, Kappa::popcount}) {
              Config config;
              config.dispatch = dispatch, config.tws = tws, config.kappa = kappa;
              INFO("dispatch " << static_cast<int>(dispatch) << " tws " << tws << " T " << g.T << " L " << g.L);
              const LayerMap layer(g);
              const LayerAnalysis analysis = analyze(config, layer, view);
              LayerExecution execution(config, analysis, view);
              execution.integrate_all(weights.data());
              execution.fire(neuron);
              REQUIRE(execution.sums() == expected.sums);
              REQUIRE(execution.spikes() == expected.spikes);
              REQUIRE(execution.membranes() == expected.membranes);
            }
      }
    }
  }
}

TEST_CASE("spikex.S1 integrating group by group of outputs gives the same sums") {
  const GemmGeometry g = small_conv();
  const std::vector<std::int8_t> weights = layer_weights(1, "layer", g.K(), g.N);
  const SpikeTensor spikes = draw(g, 0.1);
  const SpikeView view = spikes.view();
  Config config;
  const LayerAnalysis analysis = analyze(config, LayerMap(g), view);
  LayerExecution execution(config, analysis, view);
  for (std::uint64_t channel = 0; channel < g.C; ++channel) {
    execution.integrate(channel, 0, 8, weights.data());
    execution.integrate(channel, 8, 3, weights.data());
  }
  CHECK(execution.sums() == expected_of(g, spikes, weights, NeuronRecord{}).sums);
}

TEST_CASE("spikex.S5 tailoring spares silent channels and nothing else") {
  const GemmGeometry g = small_conv();
  SpikeTensor spikes("TCHW", {g.T, g.C, g.H, g.W});
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t pixel = 0; pixel < 49; ++pixel) spikes.set((t * g.C + 1) * 49 + pixel);  // channel 1 alone
  const SpikeView view = spikes.view();
  Config config;
  config.tws = 4;
  const LayerAnalysis analysis = analyze(config, LayerMap(g), view);
  const Bits kernels = 9 * 11 * 8;
  const KernelFetches silent = kernel_fetches(config, analysis, analysis.channels[0], kept_kernels_fit(config, analysis));
  CHECK(silent.dram == 0);
  CHECK(silent.glb == 0);
  CHECK(analysis.channels[0].passes == 0);
  const LayerCounts tailored = count_layer(config, analysis, nullptr);
  CHECK(tailored.traffic.dram_read.filter == kernels);
  config.weight_tailoring = false;
  CHECK(count_layer(config, analysis, nullptr).traffic.dram_read.filter == 3 * kernels);
}

TEST_CASE("spikex.S5 with every tag set traffic equals the untailored one") {
  const GemmGeometry g = small_conv();
  SpikeTensor spikes("TCHW", {g.T, g.C, g.H, g.W});
  for (std::uint64_t i = 0; i < spikes.bits(); ++i) spikes.set(i);
  const SpikeView view = spikes.view();
  for (const std::uint64_t filter_bytes : {std::uint64_t{32768}, std::uint64_t{64}}) {
    Config config;
    config.tws = 2, config.glb_filter_bytes = filter_bytes;
    const LayerAnalysis analysis = analyze(config, LayerMap(g), view);
    const LayerCounts tailored = count_layer(config, analysis, nullptr);
    config.weight_tailoring = false;
    const LayerCounts untailored = count_layer(config, analysis, nullptr);
    CHECK(tailored.traffic.dram_read.filter == untailored.traffic.dram_read.filter);
    CHECK(tailored.traffic.glb_read.filter == untailored.traffic.glb_read.filter);
    // Kernels that do not fit come once per time block.
    CHECK(tailored.traffic.dram_read.filter == 3 * 9 * 11 * 8 * (filter_bytes == 64 ? 2U : 1U));
  }
}

TEST_CASE("spikex.S8 silence in gives no pass and no fetch and no spike") {
  for (const GemmGeometry& g : {small_conv(), small_fc(1), small_fc(5)}) {
    const SpikeTensor spikes = draw(g, 0);
    const SpikeView view = spikes.view();
    for (const Dispatch dispatch : {Dispatch::ptb_group, Dispatch::ptb_lines, Dispatch::temporal, Dispatch::spatial, Dispatch::automatic}) {
      Config config;
      config.dispatch = dispatch;
      const NeuronRecord neuron;
      const LayerAnalysis analysis = analyze(config, LayerMap(g), view);
      const LayerCounts counts = count_layer(config, analysis, &neuron);
      CHECK(counts.passes == 0);
      CHECK(counts.final_passes == 0);
      CHECK(counts.traffic.dram() == 0);
      CHECK(counts.traffic.glb_read.total() == 0);
      CHECK(counts.traffic.lbuf_read.total() == 0);
      CHECK(counts.cycles.array() == counts.cycles.fixed);
      LayerExecution execution(config, analysis, view);
      execution.integrate_all(layer_weights(1, "layer", g.K(), g.N).data());
      execution.fire(neuron);
      CHECK(execution.spikes().count() == 0);
    }
  }
}

TEST_CASE("spikex.5.6 split-time coding keeps the first spike of each window") {
  SpikeTensor spikes("TC", {7, 2});
  for (const std::uint64_t t : {1U, 2U, 4U, 6U}) spikes.set(t * 2);
  const SpikeTensor coded = first_spike_per_window(spikes.view(), 3);
  SpikeTensor expected("TC", {7, 2});
  for (const std::uint64_t t : {1U, 4U, 6U}) expected.set(t * 2);
  CHECK(coded == expected);
  // One point per line is then what the busiest column needs.
  const GemmGeometry g = small_conv();
  const SpikeTensor clamped = first_spike_per_window(draw(g, 0.4).view(), 5);
  Config config;
  config.kappa = Kappa::popcount;
  const Cycles exact = analyze(config, LayerMap(g), clamped.view()).sums.line_cycles;
  config.kappa = Kappa::one;
  CHECK(analyze(config, LayerMap(g), clamped.view()).sums.line_cycles == exact);
}
