// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/register_bank.h>

#include <catch2/catch.hpp>

#include <array>
#include <functional>

#include <snnvp/platform/tlm/protocol_monitor.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::sc_time;

namespace {

const char* const description = R"(
bank: { name: regs, size: 64 B }
registers:
  - { name: id, offset: 0x00, access: ro, reset: 0x534E5650 }
  - { name: config, offset: 0x04, access: rw, fields: [ { name: rows, bits: "7:0", reset: 16 } ] }
  - { name: command, offset: 0x08, access: wo }
  - { name: cause, offset: 0x0C, access: w1c, fields: [ { name: done, bits: "0" }, { name: error, bits: "1" } ] }
  - { name: set, offset: 0x10, access: w1s, fields: [ { name: bits, bits: "3:0" } ] }
  - { name: count, offset: 0x14, access: rc }
  - { name: cycles_lo, offset: 0x18, access: ro }
  - { name: cycles_hi, offset: 0x1C, access: ro }
)";

struct Device : sc_core::sc_module {
  RegisterBank bank;
  TargetPort regs;
  explicit Device(const sc_core::sc_module_name& name)
      : sc_module(name), bank(parse_register_map(description, "device.yaml")), regs("regs", bank, bank.port_options()) {}
};

struct Driver {
  InitiatorPort& port;
  sc_time delay{};

  tlm::tlm_response_status write(Address address, std::uint32_t value, Bytes length = 4) {
    std::array<std::uint8_t, 8> data{};
    for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    return port.write(address, data.data(), length, delay);
  }
  std::uint32_t read(Address address) {
    std::array<std::uint8_t, 4> data{};
    CHECK(port.read(address, data.data(), 4, delay) == tlm::TLM_OK_RESPONSE);
    return word(data);
  }
  std::uint32_t peek(Address address) {
    std::array<std::uint8_t, 4> data{};
    CHECK(port.debug_read(address, data.data(), 4) == 4);
    return word(data);
  }
  static std::uint32_t word(const std::array<std::uint8_t, 4>& d) {
    return d[0] | std::uint32_t{d[1]} << 8 | std::uint32_t{d[2]} << 16 | std::uint32_t{d[3]} << 24;
  }
  tlm::tlm_response_status read_status(Address address, Bytes length = 4) {
    std::array<std::uint8_t, 8> data{};
    return port.read(address, data.data(), length, delay);
  }
};

void with_device(Device& device, const std::function<void(Driver&)>& body) {
  Script script("script", [&](InitiatorPort& port) {
    Driver driver{port};
    body(driver);
  });
  ProtocolMonitor monitor("monitor", "script.out -> device.regs", ProtocolMonitor::Mode::count);
  script.out.bind(monitor.in);
  monitor.out.bind(device.regs);
  sc_core::sc_start();
  CHECK(script.is_done());
  CHECK(monitor.violation_count() == 0);
}

}  // namespace

TEST_CASE("registers start from their reset values and keep reserved bits at 0", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  with_device(device, [&](Driver& d) {
    CHECK(d.read(0x00) == 0x534E5650);
    CHECK(d.read(0x04) == 16);
    CHECK(d.write(0x04, 0xFFFFFF21) == tlm::TLM_OK_RESPONSE);
    CHECK(d.read(0x04) == 0x21);
    device.bank.reset();
    CHECK(d.read(0x04) == 16);
  });
}

