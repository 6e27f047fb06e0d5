// SPDX-License-Identifier: Apache-2.0
// Traps, protection, atomics and code that is written, as a program meets them on a whole platform: over the bus and through pointers.
#include <catch2/catch.hpp>

#include <sstream>

#include "../../support/elf_builder.h"
#include "../../support/riscv_asm.h"
#include "../firmware_run.h"

using namespace rv;
using namespace snnvp::test;

namespace {

constexpr Word code = 0x8000'0000, handler = 0x8000'1000, table = 0x8000'2000, data = 0x8000'4000, end_of_ram = 0x8100'0000;
constexpr Word hole = 0x4000'0000, uart = 0x1000'0000;
constexpr Word t3 = 28, t4 = 29, t5 = 30;

/// Runs pieces of code whose traps are noted in a table, which the signature shows: cause, place and value, by 12 bytes.
class Probes {
public:
  struct Trap {
    Word cause, place, value;
    bool operator==(const Trap& o) const { return cause == o.cause && place == o.place && value == o.value; }
  };

  Probes() {
    li(a2, table);
    li(t0, handler);
    add({csrw(0x305, t0)});
  }
  Probes& li(Word rd, Word value) { return add({lui(rd, (value + 0x800) >> 12 & 0xFFFFF), addi(rd, rd, value & 0xFFF)}); }
  Probes& add(const std::vector<Word>& words) {
    words_.insert(words_.end(), words.begin(), words.end());
    return *this;
  }
  /// The instruction is expected to trap.
  Probes& trap(Word instruction, Word cause, Word value) {
    expected_.push_back({cause, here(), value});
    return add({instruction});
  }
  /// A jump to where nothing can be fetched; `ra` leads back.
  Probes& trap_at(Word address, Word value) {
    expected_.push_back({1, address, value});
    return li(t0, address).add({jalr(ra, t0, 0)});
  }
  /// A register's value, as an entry of the table.
  Probes& note(Word reg, Word value) {
    expected_.push_back({0xC0DE, 0, value});
    return li(t3, 0xC0DE).add({sw(t3, a2, 0), sw(x0, a2, 4), sw(reg, a2, 8), addi(a2, a2, 12)});
  }
  Word here() const { return code + 4 * static_cast<Word>(words_.size()); }

