// SPDX-License-Identifier: Apache-2.0
// The address map of a scenario as other tools read it.
#include <catch2/catch.hpp>

#include <string>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/export/address_map.h>

#include "../support/process.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Contains;

namespace {

const char* const two_routers = R"(
scenario: 1
name: two routers
platform:
  clocks: { core: 1 GHz }
  blocks:
    - { name: host, kind: models.host, clock: core }
    - { name: bus, kind: interconnect.bus, clock: core }
    - { name: far, kind: interconnect.bus, clock: core }
    - { name: dram, kind: models.dram, params: { size: 16 MiB } }
    - { name: sram, kind: models.sram, clock: core, params: { size: 64 KiB } }
    - { name: first, kind: models.prosperity, clock: core }
    - { name: dma, kind: models.dma, clock: core }
  links:
    - { from: host.out, to: bus.in }
    - { from: first.dma, to: bus.in }
    - { from: dma.dma, to: far.in }
    - { from: dma.irq, to: "host.irq[0]" }
    - { from: first.irq, to: "host.irq[1]" }
  maps:
    - { through: bus, to: first.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: far.in, base: 0x2000_0000, size: 1 MiB, offset: 0x10_0000 }
    - { through: bus, to: dram.in, base: 0x8000_0000, size: 16 MiB }
    - { through: far, to: dma.regs, base: 0x10_F000, size: 4 KiB }
    - { through: far, to: sram.in, base: 0x1F_8000, size: 64 KiB }
workload: { kind: synthetic, m: 8, k: 8, n: 8 }
)";

AddressMap map_of(const ScratchFolder& folder, const std::string& from = {}) {
  return address_map(folder.write("map.yaml", two_routers), {}, from, *all_kinds());
}

}  // namespace

