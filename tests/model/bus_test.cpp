// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bus/bus.h>

#include <catch2/catch.hpp>

#include <array>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>

#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/memory_target.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

/// A target that takes a fixed time and remembers the order of accesses.
struct Recorder : sc_core::sc_module, MemoryTarget {
  TargetPort in;
  sc_time latency;
  std::vector<std::uint8_t> order;   // first byte of each write
  std::vector<Picoseconds> arrival;  // local time of each access
  Recorder(const sc_core::sc_module_name& name, sc_time time = {})
      : sc_module(name), MemoryTarget(1 << 16, true), in("in", *this, port_options()), latency(time) {
    in.set_dmi_hint(true);
  }
  void begin(tlm::tlm_command, Address, Bytes, sc_time& delay) override {
    arrival.push_back(now_ps(delay));
    delay += latency;
  }
  bool write(Address address, const std::uint8_t* data, Bytes length, sc_time& delay) override {
    order.push_back(*data);
    return MemoryTarget::write(address, data, length, delay);
  }
};

/// Sends `count` bursts back to back; `done` collects the completion times.
auto bursts(unsigned count, Bytes length, std::vector<Picoseconds>& done, std::uint8_t tag = 0, sc_time delay = {}) {
  return [=, &done](InitiatorPort& port) mutable {
    std::vector<std::uint8_t> data(length, tag);
    for (unsigned i = 0; i < count; ++i) {
      // Outside CHECK, which would swallow the exception that unwinds a killed thread.
      const tlm::tlm_response_status status = port.write(0x100, data.data(), length, delay);
      CHECK(status == tlm::TLM_OK_RESPONSE);
      done.push_back(now_ps(delay));
    }
  };
}

Bus::Params params(unsigned initiators, Bytes width = 8, Cycles hop = 1) {
  Bus::Params p;
  p.initiators = initiators;
  p.width_bytes = width;
  p.hop_cycles = hop;
  return p;
}

/// What three initiators see that start together, created and bound in a given order.
std::string tie(const std::vector<int>& order) {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus::Params p = params(3);
  p.initiator_names = {"alice", "bob", "carol"};
  Bus bus("bus", p, ClockDomain());
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::array<std::vector<Picoseconds>, 3> done;
  std::vector<std::unique_ptr<Script>> scripts;
  for (const int i : order) {
    const auto index = static_cast<std::size_t>(i);
    scripts.push_back(
        std::make_unique<Script>(p.initiator_names[index].c_str(), bursts(4, 64, done[index], static_cast<std::uint8_t>('a' + i))));
    scripts.back()->out.bind(bus.in[static_cast<unsigned>(i)]);
  }
  sc_core::sc_start();
  std::string text(memory.order.begin(), memory.order.end());
  for (const auto& times : done)
    for (const Picoseconds t : times) text += " " + std::to_string(t);
  for (const Picoseconds t : memory.arrival) text += " " + std::to_string(t);
  return text + " " + std::to_string(bus.wait_cycles());
}

}  // namespace

