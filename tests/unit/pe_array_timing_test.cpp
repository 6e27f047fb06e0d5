// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/layer_timing.h>

#include <algorithm>

#include <snnvp/models/pe_array/energy_shares.h>
#include <snnvp/workloads/spikes/generators.h>
#include <catch2/catch.hpp>

using namespace snnvp;
using namespace snnvp::pe_array;

namespace {

SpikeTensor draw(const GemmGeometry& g, double density, std::uint64_t seed = 1) {
  SpikeRequest request;
  if (g.kind == GemmGeometry::Kind::conv2d)
    request.axes = "TCHW", request.shape = {g.T, g.C, g.H, g.W};
  else
    request.axes = "TC", request.shape = {g.T, g.C};
  request.density = density, request.seed = seed, request.name = "spikes/layer";
  return bernoulli_spikes(request);
}

LayerCounts count(const Config& config, const GemmGeometry& g, const SpikeTensor& spikes, const NeuronRecord& neuron = {}) {
  return count_layer(config, analyze(config, LayerMap(g), spikes.view()), &neuron);
}

/// DVSG-Medium FC1, the workload of figure 12 (spec/spikex.md 6).
GemmGeometry dvsg_fc1() {
  GemmGeometry g;
  g.T = 300, g.C = 1600, g.N = 512;
  return g;
}

/// N-MNIST CONV1.
GemmGeometry nmnist_conv1() {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 30, g.C = 2, g.H = g.W = 34, g.N = 12, g.kernel = 3, g.padding = 0;
  return g;
}

double energy_pj(const LayerCounts& counts) { return energy_of(energy_counts(counts), physical_prices).total(); }

/// An output-stationary fold, PE by PE: operands enter skewed at the left and
/// upper edges and move one PE per cycle.
Cycles os_fold_by_hand(std::uint64_t rows, std::uint64_t cols, std::uint64_t K) {
  std::vector<std::uint64_t> done(rows * cols, 0);
  Cycles cycle = 0;
  for (bool busy = true; busy; ++cycle) {
    busy = false;
    for (std::uint64_t r = 0; r < rows; ++r)
      for (std::uint64_t c = 0; c < cols; ++c) {
        std::uint64_t& k = done[r * cols + c];
        if (cycle >= r + c && k < K) ++k;
        busy = busy || k < K;
      }
  }
  return cycle;
}

/// A fold with a stationary operand: one row shifted in per cycle, then
/// `streamed` vectors, skewed, each result leaving at the bottom of its column.
Cycles stationary_fold_by_hand(std::uint64_t rows, std::uint64_t cols, std::uint64_t streamed) {
  Cycles last = 0;
  for (std::uint64_t t = 0; t < streamed; ++t)
    for (std::uint64_t c = 0; c < cols; ++c) last = std::max(last, rows + t + c + (rows - 1) + 1);  // load, issue, skew, way down
  return last;
}

}  // namespace

TEST_CASE("formats.F18 dense arrays take the closed systolic forms") {
  std::size_t grids = 0;
  for (const std::uint64_t rows : {1U, 4U, 8U, 16U})
    for (const std::uint64_t cols : {1U, 8U, 12U})
      for (const std::uint64_t M : {1U, 7U, 16U, 100U})
        for (const std::uint64_t K : {1U, 8U, 33U})
          for (const std::uint64_t N : {3U, 12U, 50U}) {
            const auto folds = [](std::uint64_t a, std::uint64_t r, std::uint64_t b, std::uint64_t c) {
              return ceil_div(a, r) * ceil_div(b, c);
            };
            CHECK(dense_run(Dataflow::ws, rows, cols, M, K, N).cycles ==
                  stationary_fold_by_hand(rows, cols, M) * folds(K, rows, N, cols) - 1);
            CHECK(dense_run(Dataflow::is, rows, cols, M, K, N).cycles ==
                  stationary_fold_by_hand(rows, cols, N) * folds(K, rows, M, cols) - 1);
            CHECK(dense_run(Dataflow::os, rows, cols, M, K, N).cycles == os_fold_by_hand(rows, cols, K) * folds(M, rows, N, cols) - 1);
            CHECK(dense_run(Dataflow::ws, rows, cols, M, K, N).utilisation <= 2);
            ++grids;
          }
  CHECK(grids >= 200);
  CHECK(dense_run(Dataflow::ws, 8, 8, 64, 16, 16).cycles == (16 + 8 + 64 - 2) * 4 - 1);
  CHECK(dense_run(Dataflow::os, 8, 8, 64, 16, 16).cycles == (8 + 8 + 16 - 2) * 16 - 1);
}

