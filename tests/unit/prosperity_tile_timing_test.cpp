// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/tile_timing.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "../support/golden_csv.h"
#include "../support/prosperity_run.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::GoldenCsv;

namespace {

std::vector<StageCycles> stages_of(const Config& config, const GemmAnalysis& analysis) {
  const TileSchedule schedule(config, analysis.tiling, analysis.kernel_area, {});
  std::vector<StageCycles> stages;
  for (std::uint64_t i = 0; i < schedule.items(); ++i) stages.push_back(stage_cycles(config, analysis, schedule.item(i)));
  return stages;
}

/// Tiles, sums and pipeline of each layer against a table in the layout of tile_pipeline_gap.csv.
void check_pipelines(const std::string& csv, const std::vector<SpikeNetwork>& networks) {
  const GoldenCsv golden(csv);
  const Config config = Config{}.with_cpu_rules();
  std::size_t compared = 0;
  for (const SpikeNetwork& network : networks) {
    const test::Analyses analyses = test::analyze(config, network);
    std::uint64_t total = 0;
    for (const GoldenCsv::Row& row : golden.rows()) {
      if (row["network"] != network.name) continue;
      const std::uint64_t expected = row.number("two_stage_pipeline p_0+sum max(c_i;p_i+1)");
      INFO(network.name << ' ' << row["layer"]);
      ++compared;
      if (row["layer"] == "TOTAL") {
        CHECK(total == expected);
        continue;
      }
      const GemmAnalysis& analysis = analyses.at(row["layer"]);
      const std::vector<StageCycles> stages = stages_of(config, analysis);
      std::uint64_t compute = 0, detect = 0, largest = 0;
      for (const StageCycles& tile : stages) {
        compute += tile.compute;
        detect += tile.detect;
        largest += std::max(tile.compute, tile.detect);
      }
      CHECK(stages.size() == row.number("tiles"));
      CHECK(compute == row.number("sum_compute"));
      CHECK(detect == row.number("sum_preprocess_cpu_path"));
      CHECK(std::max(compute, detect) == row.number("layer_level_max(reference)"));
      CHECK(largest == row.number("sum_of_tile_max(c_i;p_i)"));
      CHECK(pipeline_cycles(stages) == expected);
      CHECK(pipeline_cycles(config, analysis) == expected);
      CHECK(pipeline_cycles(stages, std::vector<Cycles>(stages.size(), 0), 2) == expected);
      CHECK(pipeline_cycles(config, analysis) >= gemm_counts(config, analysis, {}).compute);
      total += expected;
    }
  }
  CHECK(compared == golden.size());
}

std::vector<SpikeNetwork> recorded(const std::string& shared) {
  std::vector<SpikeNetwork> networks;
  for (const char* name : {"lenet5_mnist", "vgg9_cifar10", "alexnet_cifar10_loas"}) {
    networks.push_back(read_spike_network(shared + "/spikes/" + name));
  }
  return networks;
}

SpikeNetwork own_small() { return read_spike_network(test::source_dir() + "/scenarios/networks/own_small"); }

}  // namespace

TEST_CASE("prosperity.P16 the tile pipeline with zero-time fetch takes the golden cycles", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  check_pipelines(shared + "/golden/prosperity/tile_pipeline_gap.csv", recorded(shared));
}

TEST_CASE("prosperity.P17 tile timing is never faster than paper timing with unlimited memory", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  for (const SpikeNetwork& network : recorded(shared)) {
    for (const auto& tile : {std::pair{256U, 16U}, {32U, 16U}, {2048U, 16U}, {256U, 4U}, {256U, 64U}}) {
      Config config = Config{}.with_cpu_rules();
      config.tile_m = tile.first;
      config.tile_k = tile.second;
      for (const auto& [name, analysis] : test::analyze(config, network)) {
        INFO(network.name << ' ' << name << ' ' << tile.first << " x " << tile.second);
        CHECK(pipeline_cycles(config, analysis) >= gemm_counts(config, analysis, {}).compute);
      }
    }
  }
}

TEST_CASE("the tile pipeline of the repository's own network equals its committed golden", "[prosperity]") {
  check_pipelines(test::source_dir() + "/tests/golden/own_small_tile_pipeline.csv", {own_small()});
}

