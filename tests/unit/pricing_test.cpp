// SPDX-License-Identifier: Apache-2.0
#include "pricing_fixture.h"

#include <algorithm>
#include <cmath>

#include <snnvp/platform/report/sram_model.h>

using namespace snnvp;
using test::activity;
using test::Bench;
using test::price_events;
using test::technology;

namespace {

/// A platform with a bit of everything: datapath, memories, leakage, DRAM.
Bench mixed_bench(const std::string& section = "{}") {
  Bench bench(section);
  BlockDeclaration& unit = bench.add("pu", {"add.16", "lif.16", "spike_acc.8.16", "reg_bit", "sram_rd.8192.32", "sram_wr.32768.1024"});
  unit.macros = {{"g_act", 8192, 32, 1}, {"g_wgt", 32768, 1024, 1}, {"g_psum", 98304, 1024, 1}};
  unit.logic_area_mm2 = 0.226;
  unit.units = {"engine"};
  BlockDeclaration& dram = bench.add("dram", {"dram_act", "dram_rd_bit", "dram_wr_bit", "dram_ref"});
  dram.device = "ddr4_2400r";
  BlockDeclaration& link = bench.add("link", {"d2d_bit", "bond_bit"});
  link.device = "ucie_s";
  bench.add("bus", {}).not_counted = "no price is known for the bus";
  return bench;
}

PricingInput mixed_input(std::uint64_t times = 1) {
  PricingInput input{2e-4, {}};
  input.blocks = {
      activity("pu", {{"add.16", 1000 * times},
                      {"lif.16", 333 * times},
                      {"spike_acc.8.16", 123456 * times},
                      {"reg_bit", 77 * times},
                      {"sram_rd.8192.32", 4096 * times},
                      {"sram_wr.32768.1024", 511 * times}}),
      activity("dram", {{"dram_act", 10 * times}, {"dram_rd_bit", 81920 * times}, {"dram_wr_bit", 4096 * times}, {"dram_ref", 25 * times}}),
      activity("link", {{"d2d_bit", 1024 * times}, {"bond_bit", 99 * times}})};
  input.blocks[0].units["engine"] = {50'000, 500'000'000};
  return input;
}

double read_pj(int node_nm) { return SramModel(technology()).figures({8192, 32}, node_nm, "lstp")[SramQuantity::read_pj]; }

double event_j(const Ledger& ledger, const std::string& key) { return ledger.by_event.at(key); }

/// Energy of the rows of `key` whose price stands at `path`.
double row_j(const Ledger& ledger, const std::string& key, const std::string& path_part) {
  double sum = 0;
  for (const LedgerRow& row : ledger.rows)
    if (row.key == key && row.path.find(path_part) != std::string::npos) sum += row.energy_j;
  return sum;
}

BlockDeclaration& add_prosperity(Bench& bench) {
  BlockDeclaration& unit = bench.add("pu", {"spike_acc.8.16", "lif.16"}, "models.prosperity");
  unit.units = {"engine"};
  unit.statistics = {"dram_bits", "bus_bytes"};
  return unit;
}

BlockActivity prosperity_activity(Cycles cycles, std::uint64_t dram_bits) {
  BlockActivity result = activity("pu", {{"spike_acc.8.16", 1000}});
  result.units["engine"] = {cycles, 500'000'000};
  result.statistics["dram_bits"] = dram_bits;
  return result;
}

std::string first_error(Bench& bench) {
  bench.resolve();
  return bench.diagnostics.has_errors() ? bench.diagnostics.format() : std::string();
}

bool has_note(const Ledger& ledger, const std::string& text) {
  for (const std::string& note : ledger.notes)
    if (note.find(text) != std::string::npos) return true;
  return false;
}

bool has_warning(const Ledger& ledger, const std::string& rule) {
  for (const EnergyWarning& warning : ledger.warnings)
    if (warning.rule == rule) return true;
  return false;
}

}  // namespace

TEST_CASE("energy.E10 the Prosperity price list gives the published system energy", "[energy]") {
  Bench bench("{preset: prosperity_paper}");
  add_prosperity(bench);
  const Ledger ledger = bench.price({3.74337e-3, {prosperity_activity(1'871'685, 140'574'720)}});
  CHECK(event_j(ledger, "on_chip") * 1e3 == Approx(1.67141).epsilon(1e-5));
  CHECK(event_j(ledger, "dram_bit") * 1e3 == Approx(1.75016).epsilon(1e-5));
  CHECK(ledger.total_j * 1e3 == Approx(3.42157).epsilon(1e-5));
  CHECK(ledger.total_j / 3.74337e-3 * 1e3 == Approx(914.03).epsilon(1e-5));
  CHECK(ledger.static_j == 0);
  CHECK(ledger.by_block.at("pu").mode == EnergyMode::calibrated);
  CHECK(has_note(ledger, "Calibrated"));
}

TEST_CASE("prosperity.P10 the price list reproduces the reference energies of whole networks", "[energy]") {
  // cycles, DRAM bits, mJ of lenet5_mnist (cuda and cpu) in golden/prosperity/prosperity_totals.csv
  struct Row {
    Cycles cycles;
    std::uint64_t dram_bits;
    double energy_mj;
  };
  for (const Row& row : {Row{41178, 1102848, 0.050502411600000005}, Row{41178, 1098864, 0.050452810800000004}}) {
    Bench bench("{preset: prosperity_paper}");
    add_prosperity(bench);
    const Ledger ledger = bench.price({1.0, {prosperity_activity(row.cycles, row.dram_bits)}});
    CHECK(1e3 * ledger.total_j == Approx(row.energy_mj).epsilon(1e-12));
  }
}

TEST_CASE("a calibrated list prices no memory and says what it leaves out", "[energy]") {
  Bench bench("{preset: prosperity_paper}");
  add_prosperity(bench);
  bench.add("dram", {"dram_rd_bit"}, "models.dram");
  bench.add("bus", {}, "interconnect.bus");
  bench.add("host", {}, "models.host").not_counted = "the host is a test bench";
  const Ledger ledger = bench.price({1.0, {prosperity_activity(100, 100), activity("dram", {{"dram_rd_bit", 100}})}});
  REQUIRE(ledger.not_counted.size() == 3);
  CHECK(ledger.not_counted[0].block == "bus");
  CHECK(ledger.not_counted[1].block == "dram");
  CHECK(ledger.not_counted[2].block == "host");
  CHECK(ledger.not_counted[2].reason == "the host is a test bench");
  CHECK(ledger.by_block.size() == 1);
}

TEST_CASE("a calibrated list refuses blocks that it does not know", "[energy]") {
  Bench bench("{preset: prosperity_paper}");
  bench.add("x", {"add.16"}, "models.other");
  const std::string message = first_error(bench);
  CHECK(message.find("no published figures for kind 'models.other'") != std::string::npos);
  CHECK(message.find("bench.yaml:7:5: platform.blocks.x") != std::string::npos);

  Bench lacking("{preset: prosperity_paper}");
  add_prosperity(lacking).statistics = {"dram_bit"};
  CHECK(first_error(lacking).find("did you mean dram_bit?") != std::string::npos);

  Bench modeless("{preset: generic28, mode: calibrated}");
  CHECK(first_error(modeless).find("holds no published figures") != std::string::npos);
}

TEST_CASE("energy.E14 DDR4 energy per bit falls with row hits and use", "[energy]") {
  const auto core_pj_per_bit = [](std::uint64_t bits_per_row, double use) {
    const std::uint64_t rows = 10'000, bits = rows * bits_per_row;
    const double seconds = static_cast<double>(bits) / (19.2e9 * 8 * use);
    const auto refreshes = static_cast<std::uint64_t>(seconds / 7.8e-6);
    const Ledger ledger = price_events("{}", {{"dram_act", rows}, {"dram_rd_bit", bits}, {"dram_ref", refreshes}}, seconds);
    const double interface_j = row_j(ledger, "dram_rd_bit", "io_termination") + row_j(ledger, "dram_rd_bit", "on_die_controller");
    return (ledger.total_j - interface_j) * 1e12 / static_cast<double>(bits);
  };
  CHECK(core_pj_per_bit(65536, 1) == Approx(9.05).epsilon(0.005));
  CHECK(core_pj_per_bit(512, 0.25) == Approx(25.54).epsilon(0.005));
}

TEST_CASE("energy.E16 a router hop and a millimetre of wire", "[energy]") {
  const std::map<std::string, std::uint64_t> hop = {
      {"flit_buf_wr.64.5.2", 1}, {"flit_buf_rd.64.5.2", 1}, {"flit_xbar.64.5.2", 1}, {"flit_alloc.64.5.2", 1}};
  CHECK(price_events("{noc_multiplier: off}", hop).total_j * 1e12 == Approx(1.711).epsilon(1e-3));
  CHECK(price_events("{}", hop).total_j * 1e12 == Approx(2.5665).epsilon(1e-3));
  auto with_wire = hop;
  with_wire["link_bit_um"] = 64 * 1000;
  CHECK(price_events("{}", with_wire).total_j * 1e12 == Approx(5.7665).epsilon(1e-3));
}

TEST_CASE("energy.E17 SRAM leakage follows corrections and temperature", "[energy]") {
  const auto leakage_uw = [](const std::string& section) {
    Bench bench(section);
    bench.add("ram", {}).macros = {{"array", 32768, 32, 1}};
    return bench.price({1.0, {}}).static_j * 1e6;
  };
  CHECK(leakage_uw("{sram_corrections: off}") == Approx(17.23).epsilon(1e-3));
  CHECK(leakage_uw("{}") == Approx(34.46).epsilon(1e-3));
  CHECK(leakage_uw("{temperature: 318.15 K}") == Approx(10.11).epsilon(1e-3));
  CHECK(leakage_uw("{vdd: 0.8 V}") == Approx(34.46 * 0.8 / 0.9).epsilon(1e-3));
}

TEST_CASE("energy.E22 dynamic energy is linear in counts and static energy does not change", "[energy]") {
  Bench bench = mixed_bench();
  const Ledger once = bench.price(mixed_input()), often = bench.price(mixed_input(7));
  CHECK(often.dynamic_j == Approx(7 * once.dynamic_j).epsilon(1e-12));
  CHECK(often.static_j == once.static_j);
  CHECK(once.static_j > 0);
}

TEST_CASE("energy.E24 a key without a price stops the run and names the nearest key", "[energy]") {
  Bench bench;
  bench.add("x", {"frobnicate.3", "add.16"}, "models.strange");
  const std::string message = first_error(bench);
  CHECK(message.find("bench.yaml:7:5: platform.blocks.x: block 'x' (models.strange): no price for event key 'frobnicate.3' in price list "
                     "'generic28'") != std::string::npos);
  CHECK(message.find("nearest known key: ") != std::string::npos);

  const auto hint = [](const std::string& key) {
    Bench other;
    other.add("x", {key});
    return first_error(other);
  };
  CHECK(hint("ad.16").find("nearest known key: add.<width>") != std::string::npos);
  CHECK(hint("dram_rd").find("nearest known key: dram_rd_bit") != std::string::npos);
  CHECK(hint("add").find("written add.<width>") != std::string::npos);
  CHECK(hint("add.016").find("written add.<width>") != std::string::npos);
  CHECK(hint("add.16.").find("written add.<width>") != std::string::npos);
  CHECK(hint("sram_rd.8192.32.2r2w").find("written sram_rd.<bytes>.<bits>[.1r1w]") != std::string::npos);
  CHECK(hint("fp_add.8").find("known: fp_add.16, fp_add.32") != std::string::npos);
  CHECK(hint("custom.thing").find("technology.prices") != std::string::npos);
  CHECK(hint("").find("no price for event key ''") != std::string::npos);
}

TEST_CASE("energy.E24 an unknown DRAM device is refused by name", "[energy]") {
  Bench bench;
  bench.add("dram", {"dram_rd_bit"}).device = "ddr4_2400";
  const std::string message = first_error(bench);
  CHECK(message.find("no prices for DRAM device 'ddr4_2400'") != std::string::npos);
  CHECK(message.find("did you mean ddr4_2400r?") != std::string::npos);
}

TEST_CASE("energy.E25 wrong technology parameters are scenario errors", "[energy]") {
  const auto error = [](const std::string& section) {
    Bench bench(section);
    return first_error(bench);
  };
  CHECK(error("{node_nm: 14}").find("allowed: 65, 45, 28, 22, 16, 7, 5") != std::string::npos);
  CHECK(error("{node_nm: 14}").find("technology.yaml:1:11: technology.node_nm") != std::string::npos);
  CHECK(error("{preset: generic_28}").find("did you mean generic28?") != std::string::npos);
  CHECK(error("{temperature: 350}").find("technology.temperature") != std::string::npos);
  CHECK(error("{prices: {arithmetic.ops_28nm.add_16b: {value: 1.0, unit: pJ, lo: 2.0, hi: 3.0, status: guess, source: me}}}")
            .find("out of order") != std::string::npos);
  CHECK(error("{prices: {arithmetic.ops_28nm.ad_16b: {value: 1.0, unit: pJ, lo: 1.0, hi: 3.0, status: guess, source: me}}}")
            .find("did you mean add_16b?") != std::string::npos);
  CHECK(error("{prices: {custom.x: {value: 1.0, unit: pJ, lo: 1.0, hi: 3.0, status: guess}}}").find("source") != std::string::npos);
}

TEST_CASE("a node or device class that does not exist is refused with the block's name", "[energy]") {
  const auto error = [](const auto& change, const std::string& section = "{}") {
    Bench bench(section);
    BlockDeclaration& block = bench.add("ram", {"sram_rd.8192.32"});
    block.macros = {{"array", 8192, 32, 1}};
    change(block);
    return first_error(bench);
  };
  CHECK(error([](BlockDeclaration&) {}).empty());
  CHECK(error([](BlockDeclaration& b) { b.node_nm = 14; }).find("block 'ram' (models.test): there are no prices at 14 nm") !=
        std::string::npos);
  CHECK(error([](BlockDeclaration& b) { b.sram_device = "lstb"; }).find("did you mean lstp?") != std::string::npos);
  CHECK(error([](BlockDeclaration&) {}, "{node_nm: 65, sram_device: mixed}").find("'mixed' does not exist at 65 nm") != std::string::npos);
}

TEST_CASE("energy.E26 the parts of a ledger add up to its total", "[energy]") {
  Bench bench = mixed_bench();
  const Ledger ledger = bench.price(mixed_input());
  double blocks = 0, events = 0, rows = 0, terms = 0;
  for (const auto& [name, block] : ledger.by_block) blocks += block.total_j;
  for (const auto& [key, energy] : ledger.by_event) events += energy;
  for (const LedgerRow& row : ledger.rows) rows += row.energy_j;
  for (const LedgerTerm& term : ledger.terms) terms += term.energy_j;
  CHECK(ledger.total_j == ledger.static_j + ledger.dynamic_j);
  CHECK(blocks == Approx(ledger.total_j).epsilon(1e-9));
  CHECK(events == Approx(ledger.total_j).epsilon(1e-9));
  CHECK(rows == Approx(ledger.total_j).epsilon(1e-9));
  CHECK(terms == Approx(ledger.total_j).epsilon(1e-9));
  CHECK(ledger.total_j > 0);
}

TEST_CASE("energy.E26 a ledger that does not add up is an internal error", "[energy]") {
  Bench bench = mixed_bench();
  const Ledger good = bench.price(mixed_input());
  const auto is_refused = [&good](const auto& spoil) {
    Ledger bad = good;
    spoil(bad);
    CHECK_THROWS_AS(check_ledger(bad), InternalError);
  };
  CHECK_NOTHROW(check_ledger(good));
  is_refused([](Ledger& l) { l.total_j *= 1.001; });
  is_refused([](Ledger& l) { l.by_block.begin()->second.dynamic_j += 1e-9; });
  is_refused([](Ledger& l) { l.by_event.erase(l.by_event.begin()); });
  is_refused([](Ledger& l) { l.rows[0].energy_j = -l.rows[0].energy_j; });
  is_refused([](Ledger& l) { l.rows[0].energy_j = std::nan(""); });
  is_refused([](Ledger& l) { l.rows[0].source.clear(); });
  is_refused([](Ledger& l) { l.rows[0].count = (std::uint64_t{1} << 63) + 1; });
}

TEST_CASE("impossible counts and times are internal errors", "[energy]") {
  Bench bench;
  bench.add("a", {"add.16"}).units = {"engine"};
  bench.add("b", {"add.16"});
  const PriceContext context = bench.resolve();
  const std::uint64_t half = std::uint64_t{1} << 62;
  CHECK_THROWS_AS(price(context, {1, {activity("a", {{"add.16", 3 * half}})}}), InternalError);
  CHECK_THROWS_AS(price(context, {1, {activity("a", {{"add.16", half + 1}}), activity("b", {{"add.16", half}})}}), InternalError);
  CHECK_THROWS_AS(price(context, {1, {activity("a", {{"add.8", 1}})}}), InternalError);
  CHECK_THROWS_AS(price(context, {1, {activity("c", {})}}), InternalError);
  CHECK_THROWS_AS(price(context, {1, {activity("a", {}), activity("a", {})}}), InternalError);
  CHECK_THROWS_AS(price(context, {-1, {}}), InternalError);
  CHECK_THROWS_AS(price(context, {std::nan(""), {}}), InternalError);
  BlockActivity late = activity("a", {});
  late.units["engine"] = {600'000'000, 500'000'000};
  CHECK_THROWS_AS(price(context, {1, {late}}), InternalError);
  CHECK_NOTHROW(price(context, {1.2, {late}}));
}

TEST_CASE("energy.E27 another node moves only what scales with it", "[energy]") {
  Bench at_28 = mixed_bench("{overheads: off}"), at_22 = mixed_bench("{overheads: off, node_nm: 22}");
  const Ledger a = at_28.price(mixed_input()), b = at_22.price(mixed_input());
  for (const char* key : {"add.16", "lif.16", "spike_acc.8.16", "reg_bit"})
    CHECK(event_j(b, key) / event_j(a, key) == Approx(0.477).epsilon(1e-9));
  for (const char* key : {"dram_act", "dram_rd_bit", "dram_ref", "d2d_bit", "bond_bit", "standby.dram"})
    CHECK(event_j(b, key) == event_j(a, key));
  const double read_22 = read_pj(22), read_28 = read_pj(28);
  CHECK(event_j(b, "sram_rd.8192.32") / event_j(a, "sram_rd.8192.32") == Approx(read_22 / read_28).epsilon(1e-9));
}

TEST_CASE("energy.E28 a total that rests on guesses says so", "[energy]") {
  // shift.16 (0.02 pJ) is a guess, add.16 (0.027 pJ) is derived.
  const auto ledger = [](std::uint64_t guessed_pj, std::uint64_t derived_pj) {
    return price_events("{overheads: off}", {{"shift.16", guessed_pj * 1'000'000 / 20}, {"add.16", derived_pj * 1'000'000 / 27}});
  };
  const Ledger weak = ledger(30'000, 70'000), sound = ledger(10'000, 90'000);
  CHECK(has_note(weak, "30 % of the total rests on remembered or guessed constants, most on arithmetic.ops_28nm.shift_16b (30 %)"));
  CHECK_FALSE(has_note(sound, "remembered or guessed"));
}

TEST_CASE("the same input gives the same ledger in any order of blocks", "[energy]") {
  Bench bench = mixed_bench(), reversed = mixed_bench();
  std::reverse(reversed.blocks.begin(), reversed.blocks.end());
  PricingInput input = mixed_input();
  const Ledger a = bench.price(input);
  std::reverse(input.blocks.begin(), input.blocks.end());
  const Ledger b = reversed.price(input);
  REQUIRE(a.rows.size() == b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    CHECK(a.rows[i].block + a.rows[i].key + a.rows[i].path == b.rows[i].block + b.rows[i].key + b.rows[i].path);
    CHECK(a.rows[i].energy_j == b.rows[i].energy_j);
  }
  CHECK(a.total_j == b.total_j);
}

TEST_CASE("a ledger states its conditions and area", "[energy]") {
  Bench bench = mixed_bench();
  const Ledger ledger = bench.price(mixed_input());
  CHECK(has_note(ledger, "350 K for lstp SRAM and hvt logic at 0.9 V"));
  const BlockArea& area = ledger.area.at("pu");
  CHECK(area.logic_mm2 == 0.226);
  CHECK(area.total_mm2 == area.sram_mm2 + area.logic_mm2);
  CHECK(ledger.chip_area_mm2 == Approx(1.15 * area.total_mm2));
  CHECK(ledger.by_block.count("bus") == 0);
  REQUIRE(ledger.not_counted.size() == 1);
  CHECK(ledger.not_counted[0].block == "bus");
}

TEST_CASE("implausible energies are warned about", "[energy]") {
  Bench bench = mixed_bench();
  PricingInput idle = mixed_input();
  idle.elapsed_s = 1;
  CHECK(has_warning(bench.price(idle), "energy.static_share"));
  CHECK(has_warning(bench.price(idle), "energy.dram_per_bit"));
  CHECK(has_warning(price_events("{}", {{"instr", 1000}}), "energy.one_constant"));
  CHECK_FALSE(has_warning(price_events("{}", {{"add.16", 1000}, {"sram_rd.8192.32", 5}, {"mult.8", 100}}), "energy.static_share"));
}
