// SPDX-License-Identifier: Apache-2.0
#include "pricing_fixture.h"

#include <cmath>

#include <snnvp/platform/report/event_key.h>

using namespace snnvp;
using test::activity;
using test::Bench;
using test::price_of;
using test::technology;

namespace {

double dram_price(const std::string& device, const std::string& key, const std::string& section = "{}") {
  Bench bench(section);
  bench.add("dram", {key}).device = device;
  return bench.price({0, {activity("dram", {{key, 1}})}}).dynamic_j * 1e12;
}

double standby_mw(const std::string& device, std::map<std::string, std::uint64_t> events, const std::string& section = "{}") {
  Bench bench(section);
  BlockDeclaration& dram = bench.add("dram", {"dram_rd_bit", "dram_act", "dram_ref"});
  dram.device = device;
  dram.channels = 2;
  return bench.price({1, {activity("dram", std::move(events))}}).static_j * 1e3;
}

double with_device(const std::string& key, const std::string& device, double gts = 16) {
  Bench bench;
  BlockDeclaration& block = bench.add("x", {key});
  block.device = device;
  block.lane_gts = gts;
  return bench.price({0, {activity("x", {{key, 1}})}}).dynamic_j * 1e12;
}

}  // namespace

TEST_CASE("energy.E3 multiply-accumulate and spike accumulate are sums of their parts", "[energy]") {
  CHECK(0.100 + 0.052 + 48 * 0.0045 == Approx(0.368));
  CHECK(price_of("mac.8.32") == Approx(0.368).epsilon(0.02));
  CHECK(0.027 + 16 * 0.0045 == Approx(0.099));
  CHECK(price_of("spike_acc.8.16") == Approx(0.099).epsilon(0.02));
  CHECK(price_of("mac.8.16") == Approx(0.100 + 0.027 + 32 * 0.0045).epsilon(1e-12));
  CHECK(price_of("spike_acc.8.32") == Approx(0.052 + 32 * 0.0045).epsilon(1e-12));
}

TEST_CASE("energy.E12 tabulated operations agree with Bishop's power per element and cycle", "[energy]") {
  const auto per_cycle = [](const char* power, double elements) {
    return technology().constant(std::string("platforms.snn_accelerators.bishop_isca25.") + power).value / elements / 500e6 * 1e9;
  };
  CHECK(per_cycle("dense_512_pe_mW", 512) == Approx(0.961).epsilon(0.001));
  CHECK(per_cycle("attention_512_pe_mW", 512) == Approx(0.947).epsilon(0.001));
  CHECK(per_cycle("spike_generator_512_mW", 512) == Approx(0.0707).epsilon(0.001));
  CHECK(per_cycle("sparse_128_units_mW", 128) == Approx(1.128).epsilon(0.001));
  CHECK(10 * price_of("spike_acc.8.16") == Approx(per_cycle("dense_512_pe_mW", 512)).epsilon(0.1));
  CHECK(price_of("lif.16") == Approx(per_cycle("spike_generator_512_mW", 512)).epsilon(0.1));
}

TEST_CASE("energy.E13 published designs set the usual power densities", "[energy]") {
  const auto bishop = [](const char* field) {
    return technology().constant(std::string("platforms.snn_accelerators.bishop_isca25.") + field).value;
  };
  CHECK(bishop("sparse_128_units_mW") / bishop("sparse_mm2") == Approx(190).epsilon(0.01));
  CHECK(bishop("dense_512_pe_mW") / bishop("dense_mm2") == Approx(267).epsilon(0.01));
  CHECK(bishop("attention_512_pe_mW") / bishop("attention_mm2") == Approx(229).epsilon(0.01));
  CHECK(bishop("spike_generator_512_mW") / bishop("spike_generator_mm2") == Approx(201).epsilon(0.01));
  CHECK(bishop("glb_mW") / bishop("glb_mm2") == Approx(98).epsilon(0.01));
  CHECK(bishop("sparse_mm2") + bishop("dense_mm2") + bishop("attention_mm2") + bishop("spike_generator_mm2") + bishop("glb_mm2") ==
        Approx(2.945));
}

