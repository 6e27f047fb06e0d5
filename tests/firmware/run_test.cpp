// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>

#include "../support/elf_builder.h"
#include "../support/riscv_asm.h"
#include "firmware_run.h"

using namespace rv;
using namespace snnvp::test;

namespace {

constexpr Word base = 0x8000'0000;
const std::string scenario = std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml";

using Result = FirmwareRun;

Result run(const std::string& elf, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"--set", "workload.elf=" + elf});
  return run_firmware(scenario, more);
}

/// A program from words at the start of memory.
Result run_words(const std::vector<Word>& words, std::vector<ElfBuilder::Symbol> symbols = {}, std::vector<std::string> more = {}) {
  ScratchFolder folder;
  ElfBuilder elf;
  elf.segments = {{base, words}};
  elf.symbols = std::move(symbols);
  return run(folder.write("program.elf", elf.bytes()), std::move(more));
}

bool says(const Result& r, const std::string& text) { return r.says(text); }

/// simctl in a0: lui a0, 0x100
std::vector<Word> exit_with(Word value) {
  const Word upper = (value + 0x800) >> 12;
  return {lui(a0, 0x100), lui(t0, upper & 0xFFFFF), addi(t0, t0, value & 0xFFF), sw(t0, a0, 0), jal(x0, 0)};
}

}  // namespace

TEST_CASE("firmware.F26 a program ends with its exit code, and not one instruction later") {
  const Result passed = run_words(exit_with(0x5555));
  CHECK(passed.process.exit_code == 0);
  REQUIRE(passed.report.is_object());
  CHECK(passed.report["status"] == "ok");
  CHECK(passed.report["totals"]["instructions"] == 4);
  const Result ahead = run_words(exit_with(0x5555), {}, {"--set", "platform.blocks.cpu.params.sync=quantum"});
  CHECK(ahead.report["totals"]["instructions"] == 4);
  const Result failed = run_words(exit_with(7u << 16 | 0x3333));
  CHECK(failed.process.exit_code == 1);
  CHECK(failed.report["status"] == "firmware_failed");
  CHECK(failed.report["firmware"]["exit_code"] == 7);
  CHECK(failed.report["firmware"]["test_number"].is_null());
}

TEST_CASE("tlm.V9 firmware.F5 with one hart the report does not depend on the quantum, the profile of its functions included") {
  const std::string layers = std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware/layers.yaml";
  FirmwareRun expected = run_firmware(layers);
  REQUIRE(expected.report.is_object());
  for (const char* quantum : {"1 us", "10 us"}) {
    FirmwareRun other = run_firmware(layers, {"--set", std::string("platform.blocks.cpu.params.quantum=") + quantum});
    REQUIRE(other.report.is_object());
    CHECK(other.report["firmware"] == expected.report["firmware"]);
    CHECK(other.report["totals"] == expected.report["totals"]);
  }
}

TEST_CASE("firmware.F25 tohost: pass, failed test, host call, the run stops at the exact instruction") {
  const auto store = [](Word value) {
    // tohost stands at base + 0x1000
    return std::vector<Word>{auipc(a0, 1), addi(t0, x0, value), sw(t0, a0, 0), sw(x0, a0, 4), jal(x0, 0)};
  };
  const std::vector<ElfBuilder::Symbol> symbols = {{"tohost", base + 0x1000}};
  const Result passed = run_words(store(1), symbols);
  CHECK(passed.process.exit_code == 0);
  CHECK(passed.report["totals"]["instructions"] == 3);
  const Result failed = run_words(store(5 << 1 | 1), symbols);
  CHECK(failed.process.exit_code == 1);
  CHECK(failed.report["firmware"]["test_number"] == 5);
  CHECK(says(failed, "test 5 failed"));
  const Result call = run_words(store(8), symbols);
  CHECK(call.report["status"] == "deadlock");
  CHECK(says(call, "host call"));
}

TEST_CASE("firmware.F26 a program that hangs is told where: endless jump, sleep, limit, trap loop, watchdog") {
  const std::vector<ElfBuilder::Symbol> symbols = {{"start_here", base, true}, {"loop_here", base + 4, true}};
  const Result parked = run_words({nop(), jal(x0, 0)}, symbols);
  CHECK(parked.process.exit_code == 1);
  CHECK(parked.report["status"] == "deadlock");
  CHECK(says(parked, "jumps to itself for ever at 0x80000004 in loop_here"));
  const Result asleep = run_words({wfi(), jal(x0, Word(-4))}, symbols);
  CHECK(asleep.report["status"] == "deadlock");
  CHECK(says(asleep, "sleeps in wfi"));
  const Result limit = run_words({nop(), nop(), jal(x0, Word(-4))}, symbols, {"--set", "run.limit=1 ms"});
  CHECK(limit.report["status"] == "limit");
  CHECK(says(limit, "loop_here 100 %"));
  const Result lockup = run_words({lui(t0, 0x40000), lw(t1, t0, 0)}, symbols);
  CHECK(lockup.report["status"] == "lockup");
  CHECK(says(lockup, "load access fault at 0x80000004 in loop_here, address 0x40000000: no block is there"));
  CHECK(says(lockup, "ADDRESS_ERROR"));
  const Result watchdog = run_words({lui(a0, 0x100), addi(t0, x0, 50), sw(t0, a0, 12), addi(t1, t1, 1), jal(x0, Word(-4))});
  CHECK(watchdog.report["status"] == "watchdog");
  CHECK(watchdog.report["time"]["seconds"].get<double>() == Approx(50e-6).epsilon(0.01));
  const Result counted = run_words({nop(), jal(x0, Word(-4))}, {}, {"--set", "platform.blocks.cpu.params.max_instructions=1000"});
  CHECK(counted.report["status"] == "limit");
  CHECK(counted.report["totals"]["instructions"] == 1000);
}

