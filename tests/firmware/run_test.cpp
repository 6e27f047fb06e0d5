// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <nlohmann/json.hpp>

#include <snnvp/workloads/formats/elf_file.h>

#include "../support/elf_builder.h"
#include "../support/process.h"
#include "../support/riscv_asm.h"

using namespace rv;
using namespace snnvp::test;

namespace {

constexpr Word base = 0x8000'0000;
const std::string scenario = std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml";

struct Result {
  ProcessResult process;
  nlohmann::json report;
};

Result run(const std::string& elf, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"run", scenario, "--json", "--quiet", "--set", "workload.elf=" + elf};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Result result{run_snnvp(arguments), {}};
  result.report = nlohmann::json::parse(result.process.out, nullptr, false);
  return result;
}

/// A program from words at the start of memory.
Result run_words(const std::vector<Word>& words, std::vector<ElfBuilder::Symbol> symbols = {}, std::vector<std::string> more = {}) {
  ScratchFolder folder;
  ElfBuilder elf;
  elf.segments = {{base, words}};
  elf.symbols = std::move(symbols);
  return run(folder.write("program.elf", elf.bytes()), std::move(more));
}

bool says(const Result& r, const std::string& text) {
  return r.report.is_object() ? r.report["diagnosis"].dump().find(text) != std::string::npos
                              : r.process.err.find(text) != std::string::npos;
}

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
  const Result failed = run_words(exit_with(7u << 16 | 0x3333));
  CHECK(failed.process.exit_code == 1);
  CHECK(failed.report["status"] == "firmware_failed");
  CHECK(failed.report["firmware"]["exit_code"] == 7);
  CHECK(failed.report["firmware"]["test_number"].is_null());
}

TEST_CASE("firmware.F25 tohost: pass, failed test, host call; the run stops at the exact instruction") {
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
  CHECK(says(limit, "loop_here (100 %)"));
  const Result lockup = run_words({lui(t0, 0x40000), lw(t1, t0, 0)}, symbols);
  CHECK(lockup.report["status"] == "lockup");
  CHECK(says(lockup, "load access fault at 0x80000004 in loop_here"));
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

TEST_CASE("firmware.F4 nothing but the parameter depends on the quantum; F30 equal runs give equal bytes") {
  const std::string elf = std::string(SNNVP_FIRMWARE_DIR) + "/timer_irq.elf";
  if (!std::filesystem::exists(elf)) {
    WARN("SKIPPED: no RISC-V compiler, the examples are not built");
    return;
  }
  const auto with = [&](const std::string& quantum) {
    Result r = run(elf, {"--set", "platform.blocks.cpu.params.quantum=" + quantum});
    REQUIRE(r.process.exit_code == 0);
    CHECK(r.process.err.find("5 ticks, 1 ecall, on time: yes") != std::string::npos);
    r.report.erase("scenario");
    return r.report.dump();
  };
  const std::string expected = with("100 us");
  CHECK(with("100 us") == expected);
  CHECK(with("10 us") == expected);
  CHECK(with("1 us") == expected);
}

TEST_CASE("firmware.F28 the examples run to their end") {
  const std::string elf = std::string(SNNVP_FIRMWARE_DIR) + "/hello.elf";
  if (!std::filesystem::exists(elf)) {
    WARN("SKIPPED: no RISC-V compiler, the examples are not built");
    return;
  }
  const Result r = run(elf);
  CHECK(r.process.exit_code == 0);
  CHECK(r.process.err == "hello from hart 0, misa 40101105\nsum of squares 332833500\ndone\n");
}

TEST_CASE("firmware.F28 the programs that ship are what their sources build") {
  if (!std::filesystem::exists(std::string(SNNVP_FIRMWARE_DIR) + "/hello.elf")) {
    WARN("SKIPPED: no RISC-V compiler, the examples are not built");
    return;
  }
  const std::string compiler = run_process({"/usr/bin/env", "riscv64-unknown-elf-gcc", "-dumpfullversion"}).out;
  if (compiler != "12.2.0\n") {
    WARN("SKIPPED: they were built by gcc 12.2.0, here is another");
    return;
  }
  const std::string root = SNNVP_SOURCE_DIR;
  for (const auto& [shipped, name] :
       {std::pair{root + "/scenarios/firmware/hello.elf", "/hello.elf"}, {root + "/tests/firmware/bench.elf", "/bench.elf"}}) {
    const snnvp::ElfFile a = snnvp::read_elf(shipped), b = snnvp::read_elf(SNNVP_FIRMWARE_DIR + std::string(name));
    CHECK(a.entry == b.entry);
    REQUIRE(a.segments.size() == b.segments.size());
    for (std::size_t i = 0; i < a.segments.size(); ++i) {
      CHECK(a.segments[i].address == b.segments[i].address);
      CHECK(a.segments[i].memory_size == b.segments[i].memory_size);
      CHECK(a.segments[i].bytes == b.segments[i].bytes);
    }
  }
}
