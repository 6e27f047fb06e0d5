// SPDX-License-Identifier: Apache-2.0
// The six loops of spec/firmware.md 7.2 on the bare core: instructions and cycles are known exactly.
#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>

#include <snnvp/models/riscv/riscv_core.h>
#include <snnvp/workloads/formats/elf_file.h>

#include "../support/process.h"

using namespace snnvp;
using riscv::Core;
using riscv::DirectRegion;
using riscv::Stop;
using riscv::Timing;

namespace {

/// 16 MiB of memory without wait states, a UART, an exit device, and a device whose reads take three cycles more.
class Board : public riscv::Bus {
public:
  static constexpr std::uint32_t ram_base = 0x8000'0000, ram_size = 16u << 20;

  Board(const ElfFile& elf, const Timing& timing) : ram_(ram_size), core_(params(elf, timing), *this) {
    for (const ElfFile::Segment& s : elf.segments) std::memcpy(&ram_[s.address - ram_base], s.bytes.data(), s.bytes.size());
  }
  std::string run(Cycles quantum) {
    while (!done_) {
      const Stop stop = core_.run(quantum);
      REQUIRE((stop == Stop::budget || stop == Stop::yield));
    }
    return text_;
  }

  bool load(std::uint32_t address, unsigned, std::uint32_t& value) override {
    value = address == 0x1000'0005 ? 0x60 : 0;
    if (address >> 24 == 0x0C) core_.add_stall(3);
    return true;
  }
  bool store(std::uint32_t address, unsigned, std::uint32_t value) override {
    if (address == 0x1000'0000) text_ += static_cast<char>(value);
    if (address == 0x0010'0000) done_ = true;
    core_.request_yield();
    return true;
  }
  bool fetch(std::uint32_t, std::uint8_t*, unsigned) override { return false; }
  bool is_memory(std::uint32_t address) const override { return address - ram_base < ram_size; }
  std::optional<DirectRegion> direct(std::uint32_t address) override {
    if (!is_memory(address)) return std::nullopt;
    return DirectRegion{ram_base, ram_base + ram_size - 1, ram_.data(), true, true, 0, 0};
  }
  std::uint64_t mtime() override { return 0; }

private:
  static Core::Params params(const ElfFile& elf, const Timing& timing) {
    Core::Params p;
    p.reset_pc = elf.entry;
    p.timing = timing;
    return p;
  }
  std::vector<std::uint8_t> ram_;
  std::string text_;
  bool done_ = false;
  Core core_;
};

struct Row {
  std::string result;
  std::uint64_t cycles = 0, instructions = 0;
  bool operator==(const Row& o) const { return result == o.result && cycles == o.cycles && instructions == o.instructions; }
};

/// Lines "bench NAME r=HEX cycles=N instret=N".
std::map<std::string, Row> rows_of(const std::string& text) {
  std::map<std::string, Row> rows;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    char name[16], result[16];
    unsigned long cycles, instructions;
    if (std::sscanf(line.c_str(), "bench %15s r=%15s cycles=%lu instret=%lu", name, result, &cycles, &instructions) == 4)
      rows[name] = {result, cycles, instructions};
  }
  return rows;
}

const std::string bench = std::string(SNNVP_SOURCE_DIR) + "/tests/firmware/bench.elf";

}  // namespace

TEST_CASE("firmware.F7 the bench program takes exactly the cycles of the table, in both profiles") {
  const ElfFile elf = read_elf(bench);
  const std::map<std::string, Row> inorder4 = rows_of(Board(elf, Timing::inorder4()).run(10'000));
  CHECK(inorder4 == std::map<std::string, Row>{{"alu", {"45df6e0d", 240000016, 180000011}},
                                               {"mem", {"6f830000", 98316019, 65548013}},
                                               {"copy", {"69d90000", 40996788, 32796592}},
                                               {"mmio", {"001e8480", 20000016, 10000010}},
                                               {"fib", {"0004d973", 14398414, 12387863}},
                                               {"lif", {"000159a0", 77278064, 60087525}}});
  for (const auto& [name, row] : rows_of(Board(elf, Timing::unit()).run(1'000))) {
    CHECK(row.instructions == inorder4.at(name).instructions);
    CHECK(row.cycles == row.instructions + (name == "mmio" ? 3u * 2'000'000 : 0u));
  }
}

TEST_CASE("firmware.F3 results, instructions and unit cycles equal those of QEMU on the same file") {
  if (!std::filesystem::exists("/usr/bin/qemu-system-riscv32")) {
    WARN("SKIPPED: qemu-system-riscv32 is not installed");
    return;
  }
  const auto qemu = rows_of(test::run_process({"/usr/bin/qemu-system-riscv32", "-M", "virt", "-bios", "none", "-nographic", "-icount",
                                               "shift=0,sleep=off", "-kernel", bench})
                                .out);
  const auto ours = rows_of(Board(read_elf(bench), Timing::unit()).run(10'000));
  REQUIRE(qemu.size() == 6);
  for (const auto& [name, row] : qemu) {
    CHECK(ours.at(name).result == row.result);
    CHECK(ours.at(name).instructions == row.instructions);
    CHECK(ours.at(name).cycles == row.cycles + (name == "mmio" ? 3u * 2'000'000 : 0u));
  }
}
