// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstring>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/d2d/d2d.h>
#include <snnvp/platform/tlm/initiator_port.h>

using namespace snnvp;

namespace {

/// Writes numbered packets, one after the other.
struct Sender : sc_core::sc_module {
  SNNVP_HAS_PROCESS(Sender);
  Sender(const sc_core::sc_module_name& name, unsigned count, unsigned size) : sc_module(name), port("port"), count_(count), size_(size) {
    SC_THREAD(run);
  }
  InitiatorPort port;
  Picoseconds done_at = 0;
  std::vector<tlm::tlm_response_status> responses;

private:
  void run() {
    std::vector<std::uint8_t> data(size_);
    for (unsigned i = 0; i < count_; ++i) {
      std::memcpy(data.data(), &i, 4);
      sc_core::sc_time delay;
      responses.push_back(port.write(0x1000 + 4 * i, data.data(), size_, delay));
    }
    done_at = now_ps();
  }
  unsigned count_, size_;
};

struct Receiver : sc_core::sc_module {
  explicit Receiver(const sc_core::sc_module_name& name, Picoseconds takes = 0) : sc_module(name), socket("socket"), takes_(takes) {
    socket.register_b_transport(this, &Receiver::transport);
  }
  tlm_utils::simple_target_socket<Receiver> socket;
  std::vector<std::uint32_t> numbers;
  std::vector<Address> addresses;
  std::vector<Picoseconds> times;

private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    std::uint32_t number = 0;
    std::memcpy(&number, payload.get_data_ptr(), 4);
    numbers.push_back(number);
    addresses.push_back(payload.get_address());
    times.push_back(now_ps());
    delay += sc_time_of(takes_);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  Picoseconds takes_;
};

const ClockDomain ghz(1'000'000'000);

}  // namespace

TEST_CASE("a packet written at one end of a link comes out at the other, 81 cycles later", "[d2d]") {
  D2d link("link", {}, ghz, ghz, ghz);
  Sender sender("sender", 3, 5);
  Receiver receiver("receiver");
  sender.port.bind(link.a_in[0]);
  Sender back("back", 1, 5);
  back.port.bind(link.b_in[0]);
  link.b_out.bind(receiver.socket);
  Receiver near("near");
  link.a_out.bind(near.socket);
  sc_core::sc_start();
  CHECK(receiver.numbers == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(receiver.addresses == std::vector<Address>{0x1000, 0x1004, 0x1008});
  CHECK(receiver.times == std::vector<Picoseconds>{81'000, 81'000 + 38'000, 81'000 + 76'000});
  CHECK(near.times == std::vector<Picoseconds>{81'000});
  CHECK(link.is_idle());
}

TEST_CASE("a slow target holds up the link and its writers, and nothing is lost", "[d2d]") {
  D2d::Params params;
  params.link.kind = LinkKind::ucie;
  params.link.ucie.flit = FlitFormat::f68;
  params.link.ucie.errors[0].ber = params.link.ucie.errors[1].ber = 1e-4;
  params.link.ucie.crc = CrcCheck::ideal;
  params.link.ucie.rx_fifo = 2;
  params.link.ucie.retry_depth = 4;
  params.link.ucie.tx_fifo = 2;
  D2d link("link", params, ghz, ClockDomain(700'000'000), ghz);
  constexpr unsigned count = 500;
  Sender sender("sender", count, 64), idle("idle", 0, 4);
  Receiver receiver("receiver", 1'000'000), near("near");
  sender.port.bind(link.a_in[0]);
  idle.port.bind(link.b_in[0]);
  link.b_out.bind(receiver.socket);
  link.a_out.bind(near.socket);
  sc_core::sc_start();
  REQUIRE(receiver.numbers.size() == count);
  for (unsigned i = 0; i < count; ++i) CHECK(receiver.numbers[i] == i);
  CHECK(sender.done_at > 400 * 1'000'000ull);  // it waited for the target
  CHECK(link.is_idle());
}

TEST_CASE("what is no packet is refused by a link", "[d2d]") {
  D2d::Params params;
  params.link.kind = LinkKind::ucie;
  D2d link("link", params, ghz, ghz, ghz);
  Sender sender("sender", 1, 65), idle("idle", 0, 4);
  Receiver receiver("receiver"), near("near");
  sender.port.bind(link.a_in[0]);
  idle.port.bind(link.b_in[0]);
  link.b_out.bind(receiver.socket);
  link.a_out.bind(near.socket);
  sc_core::sc_start();
  CHECK(sender.responses == std::vector<tlm::tlm_response_status>{tlm::TLM_BURST_ERROR_RESPONSE});
  CHECK(receiver.numbers.empty());
}