TEST_CASE("every tabulated key has the price of its path", "[energy]") {
  const std::pair<const char*, double> prices[] = {{"add.8", 0.0145},
                                                   {"add.16", 0.027},
                                                   {"add.32", 0.052},
                                                   {"mult.8", 0.10},
                                                   {"mult.16", 0.40},
                                                   {"mult.32", 1.6},
                                                   {"mac.8.32", 0.37},
                                                   {"fp_add.16", 0.20},
                                                   {"fp_add.32", 0.46},
                                                   {"fp_mult.16", 0.56},
                                                   {"fp_mult.32", 1.9},
                                                   {"lif.16", 0.075},
                                                   {"cmp.16", 0.009},
                                                   {"cmp.32", 0.017},
                                                   {"shift.16", 0.02},
                                                   {"mux_bit", 0.0006},
                                                   {"reg_bit", 0.0045},
                                                   {"and_pop_bit", 0.002},
                                                   {"tcam_bit", 0.0012},
                                                   {"link_bit_um", 5e-5},
                                                   {"bond_bit", 0.05},
                                                   {"ubump_bit", 0.15},
                                                   {"tsv_bit", 0.03},
                                                   {"tsv_fine_bit", 0.004},
                                                   {"switch_bit", 8.8},
                                                   {"d2d_bit", 0.5},
                                                   {"instr", 9},
                                                   {"sram_rd.32768.32", 4.261},
                                                   {"sram_wr.32768.32", 3.39},
                                                   {"router_clk.64.7.2", 0.301 * 1.5}};
  for (const auto& [key, pj] : prices) {
    INFO(key);
    CHECK(price_of(key) == Approx(pj).epsilon(1e-12));
  }
}

TEST_CASE("other widths follow the rules of their operation", "[energy]") {
  CHECK(price_of("add.12") == Approx((0.0145 + 0.027) / 2).epsilon(1e-12));
  CHECK(price_of("add.64") == Approx(2 * 0.052).epsilon(1e-12));
  CHECK(price_of("add.4") == Approx(0.0145 / 2).epsilon(1e-12));
  CHECK(price_of("cmp.8") == Approx(0.0045).epsilon(1e-12));
  CHECK(price_of("mult.12") == Approx(0.1 * std::pow(12.0 / 8, 2)).epsilon(1e-9));
  CHECK(price_of("mult.64") == Approx(6.4).epsilon(1e-12));
  CHECK(price_of("lif.8") == Approx(0.0375).epsilon(1e-12));

  const Ledger inside = test::price_events("{overheads: off}", {{"add.12", 1}}),
               outside = test::price_events("{overheads: off}", {{"add.64", 1}});
  CHECK_FALSE(inside.rows[0].is_extrapolated);
  CHECK(outside.rows[0].is_extrapolated);
}

TEST_CASE("overheads add rows for clock and control and wire to datapath energy only", "[energy]") {
  const Ledger ledger = test::price_events("{}", {{"add.16", 1000}, {"reg_bit", 1000}, {"sram_rd.8192.32", 10}});
  const double datapath = 1000 * 0.027e-12;
  CHECK(ledger.by_event.at("overhead.clock") == Approx(0.25 * datapath).epsilon(1e-12));
  CHECK(ledger.by_event.at("overhead.control") == Approx(0.10 * datapath).epsilon(1e-12));
  CHECK(ledger.by_event.at("overhead.wire") == Approx(0.10 * datapath).epsilon(1e-12));
  CHECK(test::price_events("{}", {{"reg_bit", 1000}}).by_event.size() == 1);
}

