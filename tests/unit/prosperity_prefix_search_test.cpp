// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/prefix_search.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include <zlib.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/models/prosperity/spike_tiles.h>
#include <snnvp/models/prosperity/tile_execution.h>
#include <snnvp/workloads/formats/manifest.h>

#include "../support/golden_csv.h"
#include "../support/prosperity_tiles.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::BitTile;

namespace {

/// The rules of spec/prosperity.md 4.2, word for word.
struct NaiveForest {
  explicit NaiveForest(const BitTile& tile) : prefix(tile.rows, -1), residual(tile) {
    std::vector<std::uint32_t> n(tile.rows);
    for (std::uint32_t i = 0; i < tile.rows; ++i) {
      for (std::uint32_t k = 0; k < tile.cols; ++k) n[i] += tile.at(i, k);
    }
    for (std::uint32_t i = 0; i < tile.rows; ++i) {
      counts.ones += n[i];
      counts.zero_rows += n[i] == 0;
      counts.searched_rows += n[i] >= 2;
      for (std::uint32_t j = 0; j < tile.rows && n[i] >= 2; ++j) {
        if (j == i || n[j] == 0 || (n[j] == n[i] && j > i)) continue;
        if (prefix[i] >= 0 && n[j] <= n[static_cast<std::size_t>(prefix[i])]) continue;
        bool subset = true;
        for (std::uint32_t k = 0; k < tile.cols && subset; ++k) subset = tile.at(j, k) <= tile.at(i, k);
        if (subset) prefix[i] = static_cast<int>(j);
      }
      std::uint32_t left = 0;
      for (std::uint32_t k = 0; k < tile.cols; ++k) {
        if (prefix[i] >= 0) residual.at(i, k) = tile.at(i, k) ^ tile.at(static_cast<std::uint32_t>(prefix[i]), k);
        left += residual.at(i, k);
      }
      counts.pro_ones += left;
      counts.em_rows += n[i] > 0 && left == 0;
      counts.pm_rows += prefix[i] >= 0 && left > 0;
      counts.no_prefix_rows += n[i] > 0 && prefix[i] < 0;
    }
  }
  std::vector<int> prefix;
  BitTile residual;
  TileCounts counts;
};

template <class Word>
bool equals_naive(PrefixSearch& search, const BitTile& tile, const NaiveForest& expected) {
  const std::vector<Word> words = test::words_of<Word>(tile);
  const PrefixForest<Word> forest = search.search(words.data(), tile.rows, tile.cols);
  bool equal = std::equal(expected.prefix.begin(), expected.prefix.end(), forest.prefix) &&
               test::tile_of(forest.residual, tile.rows, tile.cols).bits == expected.residual.bits;
  const TileCounts &a = forest.counts, &b = expected.counts;
  equal = equal && a.rows == tile.rows && a.cols == tile.cols && a.ones == b.ones && a.pro_ones == b.pro_ones;
  return equal && a.zero_rows == b.zero_rows && a.em_rows == b.em_rows && a.pm_rows == b.pm_rows && a.no_prefix_rows == b.no_prefix_rows &&
         a.searched_rows == b.searched_rows;
}

/// In each word that is wide enough.
bool equals_naive(PrefixSearch& search, const BitTile& tile) {
  const NaiveForest expected(tile);
  return (tile.cols > 16 || equals_naive<std::uint16_t>(search, tile, expected)) &&
         (tile.cols > 64 || equals_naive<std::uint64_t>(search, tile, expected)) && equals_naive<Row128>(search, tile, expected);
}

BitTile random_tile(std::mt19937& random, std::uint32_t rows, std::uint32_t cols, double density) {
  BitTile tile(rows, cols);
  for (auto& bit : tile.bits) bit = random() < density * 4294967296.0;
  return tile;
}

/// Rows drawn from a few, so that most are equal to others or subsets of them.
BitTile clustered_tile(std::mt19937& random, std::uint32_t rows, std::uint32_t cols) {
  const BitTile seeds = random_tile(random, 8, cols, 0.5);
  BitTile tile(rows, cols);
  for (std::uint32_t i = 0; i < rows; ++i) {
    const std::uint32_t seed = random() % seeds.rows;
    for (std::uint32_t k = 0; k < cols; ++k) tile.at(i, k) = static_cast<std::uint8_t>(seeds.at(seed, k) && random() % 8 != 0);
  }
  return tile;
}

BitTile tile_from_json(const nlohmann::json& vector, const char* key) {
  BitTile tile(vector["rows"], vector["cols"]);
  for (std::uint32_t i = 0; i < tile.rows; ++i) {
    const std::uint64_t word = vector[key][i];
    for (std::uint32_t k = 0; k < tile.cols; ++k) tile.at(i, k) = (word >> k) & 1U;
  }
  return tile;
}

unsigned long crc(const void* data, std::size_t bytes) {
  return crc32(crc32(0, nullptr, 0), static_cast<const Bytef*>(data), static_cast<uInt>(bytes));
}

}  // namespace

