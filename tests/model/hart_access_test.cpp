// SPDX-License-Identifier: Apache-2.0
// What accesses of a hart to a device cost the kernel.
#include <snnvp/models/riscv/riscv.h>

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <vector>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/tlm/protocol_monitor.h>
#include <snnvp/platform/tlm/register_bank.h>

#include "../support/fresh_kernel.h"
#include "../support/riscv_asm.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using namespace rv;
using sc_core::sc_time;

namespace {

constexpr Word ram_base = 0x8000'0000, device_base = 0x1000'0000;
constexpr Word stored = 0, handled = 4;  // registers

const char* const description = R"(
bank: { name: regs, size: 4 KiB }
registers:
  - { name: stored, offset: 0, access: rw, reset: 7 }
  - { name: handled, offset: 4, access: rw }
)";

struct Outcome {
  std::uint64_t deltas, cycles, reads, writes, bus_transactions, port_transactions;
  /// Of what can be seen, which the kernel's activations are not.
  bool operator==(const Outcome& o) const {
    return cycles == o.cycles && reads == o.reads && writes == o.writes && bus_transactions == o.bus_transactions &&
           port_transactions == o.port_transactions;
  }
};

/// One register that only stores, and one with handlers.
struct Device : sc_core::sc_module {
  RegisterBank bank;
  TargetPort regs;
  std::uint32_t calls = 0;
  explicit Device(const sc_core::sc_module_name& name)
      : sc_module(name), bank(parse_register_map(description, "device.yaml")), regs("regs", bank, bank.port_options()) {
    bank.on_read("handled", [this](sc_time&) { return ++calls; });
    bank.on_write("handled", [this](std::uint32_t, sc_time&) { ++calls; });
  }
};

/// A loop of `count` executions of an access to the device, whose address is in a0.
Outcome loop(Word access, unsigned count, bool is_monitored = false, bool has_later_event = false) {
  FreshKernel kernel;
  const ClockDomain clock(100'000'000);
  Sram::Params memory;
  memory.size = 4096;
  memory.allow_dmi = true;
  Sram ram("ram", memory, clock);
  Bus::Params p;
  p.targets = 2;
  Bus bus("bus", p, clock);
  Device device("device");
  Riscv::Params params;
  params.reset_pc = ram_base;
  params.memories = {{ram_base, ram_base + 4095}};
  params.quantum = 1'000'000'000'000;
  Riscv hart("hart", params, clock);
  std::unique_ptr<ProtocolMonitor> monitor;
  if (is_monitored) {
    monitor = std::make_unique<ProtocolMonitor>("monitor", "bus -> device", ProtocolMonitor::Mode::count);
    bus.out[1].bind(monitor->in);
    monitor->out.bind(device.regs);
  } else {
    bus.out[1].bind(device.regs);
  }
  Thread other("other", [&] {
    if (has_later_event) sc_core::wait(sc_time_of(999'000'003));
  });
  bus.map(ram_base, 4096, 0);
  bus.map(device_base, 4096, 1);
  bus.out[0].bind(ram.in);
  hart.bus.bind(bus.in[0]);
  const std::vector<Word> program = {lui(a0, device_base >> 12), addi(s0, x0, count),   access,
                                     addi(s0, s0, Word(-1)),     bne(s0, x0, Word(-8)), jal(x0, 0)};
  std::memcpy(ram.memory().base(), program.data(), 4 * program.size());
  sc_core::sc_start();
  // A byte of a word register is refused, and the traps that follow lead nowhere.
  CHECK(hart.state() == (access == lbu(t1, a0, stored) ? FirmwareHart::State::stopped : FirmwareHart::State::parked));
  if (monitor) CHECK(monitor->violation_count() == 0);
  const auto sum = hart.summary();
  return {sc_core::sc_delta_count(), sum.cycles, sum.mmio_reads, sum.mmio_writes, bus.transactions(), device.regs.transactions()};
}

}  // namespace

TEST_CASE("an access that nobody can have noticed costs the kernel nothing, another write one activation", "[hart_access]") {
  const auto deltas_each = [](Word access) { return (loop(access, 300).deltas - loop(access, 100).deltas) / 200; };
  CHECK(deltas_each(lw(t1, a0, stored)) == 0);
  CHECK(deltas_each(sw(t1, a0, stored)) == 0);
  CHECK(deltas_each(lw(t1, a0, handled)) == 0);  // nothing is pending
  CHECK(deltas_each(sw(t1, a0, handled)) == 1);
}

TEST_CASE("cycles and counts of accesses do not depend on whether they go by payload or by a route", "[hart_access]") {
  for (const Word access : {lw(t1, a0, stored), sw(t1, a0, stored), lw(t1, a0, handled), sw(t1, a0, handled), lbu(t1, a0, stored)})
    for (const bool later : {false, true}) {
      const Outcome by_route = loop(access, 500, false, later), by_payload = loop(access, 500, true, later);
      CHECK(by_route == by_payload);
      if (access != lbu(t1, a0, stored)) CHECK(by_route.bus_transactions == 500);
    }
}
