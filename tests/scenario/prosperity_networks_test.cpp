// SPDX-License-Identifier: Apache-2.0
// Networks the golden data do not hold: attention, layernorm, odd shapes, random layers. Every run is checked against
// the golden model by the platform itself; here we look at what it compared and counted.
#include <catch2/catch.hpp>

#include <random>

#include "../support/network_builder.h"
#include "../support/shared.h"
#include "prosperity_report.h"

using namespace snnvp;
using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string pu = "platform.blocks.pu.params.";
const char* const timings[] = {"paper", "tile"};

/// Runs a network and expects every result compared and right.
json run_checked(const NetworkBuilder& network, const std::vector<std::string>& overrides) {
  const ScratchFolder scratch;
  const json report = run_prosperity(network.write(scratch), overrides);
  CHECK(report.at("status") == "ok");
  CHECK(report.at("check").at("mismatches") == 0);
  CHECK(report.at("check").at("compared") == network.compared());
  return report;
}

void run_in_both_timings(const NetworkBuilder& network, std::vector<std::string> overrides = {}) {
  overrides.emplace_back();
  for (const char* timing : timings) {
    overrides.back() = pu + "timing=" + timing;
    INFO(timing);
    run_checked(network, overrides);
  }
}

/// A layer whose spikes stay in the buffer for the one behind it.
NetworkBuilder buffered() {
  NetworkBuilder network;
  network.fc("fc_first", 1, 1, 8, 8).lif("lif_first", 8, 1);
  return network;
}

std::uint64_t stat(const json& report, const char* name) {
  const json& value = block_of(report, "pu").at("stats").at(name);
  return value.is_null() ? 0 : value.get<std::uint64_t>();
}

}  // namespace

TEST_CASE("prosperity.P12 attention runs take the cycles and traffic of the reference") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv golden(shared + "/golden/prosperity/attention_synthetic.csv");
  const auto cases = read_attention_cases(shared + "/spikes/synthetic_attention");
  std::size_t compared = 0;
  for (const auto& row : golden.rows()) {
    if (row["attention_type"] == "layernorm") continue;
    for (const AttentionLayer& layer : cases) {
      if (layer.name != row["case"]) continue;
      const bool in_buffer = row["spike_stored_in_buffer"] == "True";
      INFO(row["case"] << (in_buffer ? " with its spikes in the buffer" : ""));
      NetworkBuilder network = in_buffer ? buffered() : NetworkBuilder();
      network.attention(layer);
      const json report = run_checked(network, {pu + "timing=paper"});
      const json& attention = report.at("layers").back();
      CHECK(attention.at("total_cycles") == row.number("total_cycles"));
      CHECK(attention.at("contribution_cycles") == row.number("total_cycles"));
      CHECK(attention.at("dram_bits") == row.number("dram_read_bits") + row.number("dram_write_bits"));
      if (!in_buffer)
        for (const auto& [name, column] :
             {std::pair{"dram_read_bits", "dram_read_bits"}, std::pair{"dram_write_bits", "dram_write_bits"},
              std::pair{"g_act_read_bits", "g_act_read_bits"}, std::pair{"g_act_write_bits", "g_act_write_bits"},
              std::pair{"g_wgt_read_bits", "g_wgt_read_bits"}, std::pair{"g_wgt_write_bits", "g_wgt_write_bits"},
              std::pair{"adds", "num_ops"}})
          CHECK(stat(report, name) == row.number(column));
      run_checked(network, {pu + "timing=tile"});
      ++compared;
    }
  }
  CHECK(compared == 10);
}