TEST_CASE("prosperity.P1 the tile vectors give the published prefixes and residuals and counts", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  std::ifstream file(shared + "/golden/prosperity/tile_vectors.json");
  const nlohmann::json vectors = nlohmann::json::parse(file);
  REQUIRE(vectors.size() == 14);
  for (const SimdLevel level : supported_simd_levels()) {
    PrefixSearch search(level);
    for (const nlohmann::json& vector : vectors) {
      INFO(name(level) << ": " << vector["name"].get<std::string>());
      const BitTile tile = tile_from_json(vector, "spikes");
      const auto words = test::words_of<std::uint16_t>(tile);
      const auto forest = search.search(words.data(), tile.rows, tile.cols);
      CHECK(std::vector<int>(forest.prefix, forest.prefix + tile.rows) == vector["prefix"].get<std::vector<int>>());
      CHECK(std::vector<std::uint16_t>(forest.residual, forest.residual + tile.rows) ==
            vector["residual"].get<std::vector<std::uint16_t>>());
      CHECK(forest.counts.ones == vector["nnz"]);
      CHECK(forest.counts.pro_ones == vector["pro_nnz"]);
      CHECK(forest.counts.zero_rows == vector["rows_zero"]);
      CHECK(forest.counts.em_rows == vector["rows_exact_match"]);
      CHECK(forest.counts.em_rows + forest.counts.pm_rows == vector["rows_with_prefix"]);
      CHECK(compute_cycles(Config{}, forest.counts) == vector["compute_cycles"]);
      CHECK(detect_cycles(Config{}, forest.counts) == vector["detector_cycles"]);
      CHECK(equals_naive(search, tile));
    }
  }
}

TEST_CASE("prosperity.P2 real tiles have the golden counts and checksums and chain depths", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  const test::GoldenCsv golden(shared + "/golden/prosperity/tiles_256x16.csv");
  REQUIRE(golden.size() == 1128);
  const Config config;
  std::map<std::string, SpikeNetwork> networks;
  for (const char* network : {"lenet5_mnist", "vgg9_cifar10"}) networks[network] = read_spike_network(shared + "/spikes/" + network);
  for (const SimdLevel level : supported_simd_levels()) {
    PrefixSearch search(level);
    for (const auto& row : golden.rows()) {
      INFO(name(level) << ": " << row["network"] << ' ' << row["layer"] << " tile " << row["tile_m"] << ' ' << row["tile_k"]);
      const SpikeLayer& layer = *networks[row["network"]].layer(row["layer"]);
      const Tiling tiling(config, layer.geometry);
      const SpikeMatrix matrix(layer.geometry, layer.spikes.view());
      std::uint16_t words[256];
      matrix.extract_tile(tiling, row.number("tile_m"), row.number("tile_k"), words);
      const auto forest = search.search(words, tiling.rows(row.number("tile_m")), tiling.cols(row.number("tile_k")));
      const TileCounts& counts = forest.counts;
      const std::vector<std::int32_t> prefix(forest.prefix, forest.prefix + counts.rows);
      const BitTile tile = test::tile_of(words, counts.rows, counts.cols);
      const BitTile residual = test::tile_of(forest.residual, counts.rows, counts.cols);
      std::int16_t depth[256];
      const std::vector<std::uint64_t> actual = {counts.rows,
                                                 counts.cols,
                                                 counts.ones,
                                                 counts.pro_ones,
                                                 counts.zero_rows,
                                                 counts.searched_rows,
                                                 counts.em_rows + counts.pm_rows,
                                                 counts.em_rows,
                                                 compute_cycles(config, counts),
                                                 detect_cycles(config, counts),
                                                 chain_depth(forest.prefix, counts.rows, depth),
                                                 crc(prefix.data(), prefix.size() * 4),
                                                 crc(tile.bits.data(), tile.bits.size()),
                                                 crc(residual.bits.data(), residual.bits.size())};
      const std::vector<std::uint64_t> expected = {row.number("rows"),
                                                   row.number("cols"),
                                                   row.number("nnz"),
                                                   row.number("pro_nnz"),
                                                   row.number("rows_zero"),
                                                   row.number("rows_searched(nnz>1)"),
                                                   row.number("rows_with_prefix"),
                                                   row.number("rows_exact_match"),
                                                   row.number("compute_cycles"),
                                                   row.number("preprocess_cycles_cpu_path"),
                                                   row.number("forest_longest_path_edges"),
                                                   row.number("crc32_prefix_int32le"),
                                                   row.number("crc32_tile_bytes"),
                                                   row.number("crc32_pro_bytes")};
      CHECK(actual == expected);
    }
  }
}

