// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/tile_execution.h>

#include <algorithm>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <snnvp/models/prosperity/spike_tiles.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/weights.h>

#include "../support/golden_csv.h"
#include "../support/prosperity_tiles.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::BitTile;

namespace {

/// A weight tile and sums inside wider arrays, so that strides matter.
struct Operands {
  Operands(std::mt19937& random, std::uint32_t rows, std::uint32_t cols, std::uint32_t columns)
      : weights(std::size_t{cols} * stride), sums(std::size_t{rows} * stride) {
    for (auto& weight : weights) weight = static_cast<std::int8_t>(random());
    for (auto& sum : sums) sum = static_cast<std::int32_t>(random() % 1000000) - 500000;
    tile = {weights.data() + offset, stride, columns};
  }
  SumTile sums_in(std::vector<std::int32_t>& data) const { return {data.data() + offset, stride}; }

  static constexpr std::size_t stride = 300, offset = 7;
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> sums;
  WeightTile tile;
};

std::vector<std::int32_t> direct_product(const BitTile& spikes, const Operands& operands) {
  std::vector<std::int32_t> sums = operands.sums;
  for (std::uint32_t i = 0; i < spikes.rows; ++i) {
    for (std::uint32_t k = 0; k < spikes.cols; ++k) {
      for (std::uint32_t n = 0; spikes.at(i, k) && n < operands.tile.columns; ++n) {
        sums[i * Operands::stride + Operands::offset + n] += operands.tile.data[k * Operands::stride + n];
      }
    }
  }
  return sums;
}

template <class Word>
void check_product(const BitTile& spikes, const Operands& operands, SimdLevel level) {
  const std::vector<Word> words = test::words_of<Word>(spikes);
  const std::vector<std::int32_t> expected = direct_product(spikes, operands);
  PrefixSearch search(level);
  TileExecutor executor(spikes.rows, operands.tile.columns, level);
  std::vector<std::int32_t> sums = operands.sums;
  executor.execute(search.search(words.data(), spikes.rows, spikes.cols), operands.tile, operands.sums_in(sums));
  CHECK(sums == expected);
  sums = operands.sums;
  executor.execute_plain(words.data(), spikes.rows, operands.tile, operands.sums_in(sums));
  CHECK(sums == expected);
}

BitTile random_tile(std::mt19937& random, std::uint32_t rows, std::uint32_t cols, double density) {
  BitTile tile(rows, cols);
  for (auto& bit : tile.bits) bit = random() < density * 4294967296.0;
  return tile;
}

}  // namespace

TEST_CASE("prosperity.P3 the product-sparse result of each tile vector equals S x W", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  std::ifstream file(shared + "/golden/prosperity/tile_vectors.json");
  std::mt19937 random(3);
  for (const nlohmann::json& vector : nlohmann::json::parse(file)) {
    BitTile spikes(vector["rows"], vector["cols"]);
    for (std::uint32_t i = 0; i < spikes.rows; ++i) {
      for (std::uint32_t k = 0; k < spikes.cols; ++k) spikes.at(i, k) = (vector["spikes"][i].get<unsigned>() >> k) & 1U;
    }
    const Operands operands(random, spikes.rows, spikes.cols, 128);
    for (const SimdLevel level : supported_simd_levels()) check_product<std::uint16_t>(spikes, operands, level);
  }
}

TEST_CASE("the result of any tile equals S x W at every level and width", "[prosperity]") {
  std::mt19937 random(33);
  for (const SimdLevel level : supported_simd_levels()) {
    for (const std::uint32_t cols : {1U, 15U, 16U, 17U, 64U, 65U, 128U}) {
      for (const std::uint32_t columns : {1U, 31U, 33U, 128U, 200U}) {
        INFO(name(level) << ' ' << cols << " columns of spikes, " << columns << " of weights");
        const BitTile spikes = random_tile(random, 1 + random() % 256, cols, 0.05 + 0.1 * (random() % 10));
        const Operands operands(random, spikes.rows, cols, columns);
        if (cols <= 16) check_product<std::uint16_t>(spikes, operands, level);
        if (cols <= 64) check_product<std::uint64_t>(spikes, operands, level);
        check_product<Row128>(spikes, operands, level);
      }
    }
  }
}

TEST_CASE("the largest sum of a tile fits its partial results", "[prosperity]") {
  for (const SimdLevel level : supported_simd_levels()) {
    for (const std::int8_t weight : {std::int8_t{-128}, std::int8_t{127}}) {
      std::mt19937 random(1);
      const BitTile ones = random_tile(random, 4, 128, 1.0);
      Operands operands(random, 4, 128, 5);
      std::fill(operands.weights.begin(), operands.weights.end(), weight);
      check_product<Row128>(ones, operands, level);
    }
  }
}

TEST_CASE("issue order is by popcount and then by index", "[prosperity]") {
  const std::uint16_t rows[] = {0b111, 0b1, 0, 0b110, 0b100, 0, 0b1111};
  std::uint16_t order[7];
  issue_order(rows, 7, order);
  CHECK(std::vector<int>(order, order + 7) == std::vector<int>{2, 5, 1, 4, 3, 0, 6});
}

TEST_CASE("whole layers computed tile by tile equal the golden product", "[prosperity]") {
  PrefixSearch search;
  for (const SpikeLayer& layer : read_spike_network(test::source_dir() + "/scenarios/networks/own_small").layers) {
    if (!layer.simulated) continue;
    INFO(layer.name);
    const GemmGeometry& g = layer.geometry;
    const auto weights = layer_weights(1, layer.name, g.K(), g.N);
    std::vector<std::int32_t> golden(g.M() * g.N), sums(g.M() * g.N);
    golden_gemm(g, layer.spikes.view(), weights.data(), golden.data());

    const Config config;
    const Tiling tiling(config, g);
    const SpikeMatrix spikes(g, layer.spikes.view());
    TileExecutor executor(config.tile_m, config.tile_n);
    std::vector<std::uint16_t> rows(config.tile_m);
    for (std::uint64_t m = 0; m < tiling.nm; ++m) {
      for (std::uint64_t n = 0; n < tiling.nn; ++n) {
        for (std::uint64_t k = 0; k < tiling.nk; ++k) {
          spikes.extract_tile(tiling, m, k, rows.data());
          const auto forest = search.search(rows.data(), tiling.rows(m), tiling.cols(k));
          executor.execute(forest, {&weights[k * tiling.tile_k * g.N + n * tiling.tile_n], g.N, tiling.width(n)},
                           {&sums[m * tiling.tile_m * g.N + n * tiling.tile_n], g.N});
        }
      }
    }
    std::uint64_t wrong = 0;  // rows are l*T + t here, [T][N][positions] there; a plain fc has one position
    for (std::uint64_t row = 0; row < g.M(); ++row) {
      const std::uint64_t l = row / g.T, t = row % g.T;
      for (std::uint64_t n = 0; n < g.N; ++n) wrong += sums[row * g.N + n] != golden[(t * g.N + n) * g.positions() + l];
    }
    CHECK(wrong == 0);
  }
}