TEST_CASE("prosperity.P12 layernorm runs take the cycles and traffic of the reference") {
  SNNVP_NEEDS_SHARED(shared);
  const GoldenCsv golden(shared + "/golden/prosperity/attention_synthetic.csv");
  std::size_t compared = 0;
  for (const auto& row : golden.rows()) {
    if (row["attention_type"] != "layernorm") continue;
    const std::uint64_t T = row.number("T"), L = row.number("L"), D = row.number("D");
    NetworkBuilder network;
    network.fc("fc", T, L, 8, D).layernorm("norm", T * L, D).lif("lif", L * D, T);
    const json report = run_checked(network, {pu + "timing=paper"});
    CHECK(layer_of(report, "norm").at("total_cycles") == row.number("total_cycles"));
    CHECK(layer_of(report, "norm").at("dram_bits") == row.number("dram_read_bits") + row.number("dram_write_bits"));
    run_checked(network, {pu + "timing=tile"});
    ++compared;
  }
  CHECK(compared == 3);
}

TEST_CASE("attention of every kind computes the golden values with a LIF behind it or not") {
  using Kind = AttentionGeometry::Kind;
  struct Shape {
    std::uint64_t T, L, D, heads;
  };
  // L above, below and equal to D / heads; odd sizes; more steps than a tile has rows.
  for (const Shape& s : {Shape{2, 40, 48, 3}, Shape{3, 7, 60, 2}, Shape{1, 16, 32, 2}, Shape{2, 33, 33, 1}})
    for (const Kind kind : {Kind::spikformer, Kind::spikebert, Kind::sdt, Kind::spikingbert})
      for (const bool with_lif : {false, true}) {
        INFO(kind_name(kind) << " T " << s.T << " L " << s.L << " D " << s.D << " heads " << s.heads << (with_lif ? " with LIF" : ""));
        NetworkBuilder network;
        network.attention("attention", kind, s.T, s.L, s.D, s.heads);
        // Behind a mask there are no sums: its LIF is counted only.
        if (with_lif) network.lif("lif", s.L * s.D, s.T, kind != Kind::sdt);
        run_in_both_timings(network, {"workload.neuron.threshold=3"});
      }
}

TEST_CASE("a transformer block of fully connected and attention and layernorm layers is right in every tile size") {
  NetworkBuilder network;
  network.fc("qkv", 2, 20, 32, 96).layernorm("norm_1", 40, 96).lif("lif_1", 20 * 96, 2);
  network.attention("attention", AttentionGeometry::Kind::spikebert, 2, 20, 32, 4).lif("lif_2", 640, 2);
  network.fc("out", 2, 20, 32, 32).lif("lif_3", 640, 2);
  for (const char* tile : {"256,16", "16,4", "7,5", "64,128", "2048,16"}) {
    const std::string text = tile, m = text.substr(0, text.find(',')), k = text.substr(text.find(',') + 1);
    INFO("tile " << tile);
    run_in_both_timings(network, {pu + "tile_m=" + m, pu + "tile_k=" + k});
    run_in_both_timings(network, {pu + "tile_m=" + m, pu + "tile_k=" + k, pu + "sparsity=bit"});
  }
}

TEST_CASE("odd shapes are computed exactly in both timings") {
  NetworkBuilder network;
  network.conv("stride_two", 3, 5, 11, 17, 3, 2, 1).lif("lif_1", 36 * 17, 3);
  network.conv("kernel_one", 4, 19, 6, 9, 1, 1, 0).lif("lif_2", 36 * 9, 4);
  network.conv("stride_over_kernel", 2, 3, 13, 4, 2, 3, 0).lif("lif_3", 16 * 4, 2);
  network.conv("large_kernel", 2, 2, 9, 5, 7, 1, 3).lif("lif_4", 81 * 5, 2);
  network.conv("one_pixel", 5, 3, 1, 3, 1, 1, 0).lif("lif_5", 3, 5);
  network.fc("narrow", 5, 1, 3, 2, 0.5).lif("lif_6", 2, 5);
  network.fc("sequence", 3, 17, 21, 130).lif("lif_7", 17 * 130, 3);
  network.fc("long_time", 300, 1, 20, 140).lif("lif_8", 140, 300);
  network.fc("one", 1, 1, 1, 1, 1.0).lif("lif_9", 1, 1);
  network.fc("silent", 4, 1, 40, 12, 0.0).lif("lif_10", 12, 4);
  network.fc("full", 4, 1, 40, 12, 1.0).lif("lif_11", 12, 4);
  for (const char* tile_m : {"256", "7", "64", "1"}) {
    INFO("tile_m " << tile_m);
    run_in_both_timings(network, {pu + "tile_m=" + tile_m});
  }
  for (const char* tile_n : {"1", "16", "1000"}) run_in_both_timings(network, {pu + "tile_n=" + tile_n});
  for (const char* other : {"sparsity=bit", "sparsity=dense", "issue=tree"}) run_in_both_timings(network, {pu + other});
  run_checked(network, {pu + "timing=tile", pu + "reuse_detection=true"});
  run_checked(network, {pu + "timing=tile", pu + "prefetch_tiles=2", pu + "dram_bits_per_cycle=8"});
}

