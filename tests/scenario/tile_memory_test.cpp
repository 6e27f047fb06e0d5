// SPDX-License-Identifier: Apache-2.0
// `tile` timing between its two limits: the tile pipeline with memory out of the way, and a memory that holds it up.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/workloads/formats/manifest.h>

#include "../support/shared.h"
#include "prosperity_report.h"

using namespace snnvp;
using namespace snnvp::test;

namespace {

const std::string pu = "platform.blocks.pu.params.", dram = "platform.blocks.dram.params.", bus = "platform.blocks.bus.params.";

/// The bus takes no time; the port is as wide as `bits_per_cycle` says.
std::vector<std::string> tile_overrides(const std::string& bits_per_cycle) {
  return {pu + "timing=tile", bus + "width=null", bus + "hop_cycles=0", pu + "dram_bits_per_cycle=" + bits_per_cycle};
}

nlohmann::json run_ideal_memory(const std::string& network, const std::string& bits_per_cycle = "null") {
  auto overrides = tile_overrides(bits_per_cycle);
  overrides.push_back(dram + "preset=ideal");
  return run_prosperity(network, overrides);
}

nlohmann::json run_slow_memory(const std::string& network, std::uint64_t bytes_per_second) {
  auto overrides = tile_overrides("null");
  for (const std::string& text : {std::string("preset=custom"), std::string("channels=null"), std::string("latency=0 ns"),
                                  "bandwidth=" + std::to_string(bytes_per_second) + " B/s"})
    overrides.push_back(dram + text);
  return run_prosperity(network, overrides);
}

std::uint64_t cycles_of(const nlohmann::json& report, const std::string& layer) { return layer_of(report, layer).at("total_cycles"); }

/// Golden pipeline cycles of the layers of a network.
std::map<std::string, std::uint64_t> golden_pipeline(const GoldenNetwork& network) {
  std::map<std::string, std::uint64_t> cycles;
  const GoldenCsv table(network.pipeline);
  for (const auto& row : table.rows())
    if (row["network"] == network.name && row["layer"] != "TOTAL")
      cycles[row["layer"]] = row.number("two_stage_pipeline p_0+sum max(c_i;p_i+1)");
  return cycles;
}

/// The tile visits of one layer as spec/prosperity.md 5.2 (cpu) and 5.7 give them, written out anew.
struct Visits {
  std::vector<std::uint64_t> bits, detect, compute;
  std::uint64_t total_bits = 0, pipeline = 0;
};

Visits visits_of(const SpikeLayer& layer, std::uint64_t tile_m, std::uint64_t tile_k, std::uint64_t tile_n) {
  prosperity::Config config;
  config.tile_m = static_cast<std::uint32_t>(tile_m), config.tile_k = static_cast<std::uint32_t>(tile_k),
  config.tile_n = static_cast<std::uint32_t>(tile_n);
  const auto analysis = prosperity::GemmAnalyzer().analyze(config, layer.geometry, layer.spikes.view());
  const GemmGeometry& g = layer.geometry;
  const std::uint64_t M = g.M(), K = g.K(), N = g.N, area = g.kind == GemmGeometry::Kind::conv2d ? g.kernel * g.kernel : 1;
  const std::uint64_t nm = (M + tile_m - 1) / tile_m, nk = (K + tile_k - 1) / tile_k, nn = (N + tile_n - 1) / tile_n;
  const bool weights_once = K * N * 8 <= tile_k * tile_n * 8 || nk == 1, spikes_once = M * K <= tile_m * tile_k;
  Visits v;
  for (std::uint64_t m = 0; m < nm; ++m)
    for (std::uint64_t n = 0; n < nn; ++n)
      for (std::uint64_t k = 0; k < nk; ++k) {
        const std::uint64_t rows = std::min(tile_m, M - m * tile_m), cols = std::min(tile_k, K - k * tile_k),
                            width = std::min(tile_n, N - n * tile_n);
        const auto& tile = analysis.tile(m, k);
        std::uint64_t bits = 0;
        if (!weights_once || m == 0) bits += cols * width * 8;
        if (!spikes_once || n == 0) bits += rows * cols / area;
        v.bits.push_back(bits);
        v.total_bits += bits;
        v.detect.push_back(tile.searched_rows + rows / 8);
        v.compute.push_back(tile.pro_ones + tile.em_rows);
      }
  v.pipeline = v.detect[0];
  for (std::size_t i = 0; i < v.bits.size(); ++i) v.pipeline += std::max(v.compute[i], i + 1 < v.bits.size() ? v.detect[i + 1] : 0);
  return v;
}

/// Cycles of the fetch of each visit over a port of `width` bits.
std::vector<std::uint64_t> fetches(const Visits& v, std::uint64_t width) {
  std::vector<std::uint64_t> cycles;
  for (const std::uint64_t bits : v.bits) cycles.push_back((bits + width - 1) / width);
  return cycles;
}

/// The recurrence of spec/prosperity.md 5.7, line by line.
std::uint64_t recurrence(const Visits& v, const std::vector<std::uint64_t>& fetch, std::size_t prefetch) {
  std::vector<std::uint64_t> end_f(fetch.size()), start_d(fetch.size()), start_c(fetch.size()), end_c(fetch.size());
  for (std::size_t i = 0; i < fetch.size(); ++i) {
    const std::uint64_t slot = i >= prefetch ? end_c[i - prefetch] : 0;
    end_f[i] = std::max(i > 0 ? end_f[i - 1] : 0, slot) + fetch[i];
    start_d[i] = i > 0 ? std::max(start_c[i - 1], end_f[i]) : end_f[0];
    start_c[i] = std::max(i > 0 ? end_c[i - 1] : 0, start_d[i] + v.detect[i]);
    end_c[i] = start_c[i] + v.compute[i];
  }
  return end_c.back();
}

/// The memory-bound prediction of decision 20.
double prediction(std::uint64_t pipeline, double sum_of_fetches, double first_fetch) {
  return std::max(static_cast<double>(pipeline), sum_of_fetches) + first_fetch;
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  std::uint64_t total = 0;
  for (const std::uint64_t value : values) total += value;
  return total;
}

void expect_pipeline_cycles(const GoldenNetwork& network) {
  const auto report = run_ideal_memory(network.folder);
  const auto golden = golden_pipeline(network);
  REQUIRE(!golden.empty());
  for (const auto& [layer, cycles] : golden) {
    INFO(network.name << " " << layer);
    CHECK(layer_of(report, layer).at("total_cycles") == cycles);
    CHECK(layer_of(report, layer).at("stall_cycles") == 0);
  }
  CHECK(report.at("check").at("mismatches") == 0);
}

void expect_not_below_paper(const GoldenNetwork& network) {
  const auto report = run_ideal_memory(network.folder);
  const GoldenCsv table(network.pipeline);
  for (const auto& row : table.rows()) {
    if (row["network"] != network.name || row["layer"] == "TOTAL") continue;
    CHECK(cycles_of(report, row["layer"]) >= row.number("layer_level_max(reference)"));
  }
}

void expect_recurrence(const GoldenNetwork& network, const std::vector<std::uint64_t>& widths, std::size_t prefetch) {
  const SpikeNetwork data = read_spike_network(network.folder);
  std::map<std::string, Visits> visits;
  for (const SpikeLayer& layer : data.layers)
    if (layer.simulated) visits.emplace(layer.name, visits_of(layer, 256, 16, 128));
  for (const std::uint64_t width : widths) {
    auto overrides = tile_overrides(std::to_string(width));
    overrides.push_back(dram + "preset=ideal");
    overrides.push_back(pu + "prefetch_tiles=" + std::to_string(prefetch));
    const auto report = run_prosperity(network.folder, overrides);
    bool in_buffer = false;  // what the LIF before left on chip is not fetched
    for (const auto& row : report.at("layers")) {
      const std::string name = row.at("name");
      if (row.at("kind") == "lif") {
        in_buffer = row.at("dram_bits") == 0;
        continue;
      }
      Visits v = visits.at(name);
      if (in_buffer) {
        const SpikeLayer& layer = *data.layer(name);
        const std::uint64_t nk = (layer.geometry.K() + 15) / 16, nn = (layer.geometry.N + 127) / 128;
        const bool weights_once = layer.geometry.K() * layer.geometry.N <= 16 * 128 || nk == 1;
        for (std::size_t i = 0; i < v.bits.size(); ++i) {
          const std::uint64_t k = i % nk, n = i / nk % nn, m = i / nk / nn;
          v.bits[i] = weights_once && m != 0 ? 0
                                             : std::min<std::uint64_t>(16, layer.geometry.K() - k * 16) *
                                                   std::min<std::uint64_t>(128, layer.geometry.N - n * 128) * 8;
        }
      }
      INFO(network.name << " " << name << " at " << width << " bit/cycle");
      CHECK(row.at("total_cycles") == recurrence(v, fetches(v, width), prefetch));
    }
  }
}

/// The port width at which fetching layer `v` takes `ratio` times its pipeline.
std::uint64_t width_for(const Visits& v, double ratio) {
  return std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::llround(static_cast<double>(v.total_bits) / static_cast<double>(v.pipeline) / ratio)));
}

}  // namespace

