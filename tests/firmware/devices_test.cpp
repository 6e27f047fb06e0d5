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