TEST_CASE("every tile width from 1 to 128 columns computes the same") {
  NetworkBuilder network;
  network.conv("conv", 3, 15, 7, 20, 3, 1, 1).lif("lif", 49 * 20, 3).fc("fc", 3, 2, 150, 30);
  for (const char* tile_k : {"1", "3", "4", "8", "15", "16", "17", "31", "32", "33", "63", "64", "65", "100", "127", "128"}) {
    INFO("tile_k " << tile_k);
    run_checked(network, {pu + "timing=tile", pu + "tile_k=" + tile_k});
  }
}

TEST_CASE("stored sums are timed and counted and equal") {
  NetworkBuilder network;
  network.conv("conv", 2, 4, 6, 8, 3, 1, 1)
      .lif("lif_1", 36 * 8, 2)
      .attention("attention", AttentionGeometry::Kind::spikformer, 2, 10, 12, 2);
  network.fc("fc", 3, 1, 50, 40);
  const std::uint64_t sums = 2 * 36 * 8 + 2 * 10 * 12 + 3 * 40;
  const json untimed = run_checked(network, {pu + "timing=tile"}),
             timed = run_checked(network, {pu + "timing=tile", "workload.store_sums=true"});
  CHECK(stat(timed, "bus_write_bytes") == stat(untimed, "bus_write_bytes") + 4 * sums);
  CHECK(timed.at("totals").at("cycles") > untimed.at("totals").at("cycles"));
  // What the reference counts as DRAM traffic stays what it is.
  CHECK(timed.at("totals").at("dram_bits") == untimed.at("totals").at("dram_bits"));
  const json paper = run_checked(network, {pu + "timing=paper", "workload.store_sums=true"});
  CHECK(paper.at("totals").at("cycles") == run_checked(network, {pu + "timing=paper"}).at("totals").at("cycles"));
}

TEST_CASE("neurons of every kind behind a layer equal the golden model") {
  NetworkBuilder network;
  network.conv("conv", 6, 4, 6, 12, 3, 1, 1, 0.4).lif("lif_1", 36 * 12, 6).fc("fc", 6, 3, 40, 20, 0.4).lif("lif_2", 60, 6);
  for (const char* neuron : {"{threshold: 20, reset: subtract}", "{threshold: 200, leak: mult, leak_value: 50000}",
                             "{threshold: 5, leak: sub, leak_value: 3, width: 7}", "{threshold: -10, width: 32}"}) {
    INFO(neuron);
    run_in_both_timings(network, {std::string("workload.neuron=") + neuron});
  }
}