  FirmwareRun run(std::vector<std::string> more = {}) {
    std::vector<Word> words = words_;
    for (const Word w : {lui(a1, 0x100), lui(t0, 5), addi(t0, t0, 0x555), sw(t0, a1, 0), jal(x0, 0)}) words.push_back(w);
    // Back to the next instruction; after a fetch that failed, to the return address.
    const std::vector<Word> on_trap = {csrr(t3, 0x342), sw(t3, a2, 0),    csrr(t5, 0x341), sw(t5, a2, 4),   csrr(t4, 0x343),
                                       sw(t4, a2, 8),   addi(a2, a2, 12), addi(t5, t5, 4), addi(t4, x0, 1), bne(t3, t4, 8),
                                       addi(t5, ra, 0), csrw(0x341, t5),  mret()};
    ElfBuilder elf;
    elf.segments = {{code, words}, {handler, on_trap}};
    elf.symbols = {{"begin_signature", table}, {"end_signature", table + 12 * (static_cast<Word>(expected_.size()) + 1)}};
    const std::string signature = folder_.path() + "/signature";
    more.insert(more.begin(), {"--set", "workload.elf=" + folder_.write("probes.elf", elf.bytes()), "--signature", signature});
    FirmwareRun result = run_firmware(std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml", more);
    INFO(result.process.err);
    CHECK(result.process.exit_code == 0);
    std::istringstream in(slurp(signature));
    std::vector<Word> values;
    for (std::string line; std::getline(in, line);) values.push_back(static_cast<Word>(std::stoul(line, nullptr, 16)));
    for (std::size_t i = 0; i <= expected_.size() && 3 * i + 2 < values.size(); ++i) {
      const Trap got{values[3 * i], values[3 * i + 1], values[3 * i + 2]};
      const Trap wanted = i < expected_.size() ? expected_[i] : Trap{0, 0, 0};
      INFO("entry " << i << std::hex << ": cause " << got.cause << " at " << got.place << " value " << got.value << ", expected "
                    << wanted.cause << " at " << wanted.place << " value " << wanted.value);
      CHECK((got == wanted));
    }
    return result;
  }

private:
  ScratchFolder folder_;
  std::vector<Word> words_;
  std::vector<Trap> expected_;
};

const std::vector<std::string> over_the_bus = {"--set", "platform.blocks.cpu.params.dmi=false"};

}  // namespace

TEST_CASE("firmware.F13 on a platform a fault at a hole, a device or the end of memory has cause, place and value, and no effect") {
  for (const auto& more : {std::vector<std::string>{}, over_the_bus}) {
    Probes p;
    p.li(a0, hole).li(t1, 0x1234);
    p.trap(lw(t1, a0, 0), 5, hole).trap(lb(t1, a0, 3), 5, hole + 3).trap(sw(t1, a0, 4), 7, hole + 4).trap(sb(t1, a0, 1), 7, hole + 1);
    p.trap(amoadd(t1, t1, a0), 7, hole).trap(lr(t1, a0), 5, hole).trap(sc(t1, t1, a0), 7, hole);
    p.note(t1, 0x1234);  // no load has written its register
    p.trap_at(hole, hole).trap_at(uart, uart).trap_at(end_of_ram, end_of_ram);
    p.li(a0, end_of_ram - 4).add({sw(t1, a0, 0)}).li(a0, end_of_ram - 2).li(t2, 0xFFFFFFFF);
    p.trap(lw(t2, a0, 0), 5, end_of_ram - 2).trap(sw(t2, a0, 0), 7, end_of_ram - 2);
    p.li(a0, end_of_ram - 4).add({lw(t2, a0, 0)}).note(t2, 0x1234);  // nothing of the store that crosses the end
    p.li(a0, uart).trap(amoadd(t1, t1, a0), 7, uart).trap(lr(t1, a0), 5, uart).trap(lw(t1, a0, 8), 5, uart + 8);
    const FirmwareRun r = p.run(more);
    CHECK(r.report["firmware"]["harts"][0]["exceptions"] == 15);
    CHECK(r.says("load access fault at 0x8"));
    CHECK(r.says("address 0x40000000, answered ADDRESS_ERROR: no block is there"));
    CHECK(r.report["blocks"].dump().find("\"sent\":null") != std::string::npos);  // no byte has reached the UART
  }
}

TEST_CASE("firmware.F14 on a platform misaligned accesses to memory are done or trap as asked, to devices they always trap") {
  for (const char* dmi : {"true", "false"})
    for (const bool traps : {false, true}) {
      Probes p;
      p.li(t1, 0x33221100).li(t2, 0x77665544).li(a0, data).add({sw(t1, a0, 0), sw(t2, a0, 4)});
      for (Word offset = 0; offset < 4; ++offset) {
        p.li(a0, data + offset);
        for (const auto& [instruction, size, value] : {std::tuple{lw(t0, a0, 0), 4u, static_cast<Word>(0x7766554433221100u >> 8 * offset)},
                                                       {lhu(t0, a0, 0), 2u, static_cast<Word>(0x7766554433221100u >> 8 * offset) & 0xFFFF},
                                                       {lbu(t0, a0, 0), 1u, static_cast<Word>(0x7766554433221100u >> 8 * offset) & 0xFF}}) {
          if (traps && offset % size != 0)
            p.trap(instruction, 4, data + offset);
          else
            p.add({instruction}).note(t0, value);
        }
        p.li(t2, 0xA5A5A5A5).li(a3, data + 16).add({sw(x0, a3, 0), sw(x0, a3, 4)}).li(a0, data + 16 + offset);
        if (traps && offset != 0)
          p.trap(sw(t2, a0, 0), 6, data + 16 + offset).add({lw(t0, a3, 4)}).note(t0, 0);
        else
          p.add({sw(t2, a0, 0), lw(t0, a3, 4)}).note(t0, offset == 0 ? 0 : 0xA5A5A5A5u >> (32 - 8 * offset));
      }
      p.li(a0, uart + 1).trap(lw(t0, a0, 0), 4, uart + 1).trap(sh(t0, a0, 0), 6, uart + 1);
      p.li(a0, data + 2).trap(lr(t0, a0), 4, data + 2).trap(sc(t0, t1, a0), 6, data + 2).trap(amoadd(t0, t1, a0), 6, data + 2);
      p.run({"--set", std::string("platform.blocks.cpu.params.dmi=") + dmi, "--set",
             std::string("platform.blocks.cpu.params.misaligned=") + (traps ? "trap" : "hardware")});
    }
}

TEST_CASE("firmware.F15 on a platform a locked PMP entry guards its bytes from machine mode, and no others") {
  for (const auto& more : {std::vector<std::string>{}, over_the_bus}) {
    Probes p;
    // Entry 0: NA4 at data + 8, locked, nothing allowed. Entry 1: NAPOT of 8 bytes at data + 16, locked, may be read.
    p.li(a0, data).li(t1, 77).add({sw(t1, a0, 8), sw(t1, a0, 16), sw(t1, a0, 4)});
    p.li(t0, (data + 8) >> 2).add({csrw(0x3B0, t0)}).li(t0, (data + 16) >> 2).add({csrw(0x3B1, t0)});
    p.li(t0, 0x9990).add({csrw(0x3A0, t0)});
    p.add({lw(t1, a0, 4)}).note(t1, 77).trap(lw(t1, a0, 8), 5, data + 8).trap(sb(t1, a0, 11), 7, data + 11).add({sw(t1, a0, 12)});
    p.trap(lw(t1, a0, 6), 5, data + 6);  // a part of it is enough
    p.trap_at(data + 8, data + 8);
    p.add({lw(t1, a0, 16)}).note(t1, 77).trap(sw(t1, a0, 20), 7, data + 20);
    p.add({csrw(0x3A0, x0), csrw(0x3B0, x0)}).trap(lw(t1, a0, 8), 5, data + 8);  // locked is locked
    p.run(more);
  }
}

TEST_CASE("firmware.F16 on a platform a store-conditional fails after a write between, after a trap, and without its reservation") {
  for (const auto& more : {std::vector<std::string>{}, over_the_bus}) {
    Probes p;
    p.li(a0, data).li(t1, 5).li(t2, 6).add({sw(t1, a0, 0)});
    p.add({lr(t0, a0), sc(t0, t2, a0)}).note(t0, 0);
    p.add({lr(t0, a0), sw(t1, a0, 0), sc(t0, t2, a0)}).note(t0, 1);
    p.add({lr(t0, a0)}).trap(ecall(), 11, 0).add({sc(t0, t2, a0)}).note(t0, 1);
    p.add({sc(t0, t2, a0)}).note(t0, 1);
    p.add({lr(t0, a0)}).li(a0, data + 4).add({sc(t0, t2, a0)}).note(t0, 1).li(a0, data).add({lw(t0, a0, 0)}).note(t0, 5);
    p.add({amoadd(t0, t2, a0)}).note(t0, 5).add({lw(t0, a0, 0)}).note(t0, 11);
    p.run(more);
  }
}

TEST_CASE("firmware.F17 on a platform code that the hart writes runs, with and without fence.i, and is fetched anew") {
  for (const auto& more : {std::vector<std::string>{}, over_the_bus})
    for (const bool fences : {true, false}) {
      if (!fences && !more.empty()) continue;  // what was fetched over the bus stays until a fence, as the ISA allows
      Probes p;
      p.li(a0, data)
          .li(t1, addi(a3, x0, 1))
          .li(t2, jalr(x0, ra, 0))
          .add({sw(t1, a0, 0), sw(t2, a0, 4), fence_i(), jalr(ra, a0, 0)})
          .note(a3, 1);
      for (Word i = 2; i < 5; ++i) {
        p.li(a0, data).li(t1, addi(a3, x0, i)).add({sw(t1, a0, 0), fences ? fence_i() : nop(), jalr(ra, a0, 0)}).note(a3, i);
        p.li(a0, data).li(t1, i).add({sw(t1, a0, 32), jalr(ra, a0, 0)}).note(a3, i);  // data beside the code
      }
      p.run(more);
    }
}

TEST_CASE("firmware.F30 the order in which a scenario declares its blocks changes no byte of the report") {
  ScratchFolder folder;
  const std::vector<std::string> blocks = {
      "{ name: cpu, kind: models.riscv, clock: core }",
      "{ name: ram, kind: models.sram, clock: core, params: { size: 16 MiB, width: 8 B, latency_cycles: 0, allow_dmi: true } }",
      "{ name: bus, kind: interconnect.bus, clock: core }",
      "{ name: intc, kind: models.intc }",
      "{ name: uart, kind: models.uart }",
      "{ name: ctl, kind: models.simctl, clock: core }",
  };
  const auto run_in_order = [&](bool reversed) {
    std::string text = "scenario: 1\nname: order\nplatform:\n  clocks: { core: 100 MHz }\n  blocks:\n";
    for (std::size_t i = 0; i < blocks.size(); ++i) text += "    - " + blocks[reversed ? blocks.size() - 1 - i : i] + "\n";
    text +=
        "  links:\n    - { from: cpu.bus, to: bus.in }\n    - { from: uart.irq, to: \"intc.irq[10]\" }\n"
        "    - { from: \"intc.mei[0]\", to: cpu.mei }\n    - { from: \"intc.mti[0]\", to: cpu.mti }\n    - { from: \"intc.msi[0]\", to: "
        "cpu.msi }\n"
        "  maps:\n    - { through: bus, to: ctl.regs, base: 0x0010_0000, size: 4 KiB }\n"
        "    - { through: bus, to: intc.clint, base: 0x0200_0000, size: 64 KiB }\n"
        "    - { through: bus, to: intc.plic, base: 0x0C00_0000, size: 6 MiB }\n"
        "    - { through: bus, to: uart.regs, base: 0x1000_0000, size: 256 B }\n"
        "    - { through: bus, to: ram.in, base: 0x8000_0000, size: 16 MiB }\n"
        "workload: { kind: firmware, elf: " +
        std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware/timer_irq.elf }\nrun: { limit: 1 s }\n";
    FirmwareRun r = run_firmware(folder.write("order.yaml", text));
    REQUIRE(r.process.exit_code == 0);
    r.report.erase("scenario");
    return r.report.dump() + r.process.err;
  };
  const std::string expected = run_in_order(false);
  CHECK(run_in_order(true) == expected);
  CHECK(run_in_order(false) == expected);
}

