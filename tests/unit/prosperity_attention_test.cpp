// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/attention_timing.h>

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>

#include <catch2/catch.hpp>

#include <snnvp/workloads/formats/manifest.h>

#include "../support/golden_csv.h"
#include "../support/prosperity_tiles.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::GoldenCsv;

namespace {

/// DRAM and buffer traffic in the order of the golden columns.
std::vector<std::uint64_t> figures(const LayerCounts& layer, bool spikes_in_buffer) {
  const Traffic& t = layer.traffic;
  return {layer.total, t.dram_read, t.dram_write, t.g_act_read, t.g_act_write, t.g_wgt_read, t.g_wgt_write, layer.adds, spikes_in_buffer};
}

std::vector<std::uint64_t> figures(const GoldenCsv::Row& row) {
  std::vector<std::uint64_t> all;
  for (const char* column : {"total_cycles", "dram_read_bits", "dram_write_bits", "g_act_read_bits", "g_act_write_bits", "g_wgt_read_bits",
                             "g_wgt_write_bits", "num_ops"}) {
    all.push_back(row.number(column));
  }
  all.push_back(row["out_spike_in_buffer"] == "True");
  return all;
}

SpikeTensor random_operand(std::mt19937& random, const AttentionGeometry& g) {
  SpikeTensor tensor("TLD", {g.T, g.L, g.D});
  for (std::uint64_t i = 0; i < tensor.bits(); ++i) tensor.set(i, random() % 4 == 0);
  return tensor;
}

}  // namespace

TEST_CASE("prosperity.P12 synthetic attention and layernorm equal the reference", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  std::map<std::string, AttentionLayer> cases;
  for (AttentionLayer& layer : read_attention_cases(shared + "/spikes/synthetic_attention")) cases.emplace(layer.name, layer);
  const GoldenCsv golden(shared + "/golden/prosperity/attention_synthetic.csv");
  CHECK(golden.size() == 13);
  const Config config;
  GemmAnalyzer analyzer;
  for (const GoldenCsv::Row& row : golden.rows()) {
    INFO(row["case"] << ", spikes in buffer: " << row["spike_stored_in_buffer"]);
    LayerState state;
    if (row["attention_type"] == "layernorm") {
      const LayerCounts layer = layernorm_layer(config, row.number("T") * row.number("L"), row.number("D"), state);
      CHECK(layer.total == row.number("total_cycles"));
      CHECK(layer.mem_stall == 0);
      CHECK(layer.traffic.dram_read == row.number("dram_read_bits"));
      CHECK(layer.traffic.dram_write == row.number("dram_write_bits"));
      continue;
    }
    state.spikes_in_buffer = row["spike_stored_in_buffer"] == "True";
    const AttentionLayer& recorded = cases.at(row["case"]);
    const AttentionAnalysis analysis =
        analyze_attention(config, recorded.geometry, recorded.q.view(), recorded.k.view(), recorded.v.view(), analyzer);
    const LayerCounts layer = attention_layer(config, analysis, state);
    CHECK(figures(layer, state.spikes_in_buffer) == figures(row));
    if (row["attention_type"] == "sdt") CHECK(layer.mem_stall == row.number("mem_stall_cycles(field; likewise)"));
  }
}

TEST_CASE("attention products read the operands that the formulas name", "[prosperity]") {
  std::mt19937 random(12);
  for (const auto kind : {AttentionGeometry::Kind::spikformer, AttentionGeometry::Kind::spikingbert}) {
    for (const std::uint64_t L : {5U, 12U, 20U}) {  // shorter than d, equal, longer
      const AttentionGeometry g{kind, 2, L, 24, 2};
      const SpikeTensor q = random_operand(random, g), k = random_operand(random, g), v = random_operand(random, g);
      const auto products = attention_products(g, q.view(), k.view(), v.view());
      REQUIRE(products.size() == 8);
      const bool softmax = kind == AttentionGeometry::Kind::spikingbert;
      const std::uint64_t d = 12, rows = softmax ? L : std::max(L, d), cols = softmax ? d : std::min(L, d);
      const SpikeTensor& second = softmax || L <= d ? v : q;
      for (std::uint64_t i = 0; i < products.size(); ++i) {
        const std::uint64_t t = i / 4, h = i / 2 % 2;
        const bool is_second = i % 2 == 1, transposed = softmax == is_second;
        const SpikeMatrix& matrix = products[i].spikes;
        REQUIRE(matrix.M() == (transposed ? cols : rows));
        REQUIRE(matrix.K() == (transposed ? rows : cols));
        CHECK(products[i].N == (softmax ? L : cols));
        std::vector<std::uint64_t> words(matrix.M());
        matrix.extract({0, static_cast<std::uint32_t>(matrix.M()), 0, matrix.K(), 64}, words.data(), matrix.M());
        for (std::uint64_t r = 0; r < rows; ++r) {
          for (std::uint64_t c = 0; c < cols; ++c) {
            const bool expected = (is_second ? second : k).at(t * L * 24 + (r * 2 + h) * cols + c);
            CHECK(test::get_bit(words[transposed ? c : r], static_cast<std::uint32_t>(transposed ? r : c)) == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("an attention result that just fills the weight buffer does not fit it", "[prosperity]") {
  Config config;
  config.tile_k = 32;  // 32 * 128 weights; a head of 64 x 64 has as many
  const AttentionGeometry g{AttentionGeometry::Kind::spikformer, 1, 100, 64, 1};
  LayerState state;
  CHECK(attention_layer(config, AttentionAnalysis::without_spikes(config, g), state).traffic.dram_write == 100 * 64);
  config.tile_n = 129;
  CHECK(attention_layer(config, AttentionAnalysis::without_spikes(config, g), state).traffic.dram_write == 0);
}

TEST_CASE("attention without spikes moves the same DRAM bits", "[prosperity]") {
  std::mt19937 random(13);
  GemmAnalyzer analyzer;
  for (const auto kind : {AttentionGeometry::Kind::spikformer, AttentionGeometry::Kind::sdt, AttentionGeometry::Kind::spikingbert}) {
    const AttentionGeometry g{kind, 2, 40, 96, 3};
    const SpikeTensor q = random_operand(random, g);
    LayerState with, without;
    const Config config;
    const LayerCounts a = attention_layer(config, analyze_attention(config, g, q.view(), q.view(), q.view(), analyzer), with);
    const LayerCounts b = attention_layer(config, AttentionAnalysis::without_spikes(config, g), without);
    CHECK(a.traffic.dram() == b.traffic.dram());
    CHECK(with.spikes_in_buffer == without.spikes_in_buffer);
  }
}

TEST_CASE("attention operands of the wrong size are refused", "[prosperity]") {
  std::mt19937 random(14);
  const AttentionGeometry g{AttentionGeometry::Kind::spikformer, 2, 8, 16, 2};
  const SpikeTensor good = random_operand(random, g), bad("TLD", {2, 8, 15});
  CHECK_THROWS_AS(attention_products(g, good.view(), good.view(), bad.view()), std::invalid_argument);
  AttentionGeometry uneven = g;
  uneven.heads = 3;
  CHECK_THROWS_AS(attention_products(uneven, good.view(), good.view(), good.view()), std::invalid_argument);
}
