// SPDX-License-Identifier: Apache-2.0
// Row P2 of spec/performance.md: prefix search over the 256 x 16 tiles of VGG9, per instruction-set level. Levels
// that this CPU lacks are reported absent. Beside it: the same tiles with their results computed.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <snnvp/models/prosperity/spike_tiles.h>
#include <snnvp/models/prosperity/tile_execution.h>
#include <snnvp/workloads/formats/manifest.h>

#include "../support/golden_csv.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;

namespace {

struct Tiles {
  Config config;
  struct Tile {
    std::uint32_t rows, cols;
    std::vector<std::uint16_t> words;
  };
  std::vector<Tile> all;
};

/// Every tile of every simulated layer, cut once.
Tiles cut_tiles(const SpikeNetwork& network) {
  Tiles tiles;
  for (const SpikeLayer& layer : network.layers) {
    if (!layer.simulated) continue;
    const Tiling tiling(tiles.config, layer.geometry);
    const SpikeMatrix matrix(layer.geometry, layer.spikes.view());
    for (std::uint64_t m = 0; m < tiling.nm; ++m) {
      // Tiles of a few rows would flatter the rate: fc layers stay out.
      if (tiling.rows(m) < tiles.config.tile_m) continue;
      for (std::uint64_t k = 0; k < tiling.nk; ++k) {
        tiles.all.push_back({tiling.rows(m), tiling.cols(k), std::vector<std::uint16_t>(tiles.config.tile_m)});
        matrix.extract_tile(tiling, m, k, tiles.all.back().words.data());
      }
    }
  }
  return tiles;
}

void report_rate(benchmark::State& state, const Tiles& tiles) {
  const auto count = static_cast<double>(tiles.all.size());
  state.counters["tiles/s"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["s/tile"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void prefix_search(benchmark::State& state, const Tiles& tiles, SimdLevel level) {
  PrefixSearch search(level);
  std::uint64_t left = 0;
  for (auto _ : state) {
    for (const Tiles::Tile& tile : tiles.all) left += search.search(tile.words.data(), tile.rows, tile.cols).counts.pro_ones;
    benchmark::DoNotOptimize(left);
  }
  report_rate(state, tiles);
}

void search_and_execute(benchmark::State& state, const Tiles& tiles, SimdLevel level) {
  const Config& config = tiles.config;
  PrefixSearch search(level);
  TileExecutor executor(config.tile_m, config.tile_n, level);
  std::vector<std::int8_t> weights(std::size_t{config.tile_k} * config.tile_n);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::int8_t>(37 * i);
  std::vector<std::int32_t> sums(std::size_t{config.tile_m} * config.tile_n);
  for (auto _ : state) {
    for (const Tiles::Tile& tile : tiles.all) {
      executor.execute(search.search(tile.words.data(), tile.rows, tile.cols), {weights.data(), config.tile_n, config.tile_n},
                       {sums.data(), config.tile_n});
    }
    benchmark::DoNotOptimize(sums.data());
  }
  report_rate(state, tiles);
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<std::string> shared = test::shared_dir();
  const std::string folder = shared ? *shared + "/spikes/vgg9_cifar10" : test::source_dir() + "/scenarios/networks/own_small";
  if (!shared) std::puts("../shared is absent: tiles of own_small instead of VGG9, not comparable with spec/performance.md");
  const Tiles tiles = cut_tiles(read_spike_network(folder));
  std::printf("P2: %zu tiles of 256 x 16 from %s; floor 0.4 / 0.7 / 1.0, goal 0.6 / 1.0 / 1.5 M tiles/s\n", tiles.all.size(),
              shared ? "vgg9_cifar10" : "own_small");
  for (const SimdLevel level : {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512}) {
    if (!supported(level)) {
      std::printf("P2: level %s is absent on this CPU\n", name(level));
      continue;
    }
    benchmark::RegisterBenchmark((std::string("P2/prefix_search/") + name(level)).c_str(), prefix_search, tiles, level);
    benchmark::RegisterBenchmark((std::string("search_and_execute/") + name(level)).c_str(), search_and_execute, tiles, level);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