TEST_CASE(
    "firmware.timeline a run tells when its hart ran and slept and when its engine was busy, and host.json how long each phase took") {
  ScratchFolder folder;
  const FirmwareRun r = run_firmware(std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware/layers.yaml", {"--out", folder.path() + "/out"});
  REQUIRE(r.process.exit_code == 0);
  const auto& firmware = r.report["firmware"];
  std::uint64_t at = 0, jobs = 0, busy = 0, asleep = 0;
  for (const auto& i : firmware["timeline"]) {
    const std::uint64_t begin = i["begin_ps"], end = i["end_ps"];
    if (i["lane"] == "cpu") {
      CHECK(begin == at);
      at = end;
      if (i["what"] == "wfi") asleep += end - begin;
    } else {
      CHECK(i["lane"] == "pu");
      CHECK(i["what"] == "job " + std::to_string(++jobs));
      busy += end - begin;
    }
  }
  CHECK(at == static_cast<std::uint64_t>(r.report["time"]["cycles"]) * 10'000);
  CHECK(jobs == 4);  // the fifth is refused in no time
  CHECK(asleep == firmware["harts"][0]["sleep_cycles"].get<std::uint64_t>() * 10'000);
  CHECK(busy == firmware["activity_ps"]["pu"]["busy"]);
  CHECK(busy >= 44586u * 10'000);  // the CYCLES register of its three good jobs
  const auto phases = nlohmann::json::parse(slurp(folder.path() + "/out/host.json"))["wall_phases_s"];
  for (const char* phase : {"load", "elaborate", "simulate", "check", "write"}) {
    INFO(phase);
    REQUIRE(phases.contains(phase));
    CHECK(phases[phase] > 0.0);
  }
  CHECK(phases.size() == 5);
}
