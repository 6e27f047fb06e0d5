// SPDX-License-Identifier: Apache-2.0
// The same input gives the same bytes: whatever the order of declaration, the working directory or the time of day.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "prosperity_report.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

/// A scenario whose blocks, links and maps stand in the given orders.
std::string scenario_text(std::vector<std::string> blocks, std::vector<std::string> links, std::vector<std::string> maps,
                          unsigned shuffle_seed, const std::string& workload) {
  std::mt19937 random(shuffle_seed);
  if (shuffle_seed != 0)
    for (auto* list : {&blocks, &links, &maps}) std::shuffle(list->begin(), list->end(), random);
  std::string text = "scenario: 1\nname: order\nplatform:\n  clocks: { core: 500 MHz }\n  blocks:\n";
  for (const auto& line : blocks) text += "    - { " + line + " }\n";
  text += "  links:\n";
  for (const auto& line : links) text += "    - { " + line + " }\n";
  text += "  maps:\n";
  for (const auto& line : maps) text += "    - { " + line + " }\n";
  return text + "workload:\n  kind: trace\n  network: " + own_network().folder + "\n" + workload +
         "technology: { preset: generic28 }\nrun: { until: idle, limit: 1 s, check_output: true }\n";
}

/// One engine, a bus, two memories.
std::string one_engine(unsigned shuffle_seed) {
  return scenario_text(
      {"name: bus, kind: interconnect.bus, clock: core, params: { width: 32 B }",
       "name: dram, kind: models.dram, params: { preset: ddr4_2133p, size: 64 MiB }",
       "name: aram, kind: models.sram, clock: core, params: { size: 64 KiB }", "name: host, kind: models.host, clock: core",
       "name: pu, kind: models.prosperity, clock: core"},
      {"from: host.out, to: bus.in", "from: pu.dma, to: bus.in", "from: pu.irq, to: \"host.irq[0]\""},
      {"through: bus, to: dram.in, base: 0x8000_0000, size: 64 MiB", "through: bus, to: aram.in, base: 0x2000_0000, size: 64 KiB",
       "through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB"},
      shuffle_seed, "");
}

/// Two engines of different size that share bus and memory.
std::string two_engines(unsigned shuffle_seed, const std::string& engines) {
  return scenario_text(
      {"name: bus, kind: interconnect.bus, clock: core, params: { width: 64 B }",
       "name: dram, kind: models.dram, params: { preset: ddr4_2133p, size: 64 MiB }", "name: host, kind: models.host, clock: core",
       "name: small, kind: models.prosperity, clock: core, params: { tile_m: 64, tile_k: 8 }",
       "name: large, kind: models.prosperity, clock: core, params: { tile_m: 512, tile_k: 32 }"},
      {"from: host.out, to: bus.in", "from: small.dma, to: bus.in", "from: large.dma, to: bus.in", "from: small.irq, to: \"host.irq[0]\"",
       "from: large.irq, to: \"host.irq[1]\""},
      {"through: bus, to: dram.in, base: 0x8000_0000, size: 64 MiB", "through: bus, to: small.regs, base: 0x1001_0000, size: 4 KiB",
       "through: bus, to: large.regs, base: 0x1002_0000, size: 4 KiB"},
      shuffle_seed, "  engines: [" + engines + "]\n");
}

/// report.json of a run that ends well.
std::string report_of(const ScratchFolder& scratch, const std::string& file, const std::vector<std::string>& overrides = {},
                      const std::string& folder = {}) {
  static int runs = 0;
  const std::string out = scratch.path() + "/out" + std::to_string(++runs);
  std::vector<std::string> arguments{"run", file, "--quiet", "--out", out};
  for (const auto& text : overrides) arguments.insert(arguments.end(), {"--set", text});
  const ProcessResult result = run_snnvp(arguments, folder);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return slurp(out + "/report.json");
}

/// The report's totals are those of this engine, with energy besides.
void expect_totals_of(const json& report, const std::string& engine) {
  for (const auto& [field, value] : report.at("engines").at(engine).at("totals").items()) CHECK(report.at("totals").at(field) == value);
}

}  // namespace