TEST_CASE("prosperity.P16 our own network with memory out of the way takes its golden pipeline cycles") {
  expect_pipeline_cycles(own_network());
}

TEST_CASE("prosperity.P16 the recorded networks with memory out of the way take the golden pipeline cycles") {
  SNNVP_NEEDS_SHARED(shared);
  for (const char* name : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"}) expect_pipeline_cycles(shared_network(shared, name));
}

TEST_CASE("prosperity.P17 reported tile cycles are never below the paper's with unlimited memory") {
  SNNVP_NEEDS_SHARED(shared);
  expect_not_below_paper(own_network());
  for (const char* name : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"}) expect_not_below_paper(shared_network(shared, name));
}

TEST_CASE("tile timing follows the recurrence of the pipeline to the cycle at every port width") {
  expect_recurrence(own_network(), {1, 7, 40, 64, 200, 1024, 5000}, 16);
  expect_recurrence(own_network(), {7, 64, 1024}, 2);
}

TEST_CASE("tile timing of VGG9 follows the recurrence of the pipeline to the cycle") {
  SNNVP_NEEDS_SHARED(shared);
  expect_recurrence(shared_network(shared, "vgg9_cifar10"), {5, 40, 104, 1024}, 16);
}

// The closed prediction is an approximation of the recurrence, which is met to the cycle here too. Tiles that differ a lot
// still share 16 slots, so that at the knee itself the recurrence gives a little more: up to 1.8 % on VGG9, and more where
// n tiles of unequal width alternate in long runs.
TEST_CASE("a slow port makes VGG9 memory-bound as predicted at both ends and within 1 % beside the knee") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenNetwork network = shared_network(shared, "vgg9_cifar10");
  const auto golden = golden_pipeline(network);
  const SpikeNetwork data = read_spike_network(network.folder);
  for (const SpikeLayer& layer : data.layers) {
    if (!layer.simulated) continue;
    const Visits v = visits_of(layer, 256, 16, 128);
    REQUIRE(v.pipeline == golden.at(layer.name));
    for (const double ratio : {0.1, 0.9, 1.0, 1.1, 10.0}) {
      const std::uint64_t width = width_for(v, ratio);
      const auto fetch = fetches(v, width);
      const double predicted = prediction(v.pipeline, static_cast<double>(sum(fetch)), static_cast<double>(fetch[0]));
      INFO(layer.name << ": fetching takes " << ratio << " of the pipeline, " << width << " bit/cycle");
      const auto cycles = cycles_of(run_ideal_memory(network.folder, std::to_string(width)), layer.name);
      CHECK(static_cast<double>(cycles) == Approx(predicted).epsilon(ratio == 1.0 ? 0.018 : 0.01).margin(0));
      CHECK(cycles == recurrence(v, fetch, 16));
      CHECK(cycles >= std::max(v.pipeline, sum(fetch)));
    }
  }
}

TEST_CASE("a slow memory makes a layer memory-bound as bytes over bandwidth predict at both ends and the knee") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenNetwork network = shared_network(shared, "vgg9_cifar10");
  const auto golden = golden_pipeline(network);
  const auto unloaded = run_ideal_memory(network.folder);
  struct Case {
    const char* layer;
    double first_bytes;  // the first tile: 16 weight rows, and the input rows of the channels that begin in it
  };
  // conv2d_3: 16 x 128 weights, 2 channels of 4 time steps in images of 16 x 16 (all rows). fc_0: 16 x 128 weights, 4 rows of 4096 spikes.
  for (const Case& c : {Case{"conv2d_3", 16 * 128 + 2 * 4 * 16 * 16 / 8}, Case{"fc_0", 16 * 128 + 4 * 4096 / 8}}) {
    const double bytes = layer_of(unloaded, c.layer).at("bus_bytes"), pipeline = static_cast<double>(golden.at(c.layer));
    for (const double ratio : {0.1, 0.9, 1.0, 1.1, 10.0}) {
      const double bytes_per_cycle = bytes / pipeline / ratio;
      const auto bandwidth = static_cast<std::uint64_t>(bytes_per_cycle * 500e6);
      const double predicted = prediction(golden.at(c.layer), bytes / bytes_per_cycle, c.first_bytes / bytes_per_cycle);
      INFO(c.layer << ": fetching takes " << ratio << " of the pipeline, " << bandwidth << " B/s");
      CHECK(static_cast<double>(cycles_of(run_slow_memory(network.folder, bandwidth), c.layer)) ==
            Approx(predicted).epsilon(0.01).margin(0));
    }
  }
}

TEST_CASE("every sum and every computed spike of the recorded networks is compared in both timings") {
  SNNVP_NEEDS_SHARED(shared);
  struct Case {
    const char* network;
    std::uint64_t sums, spikes;
  };
  // VGG9's last LIF is recorded with 4096 neurons behind a layer of 1024: its spikes are not computed (decision 15).
  for (const Case& c :
       {Case{"lenet5_mnist", 80256, 80256}, Case{"vgg9_cifar10", 659456, 659456 - 4 * 1024}, Case{"alexnet_cifar10_loas", 278528, 278528}})
    for (const char* timing : {"paper", "tile"}) {
      const auto check = run_prosperity(shared + "/spikes/" + c.network, {pu + "timing=" + timing}).at("check");
      INFO(c.network << " " << timing);
      CHECK(check.at("compared") == c.sums + c.spikes);
      CHECK(check.at("mismatches") == 0);
    }
}
