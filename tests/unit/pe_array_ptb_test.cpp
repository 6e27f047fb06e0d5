// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/ptb.h>

#include <map>

#include <snnvp/models/pe_array/line_pairing.h>
#include <snnvp/workloads/formats/manifest.h>
#include <catch2/catch.hpp>

#include "../support/golden_csv.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::pe_array;
using snnvp::test::GoldenCsv;

namespace {

using Tags = std::vector<std::uint64_t>;

std::uint64_t slots(const Tags& tags, std::uint32_t depth) { return LinePairing(8, depth).pair(tags).slots(); }

constexpr std::uint32_t adjacent = 1;

}  // namespace

TEST_CASE("spikex.S3 pairing of lines gives the slots of the examples") {
  const Tags first{0x0F, 0x03, 0xF0, 0x0C, 0xFF, 0x00, 0x40, 0x80, 0x0F};
  CHECK(slots(first, LinePairing::unlimited) == 5);
  CHECK(slots(first, adjacent) == 5);
  const PairedLines paired = LinePairing(8, LinePairing::unlimited).pair(first);
  CHECK(paired.lines == 8);
  CHECK(paired.bursting == 1);
  CHECK(paired.pairs == 3);
  CHECK(slots({0x0F, 0x0F, 0xF0, 0xF0}, LinePairing::unlimited) == 2);
  CHECK(slots({0x0F, 0x0F, 0xF0, 0xF0}, adjacent) == 3);
  CHECK(slots({0x01, 0x03, 0x05, 0xF8, 0x06, 0xF0, 0x02}, LinePairing::unlimited) == 4);
  CHECK(slots({0x01, 0x03, 0x05, 0xF8, 0x06, 0xF0, 0x02}, adjacent) == 5);
  CHECK(slots({}, LinePairing::unlimited) == 0);
}

TEST_CASE("spikex.S3 both ways of pairing without a limit agree") {
  Tags tags;
  std::uint64_t state = 1;
  for (int round = 0; round < 200; ++round) {
    tags.clear();
    for (int i = 0; i < 3 + round; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      tags.push_back((state >> 40) & (state >> 50) & 0xFF);
    }
    CHECK(slots(tags, LinePairing::unlimited) == slots(tags, 1000));
  }
}

TEST_CASE(
    "spikex.S3 faithful and pipeline cycles follow their formulas on a "
    "small layer") {
  GemmGeometry g;
  g.T = 16, g.C = 4, g.N = 20;
  SpikeTensor spikes("TC", {16, 4});
  for (std::uint64_t t = 0; t < 16; ++t) spikes.set(t * 4);  // bursting in both groups of windows
  spikes.set(0 * 4 + 1),
      spikes.set(2 * 4 + 2);  // disjoint lines of the first group
  const LayerMap layer(g);
  Config config;
  config.rows = 16, config.cols = 4, config.tws = 2, config.dispatch = Dispatch::ptb_lines;
  const TagPyramid tags(layer, spikes.view(), 2, 8);
  const PtbLines faithful = ptb_lines(config, layer, tags);
  CHECK(faithful.tiles == 2);
  CHECK(faithful.lines == 4);
  CHECK(faithful.bursting == 2);
  CHECK(faithful.slots == 3);
  CHECK(faithful.compute == 2 * ((2 * 2 + 15 + 3) + (1 * 2 + 15 + 3)) + 4 * 2);
  config.ptb_variant = PtbVariant::pipeline;
  // Two groups of outputs, 16 and 4 wide; full tiles of 4 windows of 2 points.
  CHECK(ptb_lines(config, layer, tags).compute == (2 + 16 + 8) + (2 + 4 + 8) + (1 + 16 + 8) + (1 + 4 + 8));
}