TEST_CASE("voltage scales logic quadratically and leaves memories alone", "[energy]") {
  CHECK(price_of("add.16", "{overheads: off, vdd: 0.6 V}") == Approx(0.027 * 0.6 * 0.6 / 0.9 / 0.9).epsilon(1e-12));
  CHECK(dram_price("ddr4_2400r", "dram_act", "{vdd: 0.6 V}") == dram_price("ddr4_2400r", "dram_act"));
  CHECK(price_of("add.16", "{overheads: off, node_nm: 7}") == Approx(0.027 * 0.2).epsilon(1e-12));
}

TEST_CASE("a block may stand at another node than the platform", "[energy]") {
  Bench bench("{overheads: off}");
  bench.add("a", {"add.16"}).node_nm = 22;
  bench.add("b", {"add.16"});
  const Ledger ledger = bench.price({0, {activity("a", {{"add.16", 1000}}), activity("b", {{"add.16", 1000}})}});
  CHECK(ledger.by_block.at("a").total_j / ledger.by_block.at("b").total_j == Approx(0.477).epsilon(1e-9));
}

TEST_CASE("idle flops cost nothing when they are clock gated", "[energy]") {
  CHECK(price_of("reg_bit_idle") == 0);
  Bench bench;
  bench.add("b", {"reg_bit_idle"}).clock_gated = false;
  CHECK(bench.price({0, {activity("b", {{"reg_bit_idle", 1000}})}}).dynamic_j == Approx(0.8e-12));
}

TEST_CASE("DRAM events are priced by device", "[energy]") {
  CHECK(dram_price("ddr4_2400r", "dram_act") == Approx(3450));
  CHECK(dram_price("ddr4_2400r", "dram_rd_bit") == Approx(5.73 + 5 + 1));
  CHECK(dram_price("ddr4_3200aa", "dram_wr_bit") == Approx(4.63 + 5 + 1));
  CHECK(dram_price("ddr4_2133p", "dram_ref") == Approx(709e3));
  CHECK(dram_price("lpddr4_3200", "dram_rd_bit") == Approx(5.26 + 3.21 + 1));
  CHECK(dram_price("hbm2_2000", "dram_rd_bit") == Approx(2.54 + 1));
  CHECK(dram_price("hbm2_2000", "dram_act") == Approx(909));
  CHECK(dram_price("hbm2_2000", "dram_ref") == 0);
  CHECK(dram_price("lpddr5_6400", "dram_rd_bit") == Approx(5.0));
  CHECK(dram_price("hbm3_6400", "dram_wr_bit") == Approx(3.9));
  CHECK(dram_price("ddr4_2400r", "dram_wr_bit", "{dram_mode: const}") == Approx(12.45));
  CHECK(dram_price("ddr4_2400r", "dram_act", "{dram_mode: const}") == 0);
}

TEST_CASE("DRAM standby is charged over elapsed time by channel", "[energy]") {
  CHECK(standby_mw("ddr4_2400r", {{"dram_rd_bit", 8}}) == Approx(2 * 413));
  CHECK(standby_mw("ddr4_2400r", {}) == Approx(2 * 326));
  CHECK(standby_mw("lpddr4_3200", {{"dram_act", 1}}) == Approx(2 * 37));
  CHECK(standby_mw("hbm2_2000", {{"dram_act", 1}}) == Approx(2 * 80));
  CHECK(standby_mw("ddr4_2400r", {{"dram_rd_bit", 8}}, "{dram_mode: const}") == 0);
}

TEST_CASE("a memory without a device is priced as the default device and says so", "[energy]") {
  Bench bench;
  bench.add("dram", {"dram_rd_bit"}).device = "ideal";
  const Ledger ledger = bench.price({0, {activity("dram", {{"dram_rd_bit", 1}})}});
  CHECK(ledger.dynamic_j * 1e12 == Approx(5.73 + 5 + 1));
  REQUIRE_FALSE(ledger.notes.empty());
  CHECK(ledger.notes.back() == "dram: the memory 'ideal' names no device and is priced as ddr4_2400r.");
  CHECK(dram_price("ddr4_2133", "dram_act") == dram_price("ddr4_2133p", "dram_act"));
}

