// SPDX-License-Identifier: Apache-2.0
// UART input and exit device as a program sees them: it checks each register itself and ends with the number of the check that failed.
#include <catch2/catch.hpp>

#include "../support/elf_builder.h"
#include "../support/riscv_asm.h"
#include "firmware_run.h"

using namespace rv;
using namespace snnvp::test;

namespace {

/// A program that writes and reads registers of one device, in order.
class Checks {
public:
  explicit Checks(Word base) { li(a0, base), li(a1, 0x0010'0000); }

  Checks& write8(Word offset, Word value) { return li(t0, value), words_.push_back(sb(t0, a0, offset)), *this; }
  Checks& write32(Word offset, Word value) { return li(t0, value), words_.push_back(sw(t0, a0, offset)), *this; }
  Checks& read8(Word offset, Word expected) { return words_.push_back(lbu(t0, a0, offset)), expect(expected); }
  Checks& read32(Word offset, Word expected) { return words_.push_back(lw(t0, a0, offset)), expect(expected); }

  FirmwareRun run(const std::vector<std::string>& more = {}) {
    li(t0, 0x5555);
    words_.insert(words_.end(), {sw(t0, a1, 0), jal(x0, 0)});
    ScratchFolder folder;
    ElfBuilder elf;
    elf.segments = {{0x8000'0000, words_}};
    std::vector<std::string> arguments = {"--set", "workload.elf=" + folder.write("checks.elf", elf.bytes())};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_firmware(std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml", arguments);
  }

private:
  void li(Word rd, Word value) {
    words_.push_back(lui(rd, (value + 0x800) >> 12 & 0xFFFFF));
    words_.push_back(addi(rd, rd, value & 0xFFF));
  }
  Checks& expect(Word expected) {
    li(t1, expected);
    words_.push_back(beq(t0, t1, 20));
    li(t0, ++number_ << 16 | 0x3333);
    words_.insert(words_.end(), {sw(t0, a1, 0), jal(x0, 0)});
    return *this;
  }

  std::vector<Word> words_;
  Word number_ = 0;
};

constexpr Word uart = 0x1000'0000, simctl = 0x0010'0000;

void passes(const FirmwareRun& result) {
  INFO(result.process.err);
  CHECK(result.process.exit_code == 0);
  REQUIRE(result.report.is_object());
  CHECK(result.report["firmware"]["exit_code"] == 0);
}

}  // namespace

TEST_CASE("firmware.F23 UART: line status, divisor latch, scratch, FIFO bits and the transmit interrupt are those of a 16550") {
  passes(Checks(uart)
             .read8(5, 0x60)  // nothing received, transmitter empty
             .read8(6, 0xB0)  // modem lines of QEMU
             .read8(2, 0x01)  // no interrupt
             .write8(7, 0xA5)
             .read8(7, 0xA5)
             .write8(3, 0x83)
             .read8(3, 0x83)  // divisor latch on
             .write8(0, 0x34)
             .write8(1, 0x12)
             .read8(0, 0x34)
             .read8(1, 0x12)
             .write8(3, 0x03)
             .read8(1, 0x00)  // and off: IER is another register
             .write8(1, 0xFF)
             .read8(1, 0x03)  // two bits of IER exist
             .read8(2, 0x02)
             .read8(2, 0x01)  // reading IIR takes the transmit interrupt back
             .write8(2, 0x01)
             .read8(2, 0xC1)  // FIFOs on
             .write8(0, 'x')
             .read8(2, 0xC2)  // sent: empty again
             .read8(0, 0)     // nothing received
             .run());
}

TEST_CASE("firmware.F23 UART: bytes of the input file arrive in order, each raises data ready and the receive interrupt") {
  ScratchFolder folder;
  const std::string input = folder.write("input", "ab");
  passes(Checks(uart)
             .read8(5, 0x61)
             .write8(1, 1)
             .read8(2, 0x04)
             .read8(0, 'a')
             .read32(0, 'b')  // a word acts on the register with its low byte
             .read8(5, 0x60)
             .read8(2, 0x01)
             .run({"--set", "platform.blocks.uart.params.input=" + input}));
}

TEST_CASE("firmware.F23 simctl: arguments, no effect of an unknown finish, a watchdog disarmed in time") {
  passes(Checks(simctl)
             .read32(0x10, 7)
             .read32(0x14, 9)
             .read32(0x18, 0)
             .write32(0x0C, 1)
             .write32(0x0C, 0)  // 1 us
             .write32(0x00, 0x1234)
             .read32(0x34, 0)
             .run({"--set", "platform.blocks.ctl.params.args=[7, 9]"}));
  const FirmwareRun failed = Checks(simctl).read32(0x10, 1).run();
  CHECK(failed.process.exit_code == 1);
  CHECK(failed.report["firmware"]["exit_code"] == 1);
}

TEST_CASE("firmware.F23 simctl: 0x7777 resets harts and devices and places the program anew, other memory stays") {
  // The first time: a mark outside the program, its own word changed, an enable of the UART set, a phase begun. The second time all but the
  // mark is as at power-up; what was said and counted before is not forgotten.
  constexpr Word code = 0x8000'0000, own = 0x8000'1000;
  const std::vector<Word> words = {lui(a0, 0x10000),  // UART
                                   lui(a1, 0x100),    // simctl
                                   lui(a2, 0x80001),  // a word of the program
                                   lui(a3, 0x80100),  // a mark outside it
                                   lw(t0, a3, 0),
                                   bne(t0, x0, 4 * 14),
                                   addi(t0, x0, 1),
                                   sw(t0, a3, 0),
                                   sw(t0, a2, 0),
                                   sb(t0, a0, 1),
                                   sw(t0, a1, 4),
                                   csrw(0x340, t0),
                                   addi(t0, x0, 'A'),
                                   sb(t0, a0, 0),
                                   lui(t0, 0x7),
                                   addi(t0, t0, 0x777),
                                   sw(t0, a1, 0),
                                   jal(x0, 0),
                                   nop(),
                                   lw(t0, a2, 0),  // second time: 7 as loaded
                                   addi(t0, t0, Word(-7)),
                                   lbu(t1, a0, 1),
                                   csrr(t2, 0x340),
                                   op(0, 6, t0, t0, t1),
                                   op(0, 6, t0, t0, t2),
                                   bne(t0, x0, 4 * 7),
                                   addi(t0, x0, 'B'),
                                   sb(t0, a0, 0),
                                   lui(t0, 0x5),
                                   addi(t0, t0, 0x555),
                                   sw(t0, a1, 0),
                                   jal(x0, 0),
                                   lui(t0, 0x13),
                                   addi(t0, t0, 0x333),
                                   sw(t0, a1, 0),
                                   jal(x0, 0)};
  ScratchFolder folder;
  ElfBuilder elf;
  elf.segments = {{code, words}, {own, {7}, 0, false}};
  const FirmwareRun r = run_firmware(std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml",
                                     {"--set", "workload.elf=" + folder.write("reset.elf", elf.bytes()), "--out", folder.path() + "/out"});
  passes(r);
  CHECK(slurp(folder.path() + "/out/uart.log") == "AB");
  CHECK(r.report["totals"]["instructions"] == 17 + 6 + 12);
  CHECK(r.report["firmware"]["phases"].size() == 1);
  CHECK(r.report["blocks"].dump().find("\"resets\":1") != std::string::npos);
}
