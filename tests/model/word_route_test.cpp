// SPDX-License-Identifier: Apache-2.0
// Accesses that skip payload and sockets (platform/tlm/word_route.h) against the same accesses by b_transport.
#include <snnvp/platform/tlm/word_route.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

#include <tlm_utils/simple_target_socket.h>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/riscv/word_path.h>
#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/tlm/protocol_monitor.h>
#include <snnvp/platform/tlm/register_bank.h>

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
  - { name: computed, offset: 0x1C, access: rw }
)";

/// A device whose accesses take time, some of it by what they do.
struct Device : sc_core::sc_module {
  RegisterBank bank;
  TargetPort regs;
  Device(const sc_core::sc_module_name& name, Picoseconds access_time)
      : sc_module(name), bank(parse_register_map(description, "device.yaml")), regs("regs", bank, bank.port_options()) {
    bank.set_access_time(sc_time_of(access_time));
    bank.on_read("computed", [this](sc_time& delay) {
      delay += sc_time_of(7000);
      return bank.value(bank.index("config")) + 1;
    });
    bank.on_write("command", [this](std::uint32_t value, sc_time&) { bank.set(bank.index("count"), value); });
  }
};

struct Platform {
  Bus bus;
  Device device;
  explicit Platform(const std::string& prefix, const Bus::Params& params, Picoseconds access_time)
      : bus((prefix + "bus").c_str(), params, ClockDomain()), device((prefix + "device").c_str(), access_time) {}
};

Bus::Params bus_params(Bytes width) {
  Bus::Params params;
  params.width_bytes = width;
  return params;
}

/// The other way: what a hart does when there is no route.
struct Plain {
  InitiatorPort& port;
  tlm::tlm_response_status access(bool is_write, Address address, std::uint32_t& value, Bytes length, Picoseconds& delay) {
    std::array<std::uint8_t, 4> data{};
    for (unsigned i = 0; i < length; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    sc_time time = sc_time_of(delay);
    const auto status = is_write ? port.write(address, data.data(), length, time) : port.read(address, data.data(), length, time);
    delay = ps_of(time);
    if (!is_write && status == tlm::TLM_OK_RESPONSE)
      value = data[0] | std::uint32_t{data[1]} << 8 | std::uint32_t{data[2]} << 16 | std::uint32_t{data[3]} << 24;
    return status;
  }
};

}  // namespace

