// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/protocol_monitor.h>

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <string>

#include <tlm_utils/simple_target_socket.h>

#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/sc_time.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

/// A target that does what a test tells it to.
struct Rogue : sc_core::sc_module {
  tlm_utils::simple_target_socket<Rogue, 32> in{"in"};
  std::function<void(tlm::tlm_generic_payload&, sc_time&)> on_transport = [](auto& payload, auto&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  };
  std::function<unsigned(tlm::tlm_generic_payload&)> on_debug = [](auto& payload) { return payload.get_data_length(); };
  std::function<bool(tlm::tlm_generic_payload&, tlm::tlm_dmi&)> on_dmi = [](auto&, auto& dmi) { return dmi.init(), false; };

  explicit Rogue(const sc_core::sc_module_name& name) : sc_module(name) {
    in.register_b_transport(this, &Rogue::transport);
    in.register_transport_dbg(this, &Rogue::debug);
    in.register_get_direct_mem_ptr(this, &Rogue::direct);
  }
  void transport(tlm::tlm_generic_payload& payload, sc_time& delay) { on_transport(payload, delay); }
  unsigned debug(tlm::tlm_generic_payload& payload) { return on_debug(payload); }
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) { return on_dmi(payload, dmi); }
};

/// One transaction with attributes to spoil.
struct Access {
  tlm::tlm_generic_payload payload;
  std::array<std::uint8_t, 8> data{1, 2, 3, 4, 5, 6, 7, 8};
  std::array<std::uint8_t, 2> enables{0xFF, 0};
  sc_time delay{5, SC_NS};

  explicit Access(tlm::tlm_command command = tlm::TLM_WRITE_COMMAND) {
    payload.set_command(command);
    payload.set_address(0x40);
    payload.set_data_ptr(data.data());
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    payload.set_byte_enable_ptr(enables.data());
    payload.set_byte_enable_length(2);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
};

struct Link {
  FreshKernel kernel;
  Rogue target{"target"};
  ProtocolMonitor monitor;
  explicit Link(ProtocolMonitor::Mode mode = ProtocolMonitor::Mode::count) : monitor("monitor", "cpu.out -> target.in", mode) {
    monitor.out.bind(target.in);
  }
  void run(const std::function<void(InitiatorPort&)>& body) {
    Script script("script", body);
    script.out.bind(monitor.in);
    sc_core::sc_start();
  }
  /// The only rules violated when the target does this to one access.
  std::string transport(
      const std::function<void(tlm::tlm_generic_payload&, sc_time&)>& wrong, tlm::tlm_command command = tlm::TLM_WRITE_COMMAND,
      const std::function<void(Access&)>& spoil = [](Access&) {}) {
    target.on_transport = [wrong](tlm::tlm_generic_payload& payload, sc_time& delay) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      wrong(payload, delay);
    };
    run([&](InitiatorPort& port) {
      Access access(command);
      spoil(access);
      port->b_transport(access.payload, access.delay);
    });
    return rules();
  }
  std::string rules() const {
    std::string text;
    for (unsigned rule = 1; rule <= 13; ++rule)
      if (monitor.count_of(rule) != 0) text += "M" + std::to_string(rule) + " ";
    return text;
  }
};

using Payload = tlm::tlm_generic_payload;

}  // namespace

TEST_CASE("the monitor finds nothing in a proper transaction", "[protocol_monitor]") {
  CHECK(Link().transport([](Payload&, sc_time& delay) { delay += sc_time(1, SC_NS); }) == "");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.get_data_ptr()[0] = 9; }, tlm::TLM_READ_COMMAND) == "");
  CHECK(Link().transport([](Payload&, sc_time& delay) {  // waiting and taking the time off the delay is legal
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }) == "");
}

TEST_CASE("the monitor names each rule a target breaks", "[protocol_monitor]") {
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); }) == "M1 ");
  CHECK(Link().transport([](Payload&, sc_time& delay) { delay = sc_time(4, SC_NS); }) == "M2 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_address(0); }) == "M3 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_command(tlm::TLM_READ_COMMAND); }) == "M4 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_data_length(4); }) == "M4 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_streaming_width(4); }) == "M4 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_data_ptr(nullptr); }) == "M4 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_gp_option(tlm::TLM_FULL_PAYLOAD); }) == "M4 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.set_byte_enable_length(1); }) == "M5 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.get_byte_enable_ptr()[0] = 0; }) == "M5 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.get_data_ptr()[7] ^= 1; }) == "M6 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.get_data_ptr()[1] = 0; }, tlm::TLM_READ_COMMAND) == "M7 ");  // lane 1 is off
  CHECK(Link().transport(
            [](Payload& p, sc_time&) {
              p.get_data_ptr()[0] = 0;
              p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            },
            tlm::TLM_READ_COMMAND) == "M7 ");
  CHECK(Link().transport([](Payload& p, sc_time&) { p.get_data_ptr()[0] = 0; }, tlm::TLM_IGNORE_COMMAND) == "M7 ");
  InitiatorId id;
  const auto with_extension = [&](Access& access) { access.payload.set_extension(&id); };
  CHECK(Link().transport([&](Payload& p, sc_time&) { p.clear_extension(&id); }, tlm::TLM_WRITE_COMMAND, with_extension) == "M8 ");
  struct Manager : tlm::tlm_mm_interface {
    void free(Payload*) override {}
  } manager;
  CHECK(Link().transport([&](Payload& p, sc_time&) { p.set_mm(&manager); }) == "M9 ");
}