TEST_CASE("spikex.5.3 cycles of a layer are the worst of array and memories") {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 16, g.C = 1, g.H = g.W = 4, g.N = 9, g.kernel = 3, g.padding = 0;
  SpikeTensor spikes("TCHW", {16, 1, 4, 4});
  spikes.set(5);  // step 0, pixel (1,1): in all four footprints
  Config config;
  config.tws = 4, config.fixed_overhead_frac = 0;
  LayerCounts counts = count(config, g, spikes);
  CHECK(counts.passes == 2);  // four slices fit one pass; two groups of outputs
  CHECK(counts.cycles.integ == 2 * 9 * 4);
  CHECK(counts.cycles.lif == 4);
  CHECK(counts.cycles.fill == 2 * 14);
  CHECK(counts.cycles.total == std::max({counts.cycles.array(), counts.cycles.glb, counts.cycles.dram}));
  CHECK(counts.adds == 4 * 9);
  CHECK(counts.lif_updates == 4 * 4 * 9);
  CHECK(counts.rf_accesses == 2 * counts.adds + 2 * counts.lif_updates);
  CHECK(counts.traffic.dram_read.filter == 9 * 9 * 8);
  CHECK(counts.traffic.dram_read.ifm == 16 * 16 + 1);  // one time block of 4 windows, and its tag
  CHECK(counts.traffic.lbuf_read.filter == 2 * 8 * 9 * 8);
  CHECK(counts.traffic.lbuf_read.ifm == 2 * 8 * 9 * 4);
  CHECK(counts.traffic.lbuf_read.psum == 4 * 16 * 9 * 4);
  CHECK(counts.traffic.lbuf_write.psum == counts.traffic.lbuf_read.psum);

  config.lif_overlap = config.fill_overlap = config.tag_overlap = false;
  config.psum = PsumPolicy::stationary, config.kappa = Kappa::one;
  counts = count(config, g, spikes);
  CHECK(counts.cycles.integ == 2 * 9);
  CHECK(counts.cycles.lif == 2 * 4);
  CHECK(counts.cycles.fill == 2 * 14);
  CHECK(counts.cycles.tags == 1);
  CHECK(counts.traffic.lbuf_read.psum == 0);

  config.spike_gating = false;
  CHECK(count(config, g, spikes).adds == 4 * 9 * 4 * 9);  // slices x taps x points x outputs
  config.double_buffered = false;
  counts = count(config, g, spikes);
  CHECK(counts.cycles.total == counts.cycles.array() + counts.cycles.glb + counts.cycles.dram);
}

TEST_CASE("spikex.5.2 time-serial work ignores tags") {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 6, g.C = 2, g.H = g.W = 5, g.N = 8, g.kernel = 3, g.padding = 0;
  Config config;
  config.dispatch = Dispatch::time_serial, config.fixed_overhead_frac = 0;
  const LayerCounts counts = count(config, g, draw(g, 0));
  CHECK(counts.passes == 2 * 6 * 2);
  CHECK(counts.cycles.integ == 2 * 6 * 2 * 9);
  CHECK(counts.final_passes == 6 * 2);
  CHECK(counts.tags_scanned == 0);
  CHECK(counts.lif_updates == 6 * 9 * 8);
}

TEST_CASE("spikex.5.4 silent windows cost a cycle if the neuron may fire in them") {
  GemmGeometry g;
  g.T = 40, g.C = 3, g.N = 8;
  const SpikeTensor silent = draw(g, 0);
  Config config;
  NeuronRecord neuron;
  CHECK(skips_silent_windows(neuron));
  CHECK(count(config, g, silent, neuron).cycles.lif == 0);
  neuron.reset = NeuronRecord::Reset::subtract;
  CHECK_FALSE(skips_silent_windows(neuron));
  CHECK(count(config, g, silent, neuron).cycles.lif == 1);  // eight windows, eight columns, one group of outputs
  CHECK(count(config, g, silent, neuron).lif_updates == 40 * 8);
  neuron = {};
  neuron.threshold = -1;
  CHECK_FALSE(skips_silent_windows(neuron));
}