TEST_CASE("links and switches are priced by technology and rate", "[energy]") {
  CHECK(with_device("d2d_bit", "ucie_s") == Approx(0.5));
  CHECK(with_device("d2d_bit", "ucie_s", 32) == Approx(0.6));
  CHECK(with_device("d2d_bit", "ucie_a", 24) == Approx(0.3));
  CHECK(with_device("d2d_bit", "aib2") == Approx(0.5));
  CHECK(with_device("d2d_bit", "pcie5") == Approx(6));
  CHECK(with_device("switch_bit", "tomahawk4") == Approx(17.8));
  Bench bench;
  bench.add("x", {"bond_bit"}).bond_pitch_um = 1;
  CHECK(bench.price({0, {activity("x", {{"bond_bit", 1}})}}).dynamic_j * 1e12 == Approx(0.01));
}

TEST_CASE("a router that is not tabulated is taken from its neighbours and flagged", "[energy]") {
  CHECK(price_of("flit_xbar.96.5.2", "{noc_multiplier: off}") == Approx((0.4338 + 0.8587) / 2).epsilon(1e-9));
  CHECK(price_of("flit_xbar.512.5.2", "{noc_multiplier: off}") == Approx(2 * 1.709).epsilon(1e-9));
  CHECK(price_of("flit_xbar.64.6.2", "{noc_multiplier: off}") > 0);
  const Ledger ledger = test::price_events("{}", {{"flit_xbar.64.9.8", 1}});
  CHECK(ledger.rows.at(0).is_extrapolated);
}

TEST_CASE("power gating shortens leakage to the busy time", "[energy]") {
  const auto leakage = [](bool gated) {
    Bench bench;
    BlockDeclaration& block = bench.add("ram", {});
    block.macros = {{"array", 32768, 32, 4}};
    block.power_gated_when_idle = gated;
    block.units = {"port"};
    BlockActivity quarter = activity("ram", {});
    quarter.units["port"] = {250, 1000};
    return bench.price({1.0, {quarter}}).static_j;
  };
  CHECK(leakage(true) == Approx(leakage(false) / 4));
  CHECK(leakage(false) == Approx(4 * 34.46e-6).epsilon(1e-3));
}

TEST_CASE("prices may be overridden by path and given for keys of one's own", "[energy]") {
  const std::string fields = "{value: 2.0, unit: pJ, lo: 1.0, hi: 4.0, status: guess, source: a test}";
  CHECK(price_of("add.16", "{overheads: off, prices: {arithmetic.ops_28nm.add_16b: " + fields + "}}") == Approx(2));
  CHECK(price_of("custom.thing", "{prices: {custom.thing: " + fields + "}}") == Approx(2));
  const Ledger ledger = test::price_events("{prices: {custom.thing: " + fields + "}}", {{"custom.thing", 5}});
  CHECK(ledger.rows.at(0).source == "a test");
  CHECK(ledger.rows.at(0).lo == 1);
  CHECK(ledger.rows.at(0).hi == 4);

  Bench bench;
  bench.add("conv", {"conv_step"}).prices["conv_step"] = {"conv.converter.e_pj", 0.1, "pJ", 0.05, 0.2, "guess", "spec/chiplet.md", ""};
  CHECK(bench.price({0, {activity("conv", {{"conv_step", 10}})}}).dynamic_j == Approx(1e-12));
}

TEST_CASE("a price that cannot be exact is the same on every host", "[energy]") {
  CHECK(round_to_12_digits(1.23456789012345) == 1.23456789012);
  CHECK(round_to_12_digits(-9.999999999999e-30) == -1e-29);
  CHECK(round_to_12_digits(0) == 0);
  CHECK(portable_pow(2, 0.5) == 1.41421356237);
  CHECK(portable_pow(3, 2) == 9);
}