TEST_CASE("an address map follows interconnects and clips what a window does not show", "[map]") {
  const ScratchFolder folder;
  const AddressMap map = map_of(folder);
  CHECK(map.initiator.text() == "host.out");
  REQUIRE(map.targets.size() == 4);
  CHECK(map.targets[0].block == "first");
  CHECK(map.targets[1].block == "dma");
  CHECK(map.targets[1].base == 0x2000'F000);
  // 64 KiB begin 32 KiB before the window of 1 MiB ends.
  CHECK(map.targets[2].block == "sram");
  CHECK(map.targets[2].base == 0x200F'8000);
  CHECK(map.targets[2].size == 0x8000);
  CHECK(map.targets[3].base == 0x8000'0000);
  const AddressMap behind = map_of(folder, "dma.dma");
  REQUIRE(behind.targets.size() == 2);
  CHECK(behind.targets[0].base == 0x10'F000);
  CHECK(behind.targets[1].size == 0x1'0000);
  CHECK_THROWS_WITH(map_of(folder, "dma.dmo"), Contains("host.out") && Contains("did you mean dma.dma?"));
}

TEST_CASE("a map's C header compiles and has bases, sizes and interrupt numbers", "[map]") {
  const ScratchFolder folder;
  const std::string header = map_as_c(map_of(folder));
  CHECK_THAT(header, Contains("#define SNN_MAP_FIRST_BASE 0x10010000u"));
  CHECK_THAT(header, Contains("#define SNN_MAP_DMA_IRQ 0u"));
  CHECK_THAT(header, Contains("#define SNN_MAP_FIRST_IRQ 1u"));
  folder.write("map.h", header);
  const std::string source = folder.write("main.c",
                                          "#include \"map.h\"\n#include \"map.h\"\n"
                                          "_Static_assert(SNN_MAP_DRAM_BASE == 0x80000000u && SNN_MAP_DRAM_SIZE == 16u << 20, \"\");\n"
                                          "int main(void) { return SNN_MAP_DMA_IRQ; }\n");
  const ProcessResult built =
      run_process({"/usr/bin/env", "gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", source, "-o", folder.path() + "/o"});
  INFO(built.err);
  CHECK(built.exit_code == 0);
}

TEST_CASE("a map's linker script places a program in the scenario's memory", "[map]") {
  const ScratchFolder folder;
  folder.write("memory.ld", map_as_ld(map_of(folder)));
  folder.write("link.ld", "INCLUDE memory.ld\nSECTIONS { .text : { *(.text*) } > REGION_RAM .data : { *(.data*) } > sram }\n");
  const std::string source = folder.write("main.c", "extern char dma_base[]; int value = 1; char* f(void) { return dma_base; }\n");
  const ProcessResult built = run_process(
      {"/usr/bin/env", "gcc", "-nostdlib", "-static", "-fno-pic", "-mcmodel=large", "-no-pie", "-fno-asynchronous-unwind-tables",
       "-Wl,--build-id=none,-e,f,-Map,map.txt", "-L", folder.path(), "-T", "link.ld", source, "-o", "out.elf"},
      folder.path());
  INFO(built.err);
  REQUIRE(built.exit_code == 0);
  const std::string map = slurp(folder.path() + "/map.txt");
  CHECK_THAT(map, Contains("0x0000000080000000                f"));
  CHECK_THAT(map, Contains("0x00000000200f8000                value"));
  CHECK_THAT(map, Contains("dma_base"));
}

TEST_CASE("a map's device tree passes the device tree compiler without warnings", "[map]") {
  if (run_process({"/usr/bin/env", "dtc", "--version"}).exit_code != 0) {
    WARN("SKIPPED: no device tree compiler (dtc) here");
    return;
  }
  const ScratchFolder folder;
  for (const std::string& scenario :
       {folder.write("map.yaml", two_routers), std::string("scenarios/quickstart.yaml"), std::string("scenarios/firmware.yaml")}) {
    const ProcessResult made = run_snnvp({"map", scenario, "--format", "dts"});
    REQUIRE(made.exit_code == 0);
    const std::string source = folder.write("map.dts", made.out);
    const ProcessResult compiled = run_process({"/usr/bin/env", "dtc", "-I", "dts", "-O", "dtb", "-o", folder.path() + "/map.dtb", source});
    INFO(made.out << compiled.err);
    CHECK(compiled.exit_code == 0);
    CHECK(compiled.err.empty());
  }
}

TEST_CASE("map tells what is wrong with a scenario, and needs no workload that could run", "[map]") {
  const ScratchFolder folder;
  std::string broken = two_routers;
  broken.replace(broken.find("kind: models.sram"), 17, "kind: models.srom");
  const ProcessResult bad = run_snnvp({"map", folder.write("bad.yaml", broken)});
  CHECK(bad.exit_code == 2);
  CHECK_THAT(bad.err, Contains("models.srom") && Contains("did you mean models.sram?"));
  std::string unready = two_routers;
  unready.replace(unready.find("kind: synthetic, m: 8, k: 8, n: 8"), 33, "kind: trace, network: none/such");
  CHECK(run_snnvp({"map", folder.write("unready.yaml", unready)}).exit_code == 0);
  CHECK(run_snnvp({"map", "no/such.yaml"}).exit_code == 2);
  const ProcessResult changed =
      run_snnvp({"map", folder.write("map.yaml", two_routers), "--set", "platform.blocks.dram.params.size=32 MiB"});
  CHECK(changed.exit_code == 0);
}

TEST_CASE("sockets of one block and windows onto one socket have names of their own in a map", "[map]") {
  const ScratchFolder folder;
  const std::string file = folder.write("names.yaml", R"(
scenario: 1
name: names
platform:
  clocks: { core: 1 GHz }
  blocks:
    - { name: host, kind: models.host, clock: core }
    - { name: bus, kind: interconnect.bus, clock: core }
    - { name: sw, kind: interconnect.switch, params: { format: aer } }
    - { name: sram, kind: models.sram, clock: core, params: { size: 64 KiB } }
  links:
    - { from: host.out, to: bus.in }
    - { from: "sw.out[0]", to: bus.in }
  maps:
    - { through: bus, to: sram.in, base: 0, size: 64 KiB }
    - { through: bus, to: sw.regs, base: 0x1001_0000, size: 4 KiB }
    - { through: bus, to: "sw.in[0]", base: 0x1002_0000, size: 64 B }
    - { through: bus, to: "sw.in[1]", base: 0x1003_0000, size: 64 B }
    - { through: bus, to: sram.in, base: 0x2000_0000, size: 64 KiB }
workload: { kind: synthetic, m: 8, k: 8, n: 8 }
)");
  std::string labels;
  for (const MappedTarget& t : address_map(file, {}, "host.out", *all_kinds()).targets) labels += t.label + " ";
  CHECK(labels == "sram sw sw_in_0 sw_in_1 sram_2 ");
}
