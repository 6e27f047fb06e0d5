// SPDX-License-Identifier: Apache-2.0
// Closed forms of the stack (spec/stack3d.md 5.1), its links (5.4) and the period of its pipelines (5.2).
#include <catch2/catch.hpp>

#include <snnvp/models/stack3d/paper_timing.h>
#include <snnvp/models/stack3d/tile_pipeline.h>

using namespace snnvp;
using namespace snnvp::stack3d;

namespace {

constexpr std::uint64_t hz = 500'000'000;

TransformerGeometry network(double keep = 1) {
  TransformerGeometry g;
  g.T = 4, g.tokens = 64, g.D = 384, g.heads = 8, g.scale_shift = 3, g.experts = 4, g.top_k = 1, g.hidden = 384;
  g.kept = static_cast<std::uint64_t>(8 * keep);
  return g;
}

}  // namespace

TEST_CASE("stack3d.T1 with a preset the access latency is that of one die times the preset's factor") {
  Config planar;
  planar.variant = Variant::planar;
  const double access_2d = Links(planar, hz).access_ns();
  CHECK(access_2d == Approx(2.66 + 0.0866).epsilon(1e-4));
  for (const auto& [name, factor] : {std::pair("f2f_iccad24_mlp", 0.32), std::pair("f2f_iccad24_ssa", 0.26)}) {
    Config stacked;
    stacked.preset = find_preset(name).value();
    CHECK(Links(stacked, hz).access_ns() / access_2d == Approx(factor).epsilon(1e-12));
  }
  // Without one only the shorter wire is left.
  CHECK(Links(Config(), hz).access_ns() == Approx(2.66 + 0.0612).epsilon(1e-4));
}

namespace {

/// Cycles of attention (scores and both modes) with half the heads, over those with all.
double half_over_all() {
  Config c;
  c.score_overlap = false;
  return static_cast<double>(mha_cycles(c, network(0.5)).attention()) / static_cast<double>(mha_cycles(c, network()).attention());
}

}  // namespace

TEST_CASE(
    "stack3d.T2 half the heads take 0.5385 of the energy of attention, as power times time, the paper without its kernel gain 0.542") {
  CHECK(half_over_all() == Approx(0.5385).margin(1e-3));
  CHECK(half_over_all() == Approx(0.4511 / 0.8318).margin(0.03));
}