TEST_CASE("access types are enforced", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  with_device(device, [&](Driver& d) {
    CHECK(d.write(0x00, 1) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(d.read_status(0x08) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(d.write(0x14, 1) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(d.write(0x20, 1) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(d.read_status(0x3C) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(d.read_status(0x40) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(d.write(0x04, 1, 2) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(d.write(0x05, 1, 1) == tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(d.read_status(0x04, 8) == tlm::TLM_COMMAND_ERROR_RESPONSE);  // reaches the write-only register first
    CHECK(d.write(0x0C, 1, 8) == tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_CASE("w1c clears and w1s sets and rc clears on reading", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  const unsigned cause = device.bank.index("cause"), count = device.bank.index("count");
  with_device(device, [&](Driver& d) {
    device.bank.set(cause, 0xFF);
    CHECK(d.read(0x0C) == 3);
    CHECK(d.write(0x0C, 1) == tlm::TLM_OK_RESPONSE);
    CHECK(d.read(0x0C) == 2);
    CHECK(d.write(0x10, 0x5) == tlm::TLM_OK_RESPONSE);
    CHECK(d.write(0x10, 0xFA) == tlm::TLM_OK_RESPONSE);
    CHECK(d.read(0x10) == 0xF);
    device.bank.set(count, 12);
    CHECK(d.peek(0x14) == 12);  // debug has no side effect
    CHECK(d.read(0x14) == 12);
    CHECK(d.read(0x14) == 0);
  });
}

TEST_CASE("handlers see masked values and the local time and may add to the delay", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  std::uint32_t seen = 0;
  unsigned updates = 0;
  device.bank.set_access_time(sc_time(2, sc_core::SC_NS));
  device.bank.on_write("config", [&](std::uint32_t value, sc_time& delay) {
    seen = value;
    CHECK(delay == sc_time(2, sc_core::SC_NS));
    delay += sc_time(3, sc_core::SC_NS);
  });
  device.bank.on_read(
      "id", [](sc_time&) { return 77u; }, [] { return 78u; });
  device.bank.on_update([&](const sc_time&) { ++updates; });
  with_device(device, [&](Driver& d) {
    CHECK(d.write(0x04, 0x1234) == tlm::TLM_OK_RESPONSE);
    CHECK(d.delay == sc_time(5, sc_core::SC_NS));
    CHECK(d.read(0x00) == 77);
    CHECK(d.peek(0x00) == 78);
  });
  CHECK(seen == 0x34);
  CHECK(updates == 2);
  device.bank.reset();
  CHECK(updates == 3);
}

TEST_CASE("a 64-bit counter is never torn", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  std::uint64_t cycles = 0x1'FFFF'FFFF;
  device.bank.counter64("cycles_lo", "cycles_hi", [&] { return cycles; });
  with_device(device, [&](Driver& d) {
    CHECK(d.read(0x18) == 0xFFFFFFFF);
    cycles += 1;
    CHECK(d.peek(0x18) == 0);
    CHECK(d.read(0x1C) == 1);  // as latched
    CHECK(d.read(0x18) == 0);
    CHECK(d.read(0x1C) == 2);
  });
}

TEST_CASE("an unknown register name is a bug and says so", "[register_bank]") {
  FreshKernel kernel;
  Device device("device");
  CHECK_THROWS_WITH(device.bank.index("confg"), Catch::Contains("confg"));
}

TEST_CASE("a bank of byte registers takes single bytes", "[register_bank]") {
  FreshKernel kernel;
  struct Uart : sc_core::sc_module {
    RegisterBank bank{
        parse_register_map("bank: { name: regs, size: 8 B, width: 8 }\nregisters:\n"
                           "  - { name: thr, offset: 0, access: wo }\n  - { name: lsr, offset: 5, access: ro, reset: 0x60 }\n",
                           "uart.yaml")};
    TargetPort regs{"regs", bank, bank.port_options()};
    explicit Uart(const sc_core::sc_module_name& name) : sc_module(name) {}
  } uart("uart");
  std::string sent;
  uart.bank.on_write("thr", [&](std::uint32_t value, sc_time&) { sent += static_cast<char>(value); });
  Script script("script", [&](InitiatorPort& port) {
    Driver d{port};
    CHECK(d.write(0, 'h', 1) == tlm::TLM_OK_RESPONSE);
    CHECK(d.write(0, 'i', 1) == tlm::TLM_OK_RESPONSE);
    CHECK(d.write(0, 'x', 2) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    std::uint8_t status = 0;
    CHECK(port.read(5, &status, 1, d.delay) == tlm::TLM_OK_RESPONSE);
    CHECK(status == 0x60);
  });
  script.out.bind(uart.regs);
  sc_core::sc_start();
  CHECK(sent == "hi");
}
