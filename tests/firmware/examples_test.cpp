// SPDX-License-Identifier: Apache-2.0
// The programs that ship, as their scenarios run them.
#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>

#include <snnvp/workloads/formats/elf_file.h>

#include "firmware_run.h"

using namespace snnvp::test;

namespace {

const std::string root = SNNVP_SOURCE_DIR, scenarios = root + "/scenarios/firmware/";

struct Example {
  std::string scenario, text;  ///< what it prints
};

const std::vector<Example> examples = {
    {root + "/scenarios/firmware.yaml", "hello from hart 0, misa 40101105\nsum of squares 332833500\ndone\n"},
    {scenarios + "timer_irq.yaml", "5 ticks, 1 ecall, on time: yes\n"},
    {scenarios + "memory_bench.yaml", "\namoadd "},
    {scenarios + "two_harts.yaml", "locked 1000, atomic 1000, squares 2870\n"},
    {scenarios + "layers.yaml",
     "status 0, 235828 bytes in 6 tensors, 0 differ\nengine cycles 44586, interrupts 1\n"
     "pointer to nowhere: status 6; misaligned job: status 5; interrupts 3\n"},
    {scenarios + "classify.yaml", "8 of 8 correct, 0 bytes differ, engine cycles 100602\n"},
    {scenarios + "selftest.yaml", "126 steps passed\n"},
};

}  // namespace

TEST_CASE("firmware.F28 the examples run to their end and print what they should") {
  for (const Example& example : examples) {
    INFO(example.scenario);
    const FirmwareRun r = run_firmware(example.scenario);
    INFO(r.process.err);
    CHECK(r.process.exit_code == 0);
    CHECK(r.report["firmware"]["exit_code"] == 0);
    CHECK(r.process.err.find(example.text) != std::string::npos);
  }
}

TEST_CASE("firmware.F28 programs that drive an engine run unchanged on every kind that does their operations, the self-test on all") {
  const ScratchFolder folder;
  const std::vector<std::string> layer_engines = {"prosperity", "pe_array", "spikex"};
  const std::vector<std::pair<std::string, std::vector<std::string>>> programs = {
      {"selftest", {"prosperity", "pe_array", "spikex", "stack3d", "neuron", "dma"}},
      {"layers", layer_engines},
      {"classify", layer_engines}};
  const std::regex kind("kind: models\\.(prosperity|spikex),"), path("(file: |elf: |extends: )");
  for (const auto& [program, kinds] : programs)
    for (const std::string& engine : kinds) {
      INFO(program << " on " << engine);
      std::string text = slurp(scenarios + program + ".yaml");
      text = std::regex_replace(std::regex_replace(text, kind, "kind: models." + engine + ","), path, "$1" + scenarios);
      REQUIRE(text.find("models." + engine + ",") != std::string::npos);
      const FirmwareRun r = run_firmware(folder.write(program + ".yaml", text));
      INFO(r.process.err);
      CHECK(r.process.exit_code == 0);
      const char* const expected = program == "selftest" ? "126 steps passed\n"
                                   : program == "layers" ? "in 6 tensors, 0 differ\n"
                                                         : "8 of 8 correct, 0 bytes differ";
      CHECK(r.process.err.find(expected) != std::string::npos);
    }
}

TEST_CASE("firmware.F4 with one hart nothing but the parameter depends on the quantum, F30 equal runs give equal bytes") {
  for (const Example& example : examples) {
    const bool is_alone = example.scenario.find("two_harts") == std::string::npos;
    const auto with = [&](const std::string& quantum) {
      std::vector<std::string> more;
      for (const char* cpu : {"cpu", "cpu1"})
        if (is_alone ? std::string(cpu) == "cpu" : true)
          more.insert(more.end(), {"--set", "platform.blocks." + std::string(cpu) + ".params.quantum=" + quantum});
      FirmwareRun r = run_firmware(example.scenario, more);
      REQUIRE(r.process.exit_code == 0);
      r.report.erase("scenario");
      return r.report.dump() + r.process.err;
    };
    INFO(example.scenario);
    const std::string expected = with("100 us");
    CHECK(with("100 us") == expected);
    if (!is_alone) continue;  // harts that share memory see each other at the ends of their slices
    CHECK(with("10 us") == expected);
    CHECK(with("1 us") == expected);
  }
}

TEST_CASE("firmware.F26 every mistake of the faulty driver is told with what, where, and in which function and line") {
  const std::vector<std::vector<std::string>> expected = {
      {"load access fault", "read_weights (faulty.c:", "address 0x40000000", "no block is there", "called from main (faulty.c:"},
      {"fetch access fault", "a jump into data", "called from main (faulty.c:"},
      {"store access fault", "depth_of+", "(faulty.c:", "the stack has overflowed into its guard page"},
      {"wait_for_flag (faulty.c:", "most cycles went to wait_for_flag"},
      {"store access fault", "patch_code+", "code is protected from being written"},
      {"write_half_register+", "(faulty.c:", "ctl.regs takes no access of that width"},
      {"illegal instruction", "main+", "encoding 0xffffffff"},
      {"sleeps in wfi", "sleep_for_good+", "(faulty.c:"},
      {"traps lead to traps", "ecall at", "trap_without_vector+"},
  };
  const std::vector<std::string> status = {"firmware_failed", "firmware_failed", "firmware_failed", "limit", "firmware_failed",
                                           "firmware_failed", "firmware_failed", "deadlock",        "lockup"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const FirmwareRun r = run_firmware(scenarios + "faulty.yaml", {"--set", "platform.blocks.ctl.params.args=[" + std::to_string(i) + "]"});
    INFO(i << " " << r.report["diagnosis"].dump(1));
    CHECK(r.process.exit_code == 1);
    CHECK(r.report["status"] == status[i]);
    for (const std::string& text : expected[i]) {
      INFO(text);
      CHECK(r.says(text));
    }
  }
}