TEST_CASE("a burst occupies the bus for its beats", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus bus("bus", params(1, 8, 2), ClockDomain(500'000'000));
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 60> data{};
    sc_time first, second(1, SC_NS);
    port.write(0, data.data(), 60, first);
    CHECK(first == sc_time(20, SC_NS));  // hop 2 + 8 beats, 2 ns each
    port.write(0, data.data(), 60, second);
    CHECK(second == sc_time(36, SC_NS));  // starts when the first has left, 8 beats later
    CHECK(sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME);
  });
  script.out.bind(bus.in[0]);
  sc_core::sc_start();
  CHECK(memory.arrival == std::vector<Picoseconds>{4000, 20'000});
  CHECK(bus.busy_cycles() == 16);
  CHECK(bus.wait_cycles() == 7);
  CHECK(bus.waits() == 0);
}

TEST_CASE("a slow target determines the completion", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory", sc_time(100, SC_NS));
  Bus bus("bus", params(1), ClockDomain());
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::vector<Picoseconds> done;
  Script script("script", bursts(1, 64, done));
  script.out.bind(bus.in[0]);
  sc_core::sc_start();
  CHECK(done == std::vector<Picoseconds>{101'000});
}

TEST_CASE("words neither wait for bursts nor delay them", "[bus]") {
  for (const bool arbitrated : {false, true}) {
    FreshKernel kernel;
    Recorder memory("memory");
    Bus::Params p = params(1);
    p.arbitrate_words = arbitrated;
    Bus bus("bus", p, ClockDomain());
    bus.map(0, 1 << 16, 0);
    bus.out[0].bind(memory.in);
    Script script("script", [&](InitiatorPort& port) {
      std::array<std::uint8_t, 64> data{};
      sc_time burst, word, next;
      port.write(0, data.data(), 64, burst);
      port.write(0, data.data(), 4, word);
      port.write(0, data.data(), 64, next);
      CHECK(burst == sc_time(9, SC_NS));
      CHECK(word == sc_time(arbitrated ? 10 : 2, SC_NS));
      CHECK(next == sc_time(arbitrated ? 18 : 17, SC_NS));
    });
    script.out.bind(bus.in[0]);
    sc_core::sc_start();
    CHECK(script.is_done());
  }
}

TEST_CASE("tlm.V10 a burst costs at most one activation in the bus", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus bus("bus", params(2), ClockDomain());
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::vector<Picoseconds> done_a, done_b;
  // Odd and even cycles: never a tie.
  Script a("a", bursts(100, 16, done_a)), b("b", bursts(100, 16, done_b, 0, sc_time(500, sc_core::SC_PS)));
  a.out.bind(bus.in[0]);
  b.out.bind(bus.in[1]);
  sc_core::sc_start();
  CHECK(bus.bursts() == 200);
  CHECK(bus.waits() == 200);
  CHECK(bus.tie_waits() == 0);
  CHECK(bus.busy_cycles() == 400);
}

TEST_CASE("tlm.V10 words and single initiators cost no activation in the bus", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus lonely("lonely", params(1), ClockDomain());
  lonely.map(0, 1 << 16, 0);
  lonely.out[0].bind(memory.in);
  std::vector<Picoseconds> done;
  Script script("script", bursts(50, 64, done));
  script.out.bind(lonely.in[0]);
  const auto deltas = sc_core::sc_delta_count();
  sc_core::sc_start();
  CHECK(lonely.waits() == 0);
  CHECK(sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME);
  CHECK(sc_core::sc_delta_count() - deltas <= 1);
}

TEST_CASE("ties do not depend on the order of processes", "[bus]") {
  const std::string expected = tie({0, 1, 2});
  CHECK(expected.substr(0, 12) == "abcabcabcabc");
  for (const auto& order : std::vector<std::vector<int>>{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}})
    CHECK(tie(order) == expected);
}

TEST_CASE("the earlier local time goes first whatever the kernel time", "[bus]") {
  for (const bool swapped : {false, true}) {
    FreshKernel kernel;
    Recorder memory("memory");
    Bus bus("bus", params(2), ClockDomain());
    bus.map(0, 1 << 16, 0);
    bus.out[0].bind(memory.in);
    std::vector<Picoseconds> done_a, done_b;
    // Same edge, different local times: b is 100 ps earlier although a comes first by name.
    auto make = [&](bool first) {
      return first ? std::make_unique<Script>("a", bursts(1, 64, done_a, 'a', sc_time(700, sc_core::SC_PS)))
                   : std::make_unique<Script>("b", bursts(1, 64, done_b, 'b', sc_time(600, sc_core::SC_PS)));
    };
    auto one = make(!swapped), two = make(swapped);
    (swapped ? two : one)->out.bind(bus.in[0]);
    (swapped ? one : two)->out.bind(bus.in[1]);
    sc_core::sc_start();
    CHECK(memory.order == std::vector<std::uint8_t>{'b', 'a'});
    CHECK(done_b == std::vector<Picoseconds>{10'000});
    CHECK(done_a == std::vector<Picoseconds>{18'000});
  }
}

TEST_CASE("a fair bus serves all contenders equally", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus bus("bus", params(4), ClockDomain(800'000'000));
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::vector<std::unique_ptr<Script>> scripts;
  for (int i = 0; i < 4; ++i) {
    scripts.push_back(std::make_unique<Script>(("initiator" + std::to_string(i)).c_str(), [](InitiatorPort& port) {
      std::array<std::uint8_t, 64> data{};
      sc_time delay;
      while (now_ps(delay) < 100'000'000) port.read(0, data.data(), 64, delay);
    }));
    scripts.back()->out.bind(bus.in[static_cast<unsigned>(i)]);
  }
  sc_core::sc_start();
  for (const std::uint64_t grants : bus.grants()) CHECK(grants == Approx(2500).margin(2));
  CHECK(bus.busy_cycles() == 8 * bus.bursts());
}

TEST_CASE("a killed thread leaves nobody hanging", "[bus]") {
  for (Picoseconds when = 0; when < 30'000; when += when % 1000 == 0 ? 1 : 999) {  // before, at and after each edge is settled
    FreshKernel kernel;
    Recorder memory("memory");
    Bus bus("bus", params(3), ClockDomain());
    bus.map(0, 1 << 16, 0);
    bus.out[0].bind(memory.in);
    std::vector<Picoseconds> done_a, done_b, done_c;
    Script a("a", bursts(3, 64, done_a, 'a')), b("b", bursts(3, 64, done_b, 'b')), c("c", bursts(3, 64, done_c, 'c'));
    a.out.bind(bus.in[0]);
    b.out.bind(bus.in[1]);
    c.out.bind(bus.in[2]);
    Thread killer("killer", [when] {
      sc_core::wait(sc_time_of(when));
      sc_core::sc_process_handle(sc_core::sc_find_object("a.run")).kill();
    });
    sc_core::sc_start();
    INFO("killed at " << when << " ps");
    CHECK(b.is_done());
    CHECK(c.is_done());
    CHECK(done_b.size() == 3);
    CHECK(bus.is_idle());
  }
}

TEST_CASE("reset while bursts wait lets them finish", "[bus]") {
  FreshKernel kernel;
  Recorder memory("memory");
  Bus bus("bus", params(2), ClockDomain());
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::vector<Picoseconds> done_a, done_b;
  Script a("a", bursts(3, 64, done_a, 'a')), b("b", bursts(3, 64, done_b, 'b'));
  a.out.bind(bus.in[0]);
  b.out.bind(bus.in[1]);
  Thread resetter("resetter", [&] {
    for (int i = 0; i < 10; ++i) {
      sc_core::wait(sc_time(3, SC_NS));
      bus.reset();
    }
  });
  sc_core::sc_start();
  CHECK(a.is_done());
  CHECK(b.is_done());
  CHECK(bus.is_idle());
}

TEST_CASE("a method process never waits in the bus", "[bus]") {
  FreshKernel kernel;
  struct Poker : sc_core::sc_module {
    InitiatorPort out{"out"};
    Picoseconds done = 0;
    SNNVP_HAS_PROCESS(Poker);
    explicit Poker(const sc_core::sc_module_name& name) : sc_module(name) { SC_METHOD(poke); }
    void poke() {
      std::array<std::uint8_t, 64> data{};
      sc_time delay;
      CHECK(out.write(0, data.data(), 64, delay) == tlm::TLM_OK_RESPONSE);
      done = now_ps(delay);
    }
  } poker("poker");
  Recorder memory("memory");
  Bus bus("bus", params(2), ClockDomain());
  bus.map(0, 1 << 16, 0);
  bus.out[0].bind(memory.in);
  std::vector<Picoseconds> done;
  Script script("script", bursts(1, 64, done));
  poker.out.bind(bus.in[0]);
  script.out.bind(bus.in[1]);
  sc_core::sc_start();
  CHECK(poker.done == 9000);
  CHECK(done == std::vector<Picoseconds>{17'000});
}

TEST_CASE("the bus restores what it changed and passes extensions", "[bus]") {
  FreshKernel kernel;
  struct Probe : sc_core::sc_module {
    tlm_utils::simple_target_socket<Probe, 32> in{"in"};
    Address address = 0;
    unsigned id = 0;
    explicit Probe(const sc_core::sc_module_name& name) : sc_module(name) { in.register_b_transport(this, &Probe::transport); }
    void transport(tlm::tlm_generic_payload& payload, sc_time&) {
      address = payload.get_address();
      id = initiator_id_of(payload);
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    }
  } probe("probe");
  Bus bus("bus", params(1), ClockDomain());
  bus.map(0x1000, 0x100, 0, 0x30);
  bus.out[0].bind(probe.in);
  Script script("script", [](InitiatorPort& port) {
    port.set_initiator_id(42);
    std::array<std::uint8_t, 4> data{};
    sc_time delay;
    CHECK(port.read(0x1010, data.data(), 4, delay) == tlm::TLM_BURST_ERROR_RESPONSE);  // never upgraded
    CHECK(port.read(0x10FE, data.data(), 4, delay) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(0x1020);
    payload.set_data_ptr(data.data());
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    port->b_transport(payload, delay);
    CHECK(payload.get_address() == 0x1020);
  });
  script.out.bind(bus.in[0]);
  sc_core::sc_start();
  CHECK(probe.address == 0x50);
  CHECK(probe.id == 0);
}

TEST_CASE("DMI denials and holes are translated too", "[bus]") {
  FreshKernel kernel;
  Sram::Params closed;
  closed.size = 0x1000;
  Sram sram("sram", closed, ClockDomain());
  Bus bus("bus", params(1), ClockDomain());
  bus.map(0x8000, 0x100, 0, 0x200);
  bus.out[0].bind(sram.in);
  Script script("script", [](InitiatorPort& port) {
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0x8010);
    tlm::tlm_dmi dmi;
    CHECK_FALSE(port->get_direct_mem_ptr(payload, dmi));
    CHECK(dmi.get_start_address() == 0x8000);
    CHECK(dmi.get_end_address() == 0x80FF);
    CHECK(payload.get_address() == 0x8010);
    payload.set_address(0x9000);
    CHECK_FALSE(port->get_direct_mem_ptr(payload, dmi));
    CHECK(dmi.get_start_address() == 0x8100);
    CHECK(dmi.get_end_address() == ~Address{0});
  });
  script.out.bind(bus.in[0]);
  sc_core::sc_start();
}

TEST_CASE("mapping to a port the bus lacks is refused", "[bus]") {
  FreshKernel kernel;
  Bus bus("bus", params(1), ClockDomain());
  CHECK_THROWS_WITH(bus.map(0, 16, 1), Catch::Contains("bus has no port out[1]"));
}