TEST_CASE("stack3d.T3 half the heads take 10,752 of 19,968 cycles of attention when the scores are not hidden") {
  Config c;
  c.score_overlap = false;
  CHECK(mha_cycles(c, network()).attention() == 19'968);
  CHECK(mha_cycles(c, network(0.5)).attention() == 10'752);
  CHECK(half_over_all() / 1.065 == Approx(0.5136).margin(0.03));  // the paper, with its clock gain
  CHECK(half_over_all() == Approx(0.547).margin(0.03));           // the paper's part of D3
  // Two heads on four cores are one round, as four are: no time is gained below a half.
  CHECK(mha_cycles(c, network(0.25)).attention() == 10'752);
}

TEST_CASE("stack3d.T4 energy-delay product of stack and pruning") {
  const double edp = half_over_all() * half_over_all() * 0.8318 / 1.065;
  CHECK(edp == Approx(0.2265).margin(5e-5));
  CHECK(edp == Approx(0.2317).margin(0.01));  // the paper
}

TEST_CASE("stack3d.T3b the whole kernel gains less, because Q is projected for every head") {
  const Cycles all = mha_cycles(Config(), network()).total(), half = mha_cycles(Config(), network(0.5)).total();
  CHECK(all == 139'392);
  CHECK(half == 89'664);
  CHECK(static_cast<double>(half) / static_cast<double>(all) == Approx(0.643).margin(5e-4));
}

TEST_CASE("stack3d.T6 rounds of eight heads on four cores") {
  for (const auto& [keep, rounds] : {std::pair(1.0, 2U), std::pair(0.5, 1U), std::pair(0.25, 1U), std::pair(0.75, 2U)})
    CHECK(mha_cycles(Config(), network(keep)).rounds == rounds);
}

TEST_CASE("stack3d.T9 cycles of the closed forms at the defaults") {
  const Config c;
  const TransformerGeometry g = network();
  CHECK(linear_cycles(c, 256, 384, 48) == 19'872);
  CHECK(mode_cycles(c, 4, 64, 48) == 4'992);
  CHECK(moe_cycles(c, g, {16, 16, 16, 16}).total() == 80'080);
  CHECK(moe_cycles(c, g, {16, 16, 16, 16}).route == 400);
  CHECK(moe_cycles(c, g, {16, 16, 16, 16}).merge == 192);
  CHECK(moe_cycles(c, g, {40, 8, 8, 8}).total() == 199'312);
  CHECK(moe_cycles(c, g, {64, 0, 0, 0}).total() == 318'544);
  CHECK(split_linear_cycles(c, 256, 384, 1536) + split_linear_cycles(c, 256, 1536, 384) == 309'312);
  CHECK(weight_excess(c, 4, 256, 384, 384) == 0);
}

TEST_CASE("fill that overlaps is paid once per layer, and weights that come late are waited for") {
  Config c;
  c.fill_overlap = true;
  CHECK(linear_cycles(c, 256, 384, 48) == 48 * 384 + 30);
  c = Config();
  c.dram_bits_per_cycle = 8;
  // 4 x 384 x 16 bytes at one byte a cycle against 4 x 414 cycles, 24 times
  CHECK(weight_excess(c, 4, 64, 384, 384) == 24 * (24'576 - 1'656));
}

TEST_CASE("stack3d.T11 a narrow bond turns an array-bound tile into a bond-bound one") {
  const auto period = [](std::uint64_t width) {
    Config c;
    c.width_weight = width;
    return linear_tile(c, Links(c, hz), 384, c.psum_bits).period();
  };
  CHECK(period(128) == 414);
  CHECK(period(64) == 768);
  CHECK(period(32) == 1'536);
}

TEST_CASE("stack3d.T12 bond sites that the default links take, and their area at 1 and 9 um") {
  Config c;
  CHECK(Links(c, hz).bits_per_cycle() == 4 * 400);
  CHECK(Links(c, hz).sites_required() == 3'200);
  CHECK(Links(c, hz).bond_area_mm2() == Approx(0.0032));
  c.field.pitch_um = 9;
  CHECK(Links(c, hz).bond_area_mm2() == Approx(0.259).margin(5e-4));
  CHECK(Links(c, hz).sites_available() == 18'518);
}

TEST_CASE("an enforced limit narrows each link in proportion, a field that is too small never closes one") {
  Config c;
  c.limit = bond::Limit::enforce;
  c.field.pitch_um = 10;
  c.field.overlap_mm2 = 0.16;  // 1,600 sites, 800 bits for 1,600
  const Links half(c, hz);
  CHECK(half.widths().weight == 64);
  CHECK(half.widths().spike == 8);
  CHECK(half.widths().psum == 128);
  c.field.overlap_mm2 = 1e-3;
  CHECK(Links(c, hz).widths().spike == 1);
  c.variant = Variant::planar;
  CHECK(Links(c, hz).widths().weight == 128);
}

TEST_CASE("a partition sends over the bond what it splits, the rest over wires") {
  Config c;
  for (const auto& [partition, bits] :
       {std::pair(Partition::both, 30U), std::pair(Partition::logic_on_logic, 10U), std::pair(Partition::memory_on_logic, 20U)}) {
    c.partition = partition;
    CHECK(Links(c, hz).events(12, 8, 10).bond_bit == bits);
  }
  c.variant = Variant::planar;
  CHECK(Links(c, hz).events(12, 8, 10).bond_bit == 0);
  CHECK(Links(c, hz).events(12, 8, 10).link_bit_um == Approx(30 * 866.025).margin(1));
}

TEST_CASE("bond energy follows a power law through 0.01 pJ at 1 um and 0.05 pJ at 9 um") {
  CHECK(bond::energy_pj_per_bit(1) == Approx(0.01));
  CHECK(bond::energy_pj_per_bit(9) == Approx(0.05));
  CHECK(bond::energy_pj_per_bit(3) == Approx(0.01 * 2.2360679));
}

TEST_CASE("a core's pipeline takes its longest stage per tile, the others once") {
  const Config c;
  const Links links(c, hz);
  CorePipelines cores(c, links);
  const TileTimes t = linear_tile(c, links, 384, 16);
  CHECK(t.in == 384);
  CHECK(t.compute == 414);
  CHECK(t.up == 16);
  CHECK(t.fire == 16);
  cores.begin(2, 100, 50);
  Cycles end = 0;
  for (int i = 0; i < 10; ++i) end = cores.tile(2, t);
  CHECK(end == 100 + 384 + links.in_latency() + 10 * 414 + 16 + links.sum_latency() + 16 + t.back);
  CHECK(cores.end() == end);
  // Two sets of weights fit: the third may be asked for when the first has been read.
  CHECK(cores.buffer_free(2) == 0);
  cores.free_weights(2, 2);
  CHECK(cores.buffer_free(2) == 0);
  cores.begin(2, 0, 0);
  cores.tile(2, t);
  const Cycles first_read = cores.buffer_free(2);
  CHECK(first_read == 0);
  cores.free_weights(2, 2);
  CHECK(cores.buffer_free(2) > 100 + 8 * 414);
  CHECK(cores.buffer_free(2) < end);
}