TEST_CASE("tlm.V15 two runs of a scenario give equal reports byte by byte") {
  const ScratchFolder scratch;
  for (const char* file : {"scenarios/quickstart.yaml", "scenarios/product_sparsity.yaml", "scenarios/papers/prosperity.yaml"})
    CHECK(report_of(scratch, file) == report_of(scratch, file));
  const std::string tile = "platform.blocks.pu.params.timing=tile";
  CHECK(report_of(scratch, "scenarios/papers/prosperity.yaml", {tile}) == report_of(scratch, "scenarios/papers/prosperity.yaml", {tile}));
}

TEST_CASE("tlm.V15 blocks and links and maps in another order give equal reports byte by byte") {
  const ScratchFolder scratch;
  const std::string first = report_of(scratch, scratch.write("in/order.yaml", one_engine(0)));
  for (unsigned seed = 1; seed <= 5; ++seed) {
    INFO("order " << seed);
    CHECK(report_of(scratch, scratch.write("in/order.yaml", one_engine(seed))) == first);
  }
}

TEST_CASE("tlm.V15 two engines declared in another order give equal reports byte by byte") {
  const ScratchFolder scratch;
  const std::string first = report_of(scratch, scratch.write("in/order.yaml", two_engines(0, "small, large")));
  for (unsigned seed = 1; seed <= 4; ++seed) {
    INFO("order " << seed);
    CHECK(report_of(scratch, scratch.write("in/order.yaml", two_engines(seed, "small, large"))) == first);
  }
}

TEST_CASE("formats.F10 the working directory does not show in a report") {
  const ScratchFolder scratch;
  const std::string file = source_dir() + "/scenarios/papers/prosperity.yaml";
  const std::string first = report_of(scratch, file);
  CHECK(report_of(scratch, file, {}, scratch.path()) == first);
  CHECK(report_of(scratch, "papers/prosperity.yaml", {}, source_dir() + "/scenarios") == first);
}

TEST_CASE("formats.F10 a report printed is the report written") {
  const ScratchFolder scratch;
  const ProcessResult printed = run_snnvp({"run", "scenarios/quickstart.yaml", "--quiet", "--json"});
  REQUIRE(printed.exit_code == 0);
  CHECK(printed.out == report_of(scratch, "scenarios/quickstart.yaml"));
}

TEST_CASE("another seed changes neither cycles nor energy") {
  const ScratchFolder scratch;
  for (const char* timing : {"paper", "tile"}) {
    const std::string set = std::string("platform.blocks.pu.params.timing=") + timing;
    const auto one = json::parse(report_of(scratch, "scenarios/papers/prosperity.yaml", {set}));
    const auto two = json::parse(report_of(scratch, "scenarios/papers/prosperity.yaml", {set, "workload.seed=77"}));
    CHECK(two.at("seed") == 77);
    CHECK(two.at("scenario").at("hash") != one.at("scenario").at("hash"));
    for (const char* part : {"layers", "totals", "time", "blocks", "energy"}) CHECK(two.at(part) == one.at(part));
  }
}

TEST_CASE("two engines run the whole workload in turn and both are checked") {
  const ScratchFolder scratch;
  const auto both = json::parse(report_of(scratch, scratch.write("in/both.yaml", two_engines(0, "small, large"))));
  const auto only = [&](const std::string& name) {
    return json::parse(report_of(scratch, scratch.write("in/one.yaml", two_engines(0, name))));
  };
  const auto small = only("small"), large = only("large");
  CHECK(both.at("check").at("mismatches") == 0);
  CHECK(both.at("check").at("compared").get<std::uint64_t>() ==
        small.at("check").at("compared").get<std::uint64_t>() + large.at("check").at("compared").get<std::uint64_t>());
  expect_totals_of(both, "small");
  for (const auto& [name, alone] : {std::pair{"small", &small}, std::pair{"large", &large}}) {
    const auto& totals = both.at("engines").at(name).at("totals");
    for (const char* field : {"dram_bits", "bit_density", "product_density"}) CHECK(totals.at(field) == alone->at("totals").at(field));
    std::size_t layers = 0;
    for (const auto& row : both.at("layers")) layers += row.at("engine") == name;
    CHECK(layers == alone->at("layers").size());
  }
  // The second engine is named first: `totals` follows the list, not the alphabet.
  const auto turned = json::parse(report_of(scratch, scratch.write("in/turned.yaml", two_engines(0, "large, small"))));
  expect_totals_of(turned, "large");
  CHECK(turned.at("layers").at(0).at("engine") == "large");
}