TEST_CASE("firmware.point5 a program and the host of a scenario get the same results and the same CYCLES register for the same jobs") {
  ScratchFolder folder;
  const std::string scenario = folder.write(
      "host.yaml",
      "scenario: 1\nname: host\nplatform:\n  clocks: { core: 100 MHz }\n  blocks:\n"
      "    - { name: host, kind: models.host, clock: core }\n"
      "    - { name: ram, kind: models.sram, clock: core, params: { size: 16 MiB, width: 8 B, latency_cycles: 0, allow_dmi: true } }\n"
      "    - { name: bus, kind: interconnect.bus, clock: core }\n    - { name: pu, kind: models.prosperity, clock: core }\n"
      "  links:\n    - { from: host.out, to: bus.in }\n    - { from: pu.dma, to: bus.in }\n    - { from: pu.irq, to: \"host.irq[0]\" }\n"
      "  maps:\n    - { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB }\n"
      "    - { through: bus, to: ram.in, base: 0x8000_0000, size: 16 MiB }\n"
      "workload: { kind: trace, network: " +
          root + "/scenarios/networks/own_small, store_sums: true }\nrun: { limit: 1 s }\n");
  const FirmwareRun host = run_firmware(scenario);
  REQUIRE(host.process.exit_code == 0);
  CHECK(host.report["check"]["mismatches"] == 0);
  const std::uint64_t cycles = host.report["totals"]["cycles"];
  // The program has compared every byte with the golden model, and read CYCLES before its two bad jobs.
  const FirmwareRun program = run_firmware(scenarios + "layers.yaml");
  CHECK(program.process.exit_code == 0);
  CHECK(program.process.err.find("engine cycles " + std::to_string(cycles) + ",") != std::string::npos);
}

TEST_CASE("firmware.F3 QEMU runs the same files to the same text and exit code") {
  if (!std::filesystem::exists("/usr/bin/qemu-system-riscv32")) {
    WARN("SKIPPED: qemu-system-riscv32 is not installed");
    return;
  }
  for (const char* name : {"hello", "timer_irq"}) {
    const std::string elf = scenarios + name + ".elf";
    const ProcessResult qemu = run_process(
        {"/usr/bin/qemu-system-riscv32", "-M", "virt", "-bios", "none", "-nographic", "-icount", "shift=0,sleep=off", "-kernel", elf});
    const FirmwareRun ours = run_firmware(root + "/scenarios/firmware.yaml", {"--set", "workload.elf=" + elf});
    std::string text = qemu.out;
    if (const std::size_t at = text.find("misa "); at != std::string::npos) text.replace(at + 5, 8, "40101105");  // theirs has F, D and S
    CHECK(qemu.exit_code == 0);
    CHECK(ours.process.exit_code == 0);
    CHECK(text == ours.process.err);
  }
}

TEST_CASE("firmware.F28 the programs that ship are what their sources build") {
  const std::string built = SNNVP_FIRMWARE_DIR;
  if (!std::filesystem::exists(built + "/hello.elf")) {
    WARN("SKIPPED: no RISC-V compiler, the examples are not built");
    return;
  }
  if (run_process({"/usr/bin/env", "riscv64-unknown-elf-gcc", "-dumpfullversion"}).out != "12.2.0\n") {
    WARN("SKIPPED: they were built by gcc 12.2.0, here is another");
    return;
  }
  std::vector<std::filesystem::path> shipped = {root + "/tests/firmware/bench.elf"};
  for (const auto& entry : std::filesystem::directory_iterator(scenarios))
    if (entry.path().extension() == ".elf") shipped.push_back(entry.path());
  CHECK(shipped.size() >= 6);
  for (const auto& path : shipped) {
    INFO(path << ": build the target snnvp_firmware_ship after a change");
    REQUIRE(std::filesystem::exists(built + "/" + path.filename().string()));
    const snnvp::ElfFile a = snnvp::read_elf(path.string()), b = snnvp::read_elf(built + "/" + path.filename().string());
    CHECK(a.entry == b.entry);
    REQUIRE(a.segments.size() == b.segments.size());
    for (std::size_t i = 0; i < a.segments.size(); ++i) {
      CHECK(a.segments[i].address == b.segments[i].address);
      CHECK(a.segments[i].memory_size == b.segments[i].memory_size);
      CHECK((a.segments[i].bytes == b.segments[i].bytes));
    }
    CHECK(a.lines.at(a.entry) == b.lines.at(b.entry));
    CHECK(slurp(path.string()).find("/src/") == std::string::npos);
  }
}