TEST_CASE("the monitor blames the initiator for a bad start", "[protocol_monitor]") {
  const auto sent = [](const std::function<void(Access&)>& spoil) {
    return Link().transport([](Payload&, sc_time&) {}, tlm::TLM_WRITE_COMMAND, spoil);
  };
  CHECK(sent([](Access& a) { a.payload.set_response_status(tlm::TLM_OK_RESPONSE); }) == "M10 ");
  CHECK(sent([](Access& a) { a.payload.set_dmi_allowed(true); }) == "M10 ");
  CHECK(sent([](Access& a) { a.payload.set_streaming_width(0); }) == "M10 ");
  CHECK(sent([](Access& a) { a.payload.set_data_length(0); }) == "M10 ");
  CHECK(sent([](Access& a) { a.payload.set_byte_enable_length(0); }) == "M10 ");
  CHECK(sent([](Access& a) { a.enables[0] = 1; }) == "M10 ");
}

TEST_CASE("the monitor wants b_transport called from a thread", "[protocol_monitor]") {
  Link link;
  struct Poker : sc_core::sc_module {
    InitiatorPort out{"out"};
    SNNVP_HAS_PROCESS(Poker);
    explicit Poker(const sc_core::sc_module_name& name) : sc_module(name) { SC_METHOD(poke); }
    void poke() {
      std::uint8_t byte = 0;
      sc_time delay;
      out.read(0, &byte, 1, delay);
    }
  } poker("poker");
  poker.out.bind(link.monitor.in);
  sc_core::sc_start();
  CHECK(link.rules() == "M10 ");
}

TEST_CASE("the monitor watches debug transport", "[protocol_monitor]") {
  const auto debug = [](const std::function<unsigned(Payload&)>& body) {
    Link link;
    link.target.on_debug = body;
    link.run([](InitiatorPort& port) {
      std::array<std::uint8_t, 8> data{};
      port.debug_read(0, data.data(), 8);
    });
    return link.rules();
  };
  sc_core::sc_event* event = nullptr;
  CHECK(debug([](Payload&) { return 8u; }) == "");
  CHECK(debug([](Payload&) { return 9u; }) == "M11 ");
  CHECK(debug([](Payload& p) { return p.set_address(1), 8u; }) == "M11 ");
  CHECK(debug([](Payload&) { return sc_core::wait(sc_time(1, SC_NS)), 8u; }) == "M11 ");
  CHECK(debug([&](Payload&) {
          event = new sc_core::sc_event;  // outlives the kernel that holds its notification
          event->notify(sc_time(1, SC_NS));
          return 8u;
        }) == "M11 ");
}

TEST_CASE("the monitor watches DMI grants and invalidations", "[protocol_monitor]") {
  const auto grant = [](const std::function<void(tlm::tlm_dmi&)>& spoil) {
    Link link;
    std::array<std::uint8_t, 16> bytes{};
    link.target.on_dmi = [&](Payload&, tlm::tlm_dmi& dmi) {
      dmi.init();
      dmi.set_dmi_ptr(bytes.data());
      dmi.set_start_address(0x40);
      dmi.set_end_address(0x4F);
      dmi.allow_read_write();
      spoil(dmi);
      return true;
    };
    link.run([](InitiatorPort& port) {
      Access access;
      tlm::tlm_dmi dmi;
      port->get_direct_mem_ptr(access.payload, dmi);
    });
    return link.rules();
  };
  CHECK(grant([](tlm::tlm_dmi&) {}) == "");
  CHECK(grant([](tlm::tlm_dmi& dmi) { dmi.set_start_address(0x41); }) == "M12 ");
  CHECK(grant([](tlm::tlm_dmi& dmi) { dmi.set_end_address(0x3F); }) == "M12 ");
  CHECK(grant([](tlm::tlm_dmi& dmi) { dmi.set_dmi_ptr(nullptr); }) == "M12 ");
  CHECK(grant([](tlm::tlm_dmi& dmi) { dmi.set_granted_access(tlm::tlm_dmi::DMI_ACCESS_NONE); }) == "M12 ");

  Link link;
  link.run([&](InitiatorPort&) {
    link.target.in->invalidate_direct_mem_ptr(0, 15);
    CHECK(link.rules() == "");
    link.target.in->invalidate_direct_mem_ptr(16, 15);
  });
  CHECK(link.rules() == "M13 ");
}

TEST_CASE("a violation tells rule and path and the full payload", "[protocol_monitor]") {
  Link link;
  link.transport([](Payload& p, sc_time&) { p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE); });
  REQUIRE(link.monitor.violations().size() == 1);
  CHECK(link.monitor.violations()[0].rule == 1);
  CHECK(
      link.monitor.violations()[0].text ==
      "M1 (target) on cpu.out -> target.in at 0 ps: came back INCOMPLETE; WRITE address 0x40 length 8 streaming_width 8 byte_enables ff00 "
      "byte_enable_length 2 status INCOMPLETE dmi_allowed false gp_option 0 initiator unknown data 0102030405060708");
}

TEST_CASE("mode stop ends the run at the first violation and mode count goes on", "[protocol_monitor]") {
  for (const auto mode : {ProtocolMonitor::Mode::stop, ProtocolMonitor::Mode::count}) {
    Link link(mode);
    link.target.on_transport = [](Payload&, sc_time&) {};
    link.run([](InitiatorPort& port) {
      for (int i = 0; i < 30; ++i) {
        std::uint8_t byte = 0;
        sc_time delay;
        port.read(0, &byte, 1, delay);
        sc_core::wait(sc_time(1, SC_NS));
      }
    });
    CHECK(link.monitor.violation_count() == (mode == ProtocolMonitor::Mode::stop ? 1 : 30));
    CHECK(link.monitor.violations().size() <= ProtocolMonitor::max_kept);
  }
}