TEST_CASE("random small networks equal the golden model") {
  std::mt19937 random(42);
  const auto between = [&random](unsigned low, unsigned high) { return low + random() % (high - low + 1); };
  for (int round = 0; round < 60; ++round) {
    NetworkBuilder network;
    for (unsigned i = 0, layers = between(1, 3); i < layers; ++i) {
      const std::string number = std::to_string(i);
      const unsigned T = between(1, 9);
      const double density = between(0, 100) / 100.0;
      if (random() % 2) {
        const unsigned kernel = between(1, 4), H = between(kernel, 10), stride = between(1, 3), padding = between(0, kernel - 1),
                       N = between(1, 40);
        network.conv("conv_" + number, T, between(1, 12), H, N, kernel, stride, padding, density);
        const std::uint64_t side = (H + 2 * padding - kernel) / stride + 1;
        if (random() % 2) network.lif("lif_" + number, side * side * N, T);
      } else {
        const unsigned L = between(1, 12), N = between(1, 200);
        network.fc("fc_" + number, T, L, between(1, 120), N, density);
        if (random() % 2) network.lif("lif_" + number, std::uint64_t{L} * N, T);
      }
    }
    const unsigned tile_k = between(1, 128), tile_m = between(1, std::min(2048U, 32768 / tile_k));
    INFO("round " << round << ", tile " << tile_m << " x " << tile_k);
    run_checked(network, {pu + "tile_m=" + std::to_string(tile_m), pu + "tile_k=" + std::to_string(tile_k),
                          pu + "tile_n=" + std::to_string(between(1, 150)), pu + "timing=" + timings[random() % 2],
                          pu + "sparsity=" + (random() % 4 == 0 ? "bit" : "product"),
                          "workload.store_sums=" + std::string(random() % 3 ? "false" : "true"),
                          "workload.neuron.threshold=" + std::to_string(between(0, 100))});
  }
}

TEST_CASE("a LIF that no layer feeds is counted with its whole time and computes nothing") {
  // 64 neurons behind a LIF, and behind a spike-driven attention that leaves no sums (spec/prosperity.md 5.3).
  const NetworkBuilder twice = NetworkBuilder().fc("fc", 2, 1, 40, 64).lif("lif_a", 64, 2).lif("lif_b", 64, 2, false);
  run_in_both_timings(twice);
  const json report = run_checked(twice, {pu + "timing=paper"});
  CHECK(layer_of(report, "lif_b").at("contribution_cycles") == 2 * 2 * 2);
  CHECK(layer_of(report, "lif_b").at("contribution_cycles") == layer_of(report, "lif_b").at("total_cycles"));
  run_in_both_timings(
      NetworkBuilder().fc("fc", 2, 1, 40, 64).attention("sdt", AttentionGeometry::Kind::sdt, 2, 4, 32, 2).lif("lif", 128, 2, false));
}

TEST_CASE("prosperity.P12 a layernorm without fitting sums is counted as the reference counts it") {
  NetworkBuilder network;
  network.fc("fc", 2, 1, 40, 64).layernorm("norm", 4 * 128, 768);
  const ScratchFolder scratch;
  const json report = run_prosperity(network.write(scratch), {pu + "timing=paper"});
  CHECK(report.at("status") == "ok");
  CHECK(report.at("check").at("compared") == 2 * 64);
  CHECK(layer_of(report, "norm").at("total_cycles") == 15872);
  CHECK(layer_of(report, "norm").at("dram_bits") == 2 * 3145728);
}

TEST_CASE("a LIF behind a layernorm with another neuron count keeps the time steps of its layer") {
  NetworkBuilder network;
  network.fc("fc", 2, 1, 40, 64).layernorm("norm", 2, 64).lif("lif", 64000, 2, false);
  const json report = run_checked(network, {pu + "timing=paper"});
  CHECK(layer_of(report, "lif").at("compute_cycles") == 8000);
  CHECK(layer_of(report, "lif").at("dram_bits") == 128000);
}

TEST_CASE("padding beyond the kernel and images that are not square run like any other") {
  run_in_both_timings(NetworkBuilder().conv("conv", 2, 3, 5, 4, 1, 1, 1).lif("lif", 4 * 7 * 7, 2));
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 2, g.C = 3, g.H = 8, g.W = 6, g.N = 4, g.kernel = 3, g.padding = 1;
  run_in_both_timings(NetworkBuilder().layer("conv", g, 0.3));
}
