// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <vector>

#include <snnvp/models/riscv/riscv_core.h>

#include "riscv_asm.h"

namespace snnvp::test {

/// A hart on 64 KiB of RAM at 0x80000000 and a device of 4 KiB at 0x10000000 that notes every access and answers with a value.
class Machine : public riscv::Bus {
public:
  static constexpr std::uint32_t ram_base = 0x8000'0000, ram_size = 0x1'0000, device = 0x1000'0000;
  struct Access {
    bool is_write;
    std::uint32_t address;
    unsigned bytes;
    std::uint32_t value;
    Cycles at;
  };

  explicit Machine(riscv::Core::Params params = {}) : ram(ram_size), core(params, *this) {}

  /// Words from an address in RAM on.
  void put(std::uint32_t address, const std::vector<std::uint32_t>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) std::memcpy(&ram[address - ram_base + 4 * i], &words[i], 4);
  }
  void put_half(std::uint32_t address, std::uint16_t half) { std::memcpy(&ram[address - ram_base], &half, 2); }
  std::uint32_t word(std::uint32_t address) const {
    std::uint32_t value;
    std::memcpy(&value, &ram[address - ram_base], 4);
    return value;
  }
  /// Executes `count` instructions or trap entries.
  void step(unsigned count) {
    for (unsigned i = 0; i < count; ++i) core.step();
  }
  /// Puts the words at the reset address and executes each once.
  void execute(const std::vector<std::uint32_t>& words) {
    put(ram_base, words);
    core.flush_all();
    core.set_pc(ram_base);
    step(static_cast<unsigned>(words.size()));
  }

  bool load(std::uint32_t address, unsigned bytes, std::uint32_t& value) override {
    if (in_ram(address)) {
      value = 0;
      std::memcpy(&value, &ram[address - ram_base], bytes);
      return true;
    }
    if (address - device >= 4096) return false;
    core.add_stall(stall);
    value = answer;
    accesses.push_back({false, address, bytes, value, core.now()});
    return true;
  }
  bool store(std::uint32_t address, unsigned bytes, std::uint32_t value) override {
    if (in_ram(address)) {
      std::memcpy(&ram[address - ram_base], &value, bytes);
      return true;
    }
    if (address - device >= 4096) return false;
    accesses.push_back({true, address, bytes, value, core.now()});
    core.add_stall(stall);
    core.request_yield();
    return true;
  }
  bool fetch(std::uint32_t address, std::uint8_t* data, unsigned bytes) override {
    if (!in_ram(address)) return false;
    std::memcpy(data, &ram[address - ram_base], bytes);
    return true;
  }
  bool is_memory(std::uint32_t address) const override { return in_ram(address); }
  std::optional<riscv::DirectRegion> direct(std::uint32_t address) override {
    if (!dmi || !in_ram(address)) return std::nullopt;
    return riscv::DirectRegion{ram_base, ram_base + ram_size - 1, ram.data(), true, writable, extra, extra};
  }
  std::uint64_t mtime() override { return core.now() / 10; }

  std::vector<std::uint8_t> ram;
  bool dmi = true, writable = true;
  unsigned extra = 0;  ///< cycles of a direct access beyond the pipelined one
  Cycles stall = 0;    ///< of a device access
  std::uint32_t answer = 0;
  std::vector<Access> accesses;
  riscv::Core core;

private:
  static bool in_ram(std::uint32_t address) { return address - ram_base < ram_size; }
};

/// mcycle difference of two reads around a sequence, the first one word aligned (spec/firmware.md F6). Words of 2 bytes are given
/// as values below 0x10000 whose low bits are not 11.
inline std::uint32_t cycles_between(const std::vector<std::uint32_t>& sequence, riscv::Core::Params params = {}) {
  Machine m(params);
  std::uint32_t at = Machine::ram_base;
  const auto emit = [&](std::uint32_t word) {
    const bool is_short = word < 0x1'0000 && (word & 3) != 3;
    if (is_short)
      m.put_half(at, static_cast<std::uint16_t>(word));
    else
      std::memcpy(&m.ram[at - Machine::ram_base], &word, 4);
    at += is_short ? 2 : 4;
  };
  emit(rv::csrr(rv::s2, 0xB00));
  for (const std::uint32_t word : sequence) emit(word);
  emit(rv::csrr(rv::s3, 0xB00));
  const std::uint32_t end = at;
  m.core.set_reg(rv::a0, Machine::ram_base + 0x1000);
  m.core.set_breakpoint(end, true);
  m.core.run(100000);
  return m.core.reg(rv::s3) - m.core.reg(rv::s2);
}

}  // namespace snnvp::test