TEST_CASE("bits fetched tile by tile add up to the layer's DRAM traffic", "[prosperity]") {
  const auto check_sums = [](const Config& config, const GemmAnalysis& analysis) {
    for (const OnChip on_chip : {OnChip{false, false}, OnChip{true, false}, OnChip{false, true}, OnChip{true, true}}) {
      const TileSchedule schedule(config, analysis.tiling, analysis.kernel_area, on_chip);
      Bits weights = 0, spikes = 0;
      for (std::uint64_t i = 0; i < schedule.items(); ++i) {
        weights += schedule.weight_bits(schedule.item(i));
        spikes += schedule.spike_bits(schedule.item(i));
      }
      const Traffic traffic = gemm_counts(config, analysis, on_chip).traffic;
      CHECK(weights == traffic.g_wgt_write);
      CHECK(weights + spikes == traffic.dram_read);
    }
  };
  const SpikeNetwork network = own_small();
  for (const auto& tile : {std::pair{256U, 16U}, {100U, 12U}, {512U, 32U}, {2048U, 16U}, {8U, 128U}}) {
    Config config = Config{}.with_cpu_rules();
    config.tile_m = tile.first;
    config.tile_k = tile.second;
    for (const SpikeLayer& layer : network.layers) {
      if (!layer.simulated) continue;
      INFO(layer.name << ' ' << tile.first << " x " << tile.second);
      check_sums(config, GemmAnalysis::without_spikes(config, layer.geometry));
    }
  }
  // On both sides of each limit: weights that just fit, one tile of columns, spikes that just fit.
  const Config config = Config{}.with_cpu_rules();
  for (const std::uint64_t M : {1U, 128U, 129U, 600U}) {
    for (const std::uint64_t K : {1U, 16U, 17U, 32U}) {
      for (const std::uint64_t N : {1U, 64U, 65U, 1000U}) {
        INFO(M << " x " << K << " x " << N);
        check_sums(config, GemmAnalysis::without_spikes(config, M, K, N));
      }
    }
  }
}

TEST_CASE("visits come in the order m then n then k", "[prosperity]") {
  Config config;
  const TileSchedule schedule(config, Tiling(config, 600, 40, 300), 1, {});
  REQUIRE(schedule.items() == 3 * 3 * 3);
  std::uint64_t i = 0;
  for (std::uint64_t m = 0; m < 3; ++m) {
    for (std::uint64_t n = 0; n < 3; ++n) {
      for (std::uint64_t k = 0; k < 3; ++k, ++i) {
        const TileItem item = schedule.item(i);
        CHECK((item.m == m && item.n == n && item.k == k));
      }
    }
  }
  CHECK(schedule.weight_bits({0, 2, 2}) == 8U * 44 * 8);
  CHECK(schedule.spike_bits({2, 0, 2}) == 88U * 8);
}

TEST_CASE("kept detections cost the detector nothing after the first n", "[prosperity]") {
  Config config = Config{}.with_cpu_rules();
  for (const auto& [name, analysis] : test::analyze(config, own_small())) {
    config.reuse_detection = true;
    Cycles detect = 0;
    for (const StageCycles& tile : stages_of(config, analysis)) detect += tile.detect;
    config.reuse_detection = false;
    CHECK(detect * analysis.tiling.nn == gemm_counts(config, analysis, {}).detect);
  }
}

TEST_CASE("a slow port makes the layer memory-bound and more buffers bring it to its bound", "[prosperity]") {
  std::mt19937 random(20);
  std::vector<StageCycles> stages;
  std::vector<Cycles> fetch;
  for (int i = 0; i < 400; ++i) {
    stages.push_back({random() % 100, random() % 200});
    fetch.push_back(random() % 600);
  }
  const Cycles fetched = std::accumulate(fetch.begin(), fetch.end(), Cycles{0});
  Cycles fewer = pipeline_cycles(stages, fetch, 1);
  for (const std::uint32_t slots : {2U, 4U, 8U, 16U}) {
    const Cycles cycles = pipeline_cycles(stages, fetch, slots);
    CHECK(cycles <= fewer);
    CHECK(cycles >= std::max(fetched, pipeline_cycles(stages)));
    fewer = cycles;
  }
  CHECK(static_cast<double>(fewer) <= 1.01 * static_cast<double>(fetched + fetch.front()));
}

TEST_CASE("a pipeline of unequal lists or without buffers is refused", "[prosperity]") {
  CHECK(pipeline_cycles(std::vector<StageCycles>{}) == 0);
  CHECK_THROWS_AS(pipeline_cycles({{1, 1}}, {}, 2), std::invalid_argument);
  CHECK_THROWS_AS(pipeline_cycles({{1, 1}}, {1}, 0), std::invalid_argument);
}
