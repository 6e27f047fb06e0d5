// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/target_port.h>

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/dram/dram.h>
#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/tlm/memory_target.h>
#include <snnvp/platform/tlm/protocol_monitor.h>
#include <snnvp/platform/tlm/register_bank.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::sc_time;

namespace {

/// Registers at 0 (rw), 4 (ro) and 8 (hole) in a window of 16 bytes.
RegisterMap small_map() {
  return parse_register_map(
      "bank: { name: regs, size: 16 B }\n"
      "registers:\n"
      "  - { name: data, offset: 0, access: rw, reset: 7 }\n"
      "  - { name: state, offset: 4, access: ro, reset: 9 }\n",
      "small.yaml");
}

struct Bank : sc_core::sc_module {
  RegisterBank registers;
  TargetPort regs;
  explicit Bank(const sc_core::sc_module_name& name)
      : sc_module(name), registers(small_map()), regs("regs", registers, registers.port_options()) {}
};

struct Memory : sc_core::sc_module, MemoryTarget {
  TargetPort in;
  Memory(const sc_core::sc_module_name& name, Bytes size, bool dmi)
      : sc_module(name), MemoryTarget(size, dmi), in("in", *this, port_options()) {
    in.set_dmi_hint(dmi);
  }
};

/// A payload with every attribute at hand.
struct Access {
  tlm::tlm_generic_payload payload;
  std::array<std::uint8_t, 64> data{};
  std::array<std::uint8_t, 8> enables{};

  Access(tlm::tlm_command command, Address address, unsigned length) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    enables.fill(0xFF);
  }
  void set_enables(unsigned length) {
    payload.set_byte_enable_ptr(enables.data());
    payload.set_byte_enable_length(length);
  }
  tlm::tlm_response_status send(InitiatorPort& port) {
    sc_time delay;
    port->b_transport(payload, delay);
    return payload.get_response_status();
  }
};

/// Steps T1 to T5 as bits 0 to 4; an access to the small bank on which exactly these steps object.
tlm::tlm_response_status offend(InitiatorPort& port, unsigned steps, Address base) {
  const bool t1 = steps & 1, t2 = steps & 2, t3 = steps & 4, t4 = steps & 8, t5 = steps & 16;
  Address address = t3 ? 4 : 0;
  unsigned length = t5 ? 2 : 4;
  if (t2 && t3)
    length = t5 ? 6 : 8;  // the read-only register and the hole behind it
  else if (t2)
    address = 8;
  Access access(tlm::TLM_WRITE_COMMAND, base + address, length);
  if (t1) access.payload.set_data_ptr(nullptr);
  if (t4) {
    access.enables[0] = 0;
    access.set_enables(4);
  }
  return access.send(port);
}

constexpr std::array<tlm::tlm_response_status, 5> codes{tlm::TLM_GENERIC_ERROR_RESPONSE, tlm::TLM_ADDRESS_ERROR_RESPONSE,
                                                        tlm::TLM_COMMAND_ERROR_RESPONSE, tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE,
                                                        tlm::TLM_BURST_ERROR_RESPONSE};

void check_order(InitiatorPort& port, Address base) {
  for (unsigned steps = 0; steps < 32; ++steps) {
    tlm::tlm_response_status expected = tlm::TLM_OK_RESPONSE;
    for (unsigned i = 5; i-- > 0;)
      if (steps >> i & 1) expected = codes[i];
    INFO("steps " << steps);
    CHECK(response_name(offend(port, steps, base)) == response_name(expected));
  }
}

void run(const std::function<void(InitiatorPort&)>& body, tlm::tlm_base_target_socket_b<32>& target) {
  Script script("script", body);
  script.out.bind(target);
  sc_core::sc_start();
  CHECK(script.is_done());
}

}  // namespace

TEST_CASE("tlm.V3 the earliest offended check decides the response", "[target_port]") {
  FreshKernel kernel;
  Bank bank("bank");
  run([](InitiatorPort& port) { check_order(port, 0); }, bank.regs);
}

TEST_CASE("tlm.V3 the order of checks is the same behind a bus", "[target_port]") {
  FreshKernel kernel;
  Bank bank("bank");
  Bus bus("bus", Bus::Params{}, ClockDomain());
  bus.map(0x4000, 16, 0);
  bus.out[0].bind(bank.regs);
  run([](InitiatorPort& port) { check_order(port, 0x4000); }, bus.in[0]);
}

TEST_CASE("an error changes no register and runs no handler", "[target_port]") {
  FreshKernel kernel;
  Bank bank("bank");
  unsigned writes = 0;
  bank.registers.on_write("data", [&](std::uint32_t, sc_time&) { ++writes; });
  run(
      [](InitiatorPort& port) {
        for (unsigned steps = 1; steps < 32; ++steps) offend(port, steps, 0);
      },
      bank.regs);
  CHECK(writes == 0);
  CHECK(bank.registers.value(0) == 7);
}

