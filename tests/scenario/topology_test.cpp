// SPDX-License-Identifier: Apache-2.0
// Platforms that are wired in other ways than the shipped ones.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

TEST_CASE("memory behind a second bus is found at its composed address and used") {
  const ScratchFolder scratch;
  const std::string file = scratch.write("nested.yaml", R"(scenario: 1
name: nested
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: bus,  kind: interconnect.bus, clock: core, params: { width: 128 B } }
    - { name: far,  kind: interconnect.bus, clock: core, params: { width: 64 B } }
    - { name: dram, kind: models.dram, params: { size: 16 MiB } }
    - { name: host, kind: models.host, clock: core }
    - { name: pu,   kind: models.prosperity, clock: core }
  links:
    - { from: host.out, to: bus.in }
    - { from: pu.dma, to: bus.in }
    - { from: pu.irq, to: host.irq }
  maps:
    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: far.in, base: 0x8000_0000, size: 16 MiB, offset: 0x4000_0000 }
    - { through: far, to: dram.in, base: 0x4000_0000, size: 16 MiB }
workload: { kind: synthetic, layers: [ { type: conv2d, C: 4, H: 8, N: 8 } ] }
)");
  const ProcessResult result = run_snnvp({"run", file, "--json"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json report = json::parse(result.out);
  CHECK(report.at("check").at("mismatches") == 0);
  CHECK(report.at("check").at("compared") == 2 * 4 * 8 * 64);
}

TEST_CASE("a LIF unit beside an engine is not handed layers it cannot do") {
  const ProcessResult result = run_snnvp({"run", "scenarios/product_sparsity.yaml", "--json", "--set", "technology.preset=generic28", "--set",
                                          "platform.blocks=[{name: bus, kind: interconnect.bus, clock: core}, {name: dram, kind: models.dram, params: {size: 1 GiB}}, "
                                          "{name: host, kind: models.host, clock: core}, {name: pu, kind: models.prosperity, clock: core}, "
                                          "{name: neurons, kind: models.neuron, clock: core}]",
                                          "--set", "platform.links=[{from: host.out, to: bus.in}, {from: pu.dma, to: bus.in}, {from: neurons.dma, to: bus.in}, "
                                          "{from: pu.irq, to: host.irq}]",
                                          "--set", "platform.maps=[{through: bus, to: dram.in, base: 0x8000_0000, size: 1 GiB}, "
                                          "{through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB}, {through: bus, to: neurons.regs, base: 0x1002_0000, size: 4 KiB}]"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(json::parse(result.out).at("check").at("mismatches") == 0);
}