TEST_CASE("prosperity.P18 each prefix is issued before its users", "[prosperity]") {
  std::mt19937 random(18);
  PrefixSearch search;
  for (const std::uint32_t cols : {4U, 16U, 40U, 128U}) {
    const BitTile tile = clustered_tile(random, 250, cols);
    const auto words = test::words_of<Row128>(tile);
    const auto forest = search.search(words.data(), tile.rows, tile.cols);
    std::vector<std::uint16_t> order(tile.rows);
    issue_order(words.data(), tile.rows, order.data());
    std::vector<bool> issued(tile.rows);
    for (const std::uint16_t i : order) {
      REQUIRE_FALSE(issued[i]);
      if (forest.prefix[i] >= 0) REQUIRE(issued[static_cast<std::size_t>(forest.prefix[i])]);
      issued[i] = true;
    }
  }
}

TEST_CASE("prefix search equals the written rules at every level and width and density", "[prosperity]") {
  for (const SimdLevel level : supported_simd_levels()) {
    INFO(name(level));
    PrefixSearch search(level);
    std::mt19937 random(4);
    for (const std::uint32_t cols : {1U, 2U, 7U, 15U, 16U, 17U, 33U, 63U, 64U, 65U, 100U, 128U}) {
      for (const std::uint32_t rows : {0U, 1U, 2U, 31U, 32U, 33U, 64U, 65U, 129U, 256U}) {
        INFO(rows << " x " << cols);
        for (const double density : {0.0, 0.03, 0.15, 0.5, 0.9, 1.0})
          REQUIRE(equals_naive(search, random_tile(random, rows, cols, density)));
        REQUIRE(equals_naive(search, clustered_tile(random, rows, cols)));
      }
    }
  }
}

TEST_CASE("prefix search equals the written rules on the largest tile", "[prosperity]") {
  std::mt19937 random(5);
  std::vector<BitTile> tiles;
  for (const std::uint32_t cols : {8U, 16U, 30U, 128U}) {
    tiles.push_back(random_tile(random, 2048, cols, 0.3));
    tiles.push_back(random_tile(random, 2048, cols, 1.0));
    tiles.push_back(clustered_tile(random, 2048, cols));
  }
  for (const SimdLevel level : supported_simd_levels()) {
    PrefixSearch search(level);
    for (const BitTile& tile : tiles) CHECK(equals_naive(search, tile));
  }
}

TEST_CASE("one search leaves nothing behind for the next", "[prosperity]") {
  std::mt19937 random(6);
  for (const SimdLevel level : supported_simd_levels()) {
    PrefixSearch search(level);
    for (int repeat = 0; repeat < 300; ++repeat) {
      REQUIRE(equals_naive(search, clustered_tile(random, 1 + random() % 80, 1 + random() % 128)));
    }
  }
}

TEST_CASE("more rows than the detector holds are refused", "[prosperity]") {
  PrefixSearch search;
  const std::vector<std::uint16_t> rows(2049);
  CHECK_THROWS_AS(search.search(rows.data(), 2049, 16), std::invalid_argument);
}

TEST_CASE("a prefix chain of two thousand rows has that depth", "[prosperity]") {
  std::vector<std::int16_t> prefix(2048), depth(2048);
  for (std::size_t i = 0; i < prefix.size(); ++i) prefix[i] = static_cast<std::int16_t>(i + 1 < prefix.size() ? i + 1 : -1);
  CHECK(chain_depth(prefix.data(), 2048, depth.data()) == 2047);
  CHECK(chain_depth(prefix.data(), 0, depth.data()) == 0);
}