TEST_CASE(
    "spikex.X2 spikex.X3 energy and latency fall with the rate at every "
    "window") {
  const GemmGeometry g = nmnist_conv1();
  for (const Kappa kappa : {Kappa::tws, Kappa::one})
    for (const std::uint32_t tws : {2U, 3U, 5U, 10U}) {
      double last_energy = 0;
      Cycles last_cycles = 0;
      for (const double rate : {.0001, .0002, .0005, .001, .002, .005}) {
        double energy = 0;
        Cycles cycles = 0;
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
          Config config;
          config.tws = tws, config.kappa = kappa;
          const LayerCounts counts = count(config, g, draw(g, rate, seed));
          energy += energy_pj(counts);
          cycles += counts.cycles.total;
        }
        INFO("tws " << tws << " rate " << rate);
        CHECK(energy > last_energy);
        CHECK(cycles > last_cycles);
        last_energy = energy;
        last_cycles = cycles;
      }
    }
}

TEST_CASE(
    "spikex.X4 with one cycle per line the window of least EDP moves "
    "with the rate") {
  const GemmGeometry g = nmnist_conv1();
  const auto best_window = [&g](double rate) {
    std::uint32_t best = 0;
    double least = 0;
    for (const std::uint32_t tws : {2U, 3U, 5U, 10U}) {
      double energy = 0, cycles = 0;
      for (std::uint64_t seed = 1; seed <= 32; ++seed) {
        Config config;
        config.tws = tws, config.kappa = Kappa::one;
        const LayerCounts counts = count(config, g, draw(g, rate, seed));
        energy += energy_pj(counts);
        cycles += static_cast<double>(counts.cycles.total);
      }
      UNSCOPED_INFO("rate " << rate << " tws " << tws << " energy " << energy << " cycles " << cycles << " edp " << energy * cycles);
      if (best == 0 || energy * cycles < least) best = tws, least = energy * cycles;
    }
    return best;
  };
  const std::uint32_t at_high_rate = best_window(.005), at_low_rate = best_window(.0001);
  CHECK(at_high_rate != at_low_rate);
}

TEST_CASE("spikex.X5 prices solved from the shares give the shares back") {
  Config config;
  config.tws = 4, config.dispatch = Dispatch::temporal;
  const EnergyParts n = energy_counts(count(config, dvsg_fc1(), draw(dvsg_fc1(), 0.01)));
  const EnergyParts prices = prices_from_shares(n, paper_shares);
  const EnergyParts energy = energy_of(n, prices);
  const double percent = 100 / energy.total();
  CHECK(energy.alu * percent == Approx(38.0).margin(0.1));
  CHECK(energy.rf * percent == Approx(39.5).margin(0.1));
  CHECK(energy.lbuf * percent == Approx(13.4).margin(0.1));
  CHECK(energy.glb * percent == Approx(7.3).margin(0.1));
  CHECK(energy.dram * percent == Approx(1.7).margin(0.1));
  CHECK(prices.alu == 0.03);
  CHECK(prices.dram < physical_prices.dram);  // which is why the preset warns
}

TEST_CASE("spikex.X6 longer windows move energy from weights to activations") {
  for (const double rate : {0.002, 0.01, 0.05}) {
    Config config;
    config.tws = 4, config.dispatch = Dispatch::temporal;
    const SpikeTensor spikes = draw(dvsg_fc1(), rate);
    const LayerCounts short_windows = count(config, dvsg_fc1(), spikes);
    const EnergyParts prices = prices_from_shares(energy_counts(short_windows), paper_shares);
    config.tws = 8;
    const EnergyUses four = energy_by_use(short_windows, prices), eight = energy_by_use(count(config, dvsg_fc1(), spikes), prices);
    INFO("rate " << rate << ": weights " << 100 * four.weights / four.total() << " -> " << 100 * eight.weights / eight.total()
                 << " %, activations " << 100 * four.activations / four.total() << " -> " << 100 * eight.activations / eight.total()
                 << " %");
    CHECK(eight.weights / eight.total() < four.weights / four.total());
    CHECK(eight.activations / eight.total() > four.activations / four.total());
  }
}

TEST_CASE("spikex.3 wrong parameters are named") {
  Config config;
  CHECK(check(config).empty());
  config.cols = 0;
  CHECK(check(config).find("cols") != std::string::npos);
  config = {};
  config.dispatch = Dispatch::ptb_lines, config.cols = 65;
  CHECK(check(config).find("64 columns") != std::string::npos);
  config = {};
  config.fixed_overhead_frac = 2;
  CHECK(check(config).find("fixed_overhead_frac") != std::string::npos);
}