TEST_CASE("a word by its route counts, takes and does what it does by transport", "[word_route]") {
  const Bytes width = GENERATE(Bytes{0}, Bytes{2}, Bytes{8});
  const Picoseconds access_time = GENERATE(Picoseconds{0}, Picoseconds{1}, Picoseconds{25'000});
  FreshKernel kernel;
  Platform a("a_", bus_params(width), access_time), b("b_", bus_params(width), access_time);
  for (Platform* p : {&a, &b}) {
    p->bus.map(0x1000, 64, 0);
    p->bus.map(0x2008, 16, 0, 4);  // part of the same device
    p->bus.out[0].bind(p->device.regs);
  }
  unsigned quick = 0;
  Script by_transport("by_transport", [](InitiatorPort&) {});
  Script both("both", [&](InitiatorPort& port) {
    WordPath path;
    path.connect(port.operator->());
    Plain through_a{by_transport.out}, through_b{port};
    std::mt19937 random(3);
    Picoseconds delay_a = 5, delay_b = 5;
    for (int i = 0; i < 4000; ++i) {
      const Bytes length = random() % 8 == 0 ? 2 : 4;
      const Address address = ((random() % 3 == 0 ? 0x2000 : 0x1000) + random() % 80) & ~(length - 1);
      const bool is_write = random() % 2 == 0;
      const auto written = static_cast<std::uint32_t>(random());
      std::uint32_t value_a = written, value_b = written;
      const auto status_a = through_a.access(is_write, address, value_a, length, delay_a);
      const WordRoute* const route = path.find(address, static_cast<unsigned>(length));
      WordResult result = WordResult::refused;
      if (route != nullptr) result = is_write ? route->write(address, value_b, delay_b) : route->read(address, value_b, delay_b);
      if (result != WordResult::refused) {
        CHECK(status_a == tlm::TLM_OK_RESPONSE);
        ++quick;
        // Only a stored value is read without anybody noticing; only a register without a handler is so written.
        const Address offset = address >= 0x2000 ? address - 0x2008 + 4 : address - 0x1000;
        CHECK((result == WordResult::quiet) == (offset != (is_write ? 0x08 : 0x1C) && (is_write || offset != 0x14)));
      } else {
        CHECK(through_b.access(is_write, address, value_b, length, delay_b) == status_a);
      }
      REQUIRE(value_a == value_b);
      REQUIRE(delay_a == delay_b);
      delay_a = delay_b = delay_a % 100'000;
    }
  });
  by_transport.out.bind(a.bus.in[0]);
  both.out.bind(b.bus.in[0]);
  sc_core::sc_start();
  REQUIRE(both.is_done());
  CHECK(quick > 500);
  CHECK(a.bus.transactions() == b.bus.transactions());
  CHECK(a.bus.bytes() == b.bus.bytes());
  CHECK(a.device.regs.transactions() == b.device.regs.transactions());
  for (unsigned i = 0; i < a.device.bank.map().registers.size(); ++i) CHECK(a.device.bank.value(i) == b.device.bank.value(i));
}

TEST_CASE("there is a route only where nobody on the way looks at payloads", "[word_route]") {
  FreshKernel kernel;
  struct Foreign : sc_core::sc_module {
    tlm_utils::simple_target_socket<Foreign> in;
    explicit Foreign(const sc_core::sc_module_name& name) : sc_module(name), in("in") {
      in.register_b_transport(this, &Foreign::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload& payload, sc_time&) { payload.set_response_status(tlm::TLM_OK_RESPONSE); }
  } foreign("foreign");
  Device device("device", 0), watched("watched", 0), alone("alone", 0);
  ProtocolMonitor at_target("at_target", "bus.out -> watched.regs", ProtocolMonitor::Mode::count);
  ProtocolMonitor at_initiator("at_initiator", "script.out -> bus.in", ProtocolMonitor::Mode::count);
  Bus::Params params = bus_params(8);
  params.initiators = 2;
  params.targets = 3;
  Bus bus("bus", params, ClockDomain());
  Bus::Params arbitrated = bus_params(8);
  arbitrated.arbitrate_words = true;
  Bus fair("fair", arbitrated, ClockDomain());
  bus.map(0x1000, 64, 0);
  bus.map(0x2000, 64, 1);
  bus.map(0x3000, 64, 2);
  bus.map(0x4002, 32, 0, 0);  // words of the initiator are none of the device
  fair.map(0x1000, 64, 0);
  bus.out[0].bind(device.regs);
  bus.out[1].bind(at_target.in);
  at_target.out.bind(watched.regs);
  bus.out[2].bind(foreign.in);
  fair.out[0].bind(alone.regs);
  WordPath path, monitored, by_turns, none;
  Script plain("plain", [&](InitiatorPort& port) { path.connect(port.operator->()); });
  Script seen("seen", [&](InitiatorPort& port) { monitored.connect(port.operator->()); });
  Script waiting("waiting", [&](InitiatorPort& port) { by_turns.connect(port.operator->()); });
  plain.out.bind(bus.in[0]);
  seen.out.bind(at_initiator.in);
  at_initiator.out.bind(bus.in[1]);
  waiting.out.bind(fair.in[0]);
  sc_core::sc_start();

  CHECK(path.find(0x1000, 4) != nullptr);
  CHECK(path.find(0x103C, 4) != nullptr);
  CHECK(path.find(0x1040, 4) == nullptr);
  CHECK(path.find(0x1000, 1) == nullptr);  // not what a register is: the device's port has the answer
  CHECK(path.find(0x2000, 4) == nullptr);
  CHECK(path.find(0x3000, 4) == nullptr);
  CHECK(path.find(0x4004, 4) == nullptr);
  CHECK(path.find(0x1004, 4) != nullptr);
  CHECK(monitored.find(0x1000, 4) == nullptr);
  CHECK(by_turns.find(0x1000, 4) == nullptr);
  none.connect(nullptr);
  CHECK(none.find(0x1000, 4) == nullptr);
}