TEST_CASE("firmware.F24 a file that is no program for this hart is refused with everything that is wrong") {
  ScratchFolder folder;
  const auto refuse = [&](const ElfBuilder& elf, const std::string& text) {
    const Result r = run(folder.write("bad.elf", elf.bytes()));
    INFO(r.process.err);
    CHECK(r.process.exit_code == 2);
    CHECK(r.process.err.find(text) != std::string::npos);
  };
  ElfBuilder good;
  good.segments = {{base, {nop(), jal(x0, 0)}}};
  ElfBuilder e = good;
  e.machine = 62;
  refuse(e, "not for RISC-V");
  e = good;
  e.type = ET_DYN;
  e.flags = 2 | 8;
  refuse(e, "position-independent");
  refuse(e, "floating-point ABI");
  refuse(e, "RV32E");
  e = good;
  e.segments.clear();
  refuse(e, "no segment to load");
  e = good;
  e.segments.push_back({base + 4, {0}});
  refuse(e, "overlap");
  e = good;
  e.segments[0].address = 0x9000'0000;
  e.entry = 0x9000'0000;
  refuse(e, "does not fit a memory");
  refuse(e, "ram [0x80000000, 0x81000000)");
  e = good;
  e.segments[0].memory_size = 32u << 20;
  refuse(e, "does not fit a memory");
  e = good;
  e.entry = base + 0x100;
  refuse(e, "lies in no executable segment");
  e = good;
  e.segments[0].executable = false;
  refuse(e, "lies in no executable segment");
  CHECK(run(folder.write("text.elf", "no elf at all")).process.exit_code == 2);
  CHECK(run(folder.write("empty.elf", "")).process.exit_code == 2);
  CHECK(run("/nonexistent.elf").process.exit_code == 2);
  CHECK(run(folder.write("cut.elf", good.bytes().substr(0, 70))).process.exit_code == 2);
}

TEST_CASE("firmware.F2 --signature writes the words between the standard symbols") {
  ScratchFolder folder;
  ElfBuilder elf;
  std::vector<Word> words = exit_with(0x5555);
  elf.segments = {{base, words}, {base + 0x1000, {0x01234567, 0x89ABCDEF}, 0, false}};
  elf.symbols = {{"begin_signature", base + 0x1000}, {"end_signature", base + 0x1008}};
  const std::string out = folder.path() + "/signature";
  CHECK(run(folder.write("s.elf", elf.bytes()), {"--signature", out}).process.exit_code == 0);
  CHECK(slurp(out) == "01234567\n89abcdef\n");
  elf.symbols.clear();
  CHECK(run(folder.write("t.elf", elf.bytes()), {"--signature", out}).process.exit_code == 2);
}

TEST_CASE("firmware.F8 the timer interrupt is taken at the first instruction boundary at or after its time, busy or asleep") {
  for (const bool asleep : {false, true})
    for (Word at = 20; at < 24; ++at) {
      // mtvec = handler; mtimecmp = at; enable; then sleep or spin. The handler notes mcycle and ends with it as exit code.
      const std::vector<Word> program = {auipc(t0, 0),
                                         addi(t0, t0, 0x40),
                                         csrw(0x305, t0),
                                         lui(a1, 0x2004),
                                         addi(t1, x0, at),
                                         sw(t1, a1, 0),
                                         sw(x0, a1, 4),
                                         addi(t2, x0, 0x80),
                                         csrw(0x304, t2),
                                         csrrsi(x0, 0x300, 8),
                                         asleep ? wfi() : nop(),
                                         nop(),
                                         jal(x0, Word(-8)),
                                         nop(),
                                         nop(),
                                         nop(),
                                         csrr(t0, 0xB00),
                                         op_imm(1, t0, t0, 16),
                                         lui(t1, 0x3),
                                         addi(t1, t1, 0x333),
                                         op(0, 6, t0, t0, t1),
                                         lui(a0, 0x100),
                                         sw(t0, a0, 0),
                                         jal(x0, 0)};
      const Result r = run_words(program);
      REQUIRE(r.report["status"] == "firmware_failed");
      const unsigned seen = r.report["firmware"]["exit_code"];
      const unsigned due = at * 10;  // 10 MHz ticks, 100 MHz cycles
      INFO("asleep " << asleep << " at " << at << " seen " << seen);
      // trap entry 4; a loop of nop and taken jump has boundaries 1 and 2 cycles apart
      CHECK(seen >= due + 4);
      CHECK(seen <= due + 4 + (asleep ? 0 : 1));
    }
}