TEST_CASE("spikex.S3 prosperity_compat equals the table of recorded layers") {
  SNNVP_NEEDS_SHARED(dir);
  struct Row {
    const char *network, *layer;
    std::uint64_t lines, bursting, length, compute, total;
  };
  const Row rows[] = {{"lenet5_mnist", "conv2d_1", 7893, 6154, 7893, 36180, 36181},
                      {"vgg9_cifar10", "conv2d_1", 57969, 101, 29709, 508112, 508113},
                      {"vgg9_cifar10", "conv2d_2", 16403, 36, 8464, 279040, 279041},
                      {"vgg9_cifar10", "conv2d_3", 30621, 36, 15430, 501952, 501953},
                      {"vgg9_cifar10", "conv2d_4", 7924, 28, 4166, 268672, 268673},
                      {"vgg9_cifar10", "conv2d_5", 12163, 7, 6089, 391744, 391745},
                      {"alexnet_cifar10_loas", "conv2d_1", 1900, 0, 991, 49616, 49617},
                      {"alexnet_cifar10_loas", "conv2d_2", 5042, 0, 2534, 245312, 245313},
                      {"alexnet_cifar10_loas", "conv2d_3", 21802, 140, 11084, 711424, 711425},
                      {"alexnet_cifar10_loas", "conv2d_4", 14061, 179, 7240, 465408, 465409}};
  std::map<std::string, SpikeNetwork> networks;
  for (const Row& row : rows) {
    INFO(row.network << ' ' << row.layer);
    if (networks.count(row.network) == 0) networks.emplace(row.network, read_spike_network(dir + "/spikes/" + row.network));
    const SpikeLayer& recorded = *networks.at(row.network).layer(row.layer);
    const PtbCompat run = ptb_compat(recorded.geometry, recorded.spikes.view());
    CHECK(run.lines == row.lines);
    CHECK(run.bursting == row.bursting);
    CHECK(run.length == row.length);
    CHECK(run.compute == row.compute);
    CHECK(run.total() == row.total);
  }
}

TEST_CASE("prosperity.P11 prosperity_compat equals every PTB row of the reference") {
  SNNVP_NEEDS_SHARED(dir);
  const GoldenCsv golden(dir + "/golden/prosperity/baseline_layers.csv"), totals(dir + "/golden/prosperity/baseline_totals.csv");
  std::map<std::string, SpikeNetwork> networks;
  std::map<std::string, Cycles> sums;
  std::size_t compared = 0;
  for (const GoldenCsv::Row& row : golden.rows()) {
    if (row["accelerator"] != "PTB") continue;
    const std::string name = row["network"];
    INFO(name << ' ' << row["layer"]);
    ++compared;
    if (row["op_type"] == "lif") {
      const Cycles cycles = ptb_compat_lif(row.number("C_out"), row.number("T"));
      CHECK(cycles == row.number("total_cycles"));
      sums[name] += cycles;
      continue;
    }
    if (networks.count(name) == 0) networks.emplace(name, read_spike_network(dir + "/spikes/" + name));
    const SpikeLayer& recorded = *networks.at(name).layer(row["layer"]);
    REQUIRE(ptb_compat_problem(recorded.geometry).empty());
    const PtbCompat run = ptb_compat(recorded.geometry, recorded.spikes.view());
    CHECK(run.compute == row.number("compute_cycles"));
    CHECK(run.stall == row.number("mem_stall_cycles"));
    CHECK(run.total() == row.number("total_cycles"));
    CHECK(run.dram_read == row.number("dram_read_bits_modelled"));
    CHECK(run.dram_write == row.number("dram_write_bits_modelled"));
    sums[name] += run.total();
  }
  CHECK(compared == 26);
  for (const GoldenCsv::Row& row : totals.rows())
    if (row["accelerator"] == "PTB") CHECK(sums.at(row["network"]) == row.number("total_cycles"));
}

TEST_CASE("spikex.S3 prosperity_compat says which layers it cannot run") {
  GemmGeometry g;
  g.T = 2, g.C = 8, g.N = 8;
  CHECK(ptb_compat_problem(g).find("at least 4 time steps") != std::string::npos);
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 4, g.H = g.W = 2;
  CHECK(ptb_compat_problem(g).find("4 rows") != std::string::npos);
  g.T = 8;
  CHECK(ptb_compat_problem(g).empty());
}