TEST_CASE("a bad payload is a generic error", "[target_port]") {
  FreshKernel kernel;
  Memory memory("memory", 64, false);
  run(
      [](InitiatorPort& port) {
        Access no_data(tlm::TLM_READ_COMMAND, 0, 4);
        no_data.payload.set_data_ptr(nullptr);
        CHECK(no_data.send(port) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        Access no_length(tlm::TLM_READ_COMMAND, 0, 0);
        CHECK(no_length.send(port) == tlm::TLM_GENERIC_ERROR_RESPONSE);
        Access no_enable_length(tlm::TLM_READ_COMMAND, 0, 4);
        no_enable_length.set_enables(0);
        CHECK(no_enable_length.send(port) == tlm::TLM_GENERIC_ERROR_RESPONSE);
      },
      memory.in);
}

TEST_CASE("IGNORE is answered OK at any address without data or time", "[target_port]") {
  FreshKernel kernel;
  Memory memory("memory", 64, true);
  run(
      [](InitiatorPort& port) {
        Access access(tlm::TLM_IGNORE_COMMAND, ~Address{0}, 0);
        access.payload.set_data_ptr(nullptr);
        sc_time delay(5, sc_core::SC_NS);
        port->b_transport(access.payload, delay);
        CHECK(access.payload.is_response_ok());
        CHECK_FALSE(access.payload.is_dmi_allowed());
        CHECK(delay == sc_time(5, sc_core::SC_NS));
      },
      memory.in);
}

TEST_CASE("accesses at the edges of the window and of the address space", "[target_port]") {
  FreshKernel kernel;
  Memory memory("memory", 64, false);
  run(
      [](InitiatorPort& port) {
        CHECK(Access(tlm::TLM_READ_COMMAND, 60, 4).send(port) == tlm::TLM_OK_RESPONSE);
        CHECK(Access(tlm::TLM_READ_COMMAND, 61, 4).send(port) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        CHECK(Access(tlm::TLM_READ_COMMAND, 64, 1).send(port) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        CHECK(Access(tlm::TLM_READ_COMMAND, ~Address{0} - 1, 4).send(port) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
        Access streaming(tlm::TLM_READ_COMMAND, 63, 8);
        streaming.payload.set_streaming_width(1);
        CHECK(streaming.send(port) == tlm::TLM_OK_RESPONSE);
      },
      memory.in);
}

TEST_CASE("a streaming width of 0 is taken as the length", "[target_port]") {
  FreshKernel kernel;
  Memory memory("memory", 64, false);
  run(
      [&](InitiatorPort& port) {
        Access access(tlm::TLM_WRITE_COMMAND, 8, 4);
        access.data = {1, 2, 3, 4};
        access.payload.set_streaming_width(0);
        CHECK(access.send(port) == tlm::TLM_OK_RESPONSE);
        CHECK(access.payload.get_streaming_width() == 0);
      },
      memory.in);
  CHECK(memory.store().base()[11] == 4);
}

TEST_CASE("streaming and byte enables move exactly the enabled bytes", "[target_port]") {
  FreshKernel kernel;
  Memory memory("memory", 64, false);
  run(
      [&](InitiatorPort& port) {
        Access access(tlm::TLM_WRITE_COMMAND, 0, 8);  // pulses {1 2 3} {4 5 6} {7 8}, lanes on off repeated
        access.data = {1, 2, 3, 4, 5, 6, 7, 8};
        access.payload.set_streaming_width(3);
        access.enables[1] = 0;
        access.set_enables(2);
        CHECK(access.send(port) == tlm::TLM_OK_RESPONSE);
      },
      memory.in);
  const std::uint8_t* bytes = memory.store().base();
  CHECK(bytes[0] == 7);  // lanes 0, 6
  CHECK(bytes[1] == 5);  // lane 4
  CHECK(bytes[2] == 3);  // lane 2
  CHECK(bytes[3] == 0);
}

TEST_CASE("tlm.V11 debug gives a prefix without time and without counting", "[target_port]") {
  FreshKernel kernel;
  Sram::Params sram_params;
  sram_params.size = 64;
  Sram sram("sram", sram_params, ClockDomain());
  Dram::Params dram_params;
  dram_params.size = 64;
  Dram dram("dram", dram_params);
  Bank bank("bank");
  Bus bus("bus", Bus::Params{1, 3, 4, 1}, ClockDomain());
  bus.map(0x1000, 64, 0);
  bus.map(0x2000, 64, 1);
  bus.map(0x3000, 16, 2);
  bus.out[0].bind(sram.in);
  bus.out[1].bind(dram.in);
  bus.out[2].bind(bank.regs);
  ProtocolMonitor monitor("monitor", "script.out -> bus.in[0]", ProtocolMonitor::Mode::count);
  monitor.out.bind(bus.in[0]);
  run(
      [](InitiatorPort& port) {
        std::array<std::uint8_t, 40> data{};
        for (const Address base : {0x1000, 0x2000}) {
          std::array<std::uint8_t, 4> written{1, 2, 3, 4};
          CHECK(port.debug_write(base + 60, written.data(), 4) == 4);
          CHECK(port.debug_read(base + 54, data.data(), 40) == 10);
          CHECK(data[9] == 4);
          CHECK(port.debug_read(base + 64, data.data(), 1) == 0);
        }
        CHECK(port.debug_read(0x3000, data.data(), 16) == 8);  // up to the hole
        CHECK(data[0] == 7);
        CHECK(data[4] == 9);
        CHECK(port.debug_read(0x3005, data.data(), 2) == 2);
        CHECK(port.debug_write(0x3000, data.data(), 4) == 0);
        CHECK(port.debug_read(0x3010, data.data(), 4) == 0);
        CHECK(port.debug_read(0x9000, data.data(), 4) == 0);
      },
      monitor.in);
  CHECK(monitor.violation_count() == 0);
  CHECK(sram.in.transactions() == 0);
  CHECK(dram.core().bytes_read().value() == 0);
  CHECK(sram.core().reads().accesses == 0);
  CHECK(bus.transactions() == 0);
}

TEST_CASE("DMI refusals name their range and only allowed memories grant", "[target_port]") {
  FreshKernel kernel;
  Memory closed("closed", 64, false), open("open", 64, true);
  std::vector<std::pair<Address, Address>> refused;
  Script a("a", [&](InitiatorPort& port) {
    Access access(tlm::TLM_READ_COMMAND, 5, 4);
    tlm::tlm_dmi dmi;
    CHECK_FALSE(port->get_direct_mem_ptr(access.payload, dmi));
    CHECK(dmi.is_none_allowed());
    CHECK(dmi.get_start_address() == 0);
    CHECK(dmi.get_end_address() == 63);
    access.payload.set_address(64);
    CHECK_FALSE(port->get_direct_mem_ptr(access.payload, dmi));
    CHECK(dmi.get_start_address() == 64);
  });
  Script b("b", [&](InitiatorPort& port) {
    Access access(tlm::TLM_WRITE_COMMAND, 63, 1);
    tlm::tlm_dmi dmi;
    CHECK(port->get_direct_mem_ptr(access.payload, dmi));
    CHECK(dmi.get_end_address() == 63);
    CHECK(dmi.get_dmi_ptr() == open.store().base());
    CHECK(access.send(port) == tlm::TLM_OK_RESPONSE);
    CHECK(access.payload.is_dmi_allowed());
  });
  a.out.bind(closed.in);
  b.out.bind(open.in);
  sc_core::sc_start();
}

TEST_CASE("sizes and alignment follow the port's options", "[target_port]") {
  FreshKernel kernel;
  RegisterMap map = parse_register_map(
      "bank: { name: regs, size: 64 B, max_access: 16 B }\n"
      "registers:\n"
      "  - { name: a, offset: 0, access: rw }\n"
      "  - { name: b, offset: 4, access: rw }\n"
      "  - { name: c, offset: 8, access: rw }\n",
      "burst.yaml");
  struct Burst : sc_core::sc_module {
    RegisterBank registers;
    TargetPort regs;
    Burst(const sc_core::sc_module_name& name, RegisterMap m)
        : sc_module(name), registers(std::move(m)), regs("regs", registers, registers.port_options()) {}
  } bank("bank", std::move(map));
  std::vector<int> order;
  for (const char* name : {"a", "b", "c"})
    bank.registers.on_write(name, [&order, name](std::uint32_t, sc_time&) { order.push_back(name[0]); });
  run(
      [](InitiatorPort& port) {
        CHECK(Access(tlm::TLM_WRITE_COMMAND, 0, 12).send(port) == tlm::TLM_OK_RESPONSE);
        CHECK(Access(tlm::TLM_WRITE_COMMAND, 0, 10).send(port) == tlm::TLM_BURST_ERROR_RESPONSE);
        CHECK(Access(tlm::TLM_WRITE_COMMAND, 2, 4).send(port) == tlm::TLM_BURST_ERROR_RESPONSE);
        CHECK(Access(tlm::TLM_WRITE_COMMAND, 4, 12).send(port) == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // checked before the first is touched
      },
      bank.regs);
  CHECK(order == std::vector<int>{'a', 'b', 'c'});
}
