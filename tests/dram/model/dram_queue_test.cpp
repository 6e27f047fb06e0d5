// SPDX-License-Identifier: Apache-2.0
// Bank timing of models.dram in a kernel: the non-blocking protocol, back-pressure, kernel work, reset.
#include <snnvp/models/dram/dram.h>

#include <catch2/catch.hpp>

#include <array>
#include <memory>

#include <tlm_utils/simple_initiator_socket.h>

#include <snnvp/models/memory_traffic/memory_traffic.h>
#include <snnvp/platform/tlm/sc_time.h>

#include "../../support/fresh_kernel.h"
#include "../../support/script.h"

using namespace snnvp;
using namespace snnvp::test;

namespace {

Dram::Params banked(const std::string& preset) {
  Dram::Params params;
  params.preset = preset;
  params.size = 64 << 20;
  params.bank_timing = true;
  return params;
}

MemoryTraffic load(const MemoryDevice& memory, MemoryTraffic::Pattern pattern, std::uint64_t requests, double writes = 0) {
  const MemoryShape shape = memory.memory_shape();
  MemoryTraffic t;
  t.pattern = pattern;
  t.footprint = 4 << 20;
  t.access = shape.burst_bytes;
  t.stride = 4096;
  t.requests = requests;
  t.outstanding = 64 * shape.channels;
  t.write_share = writes;
  t.unloaded = shape.banks;
  t.unloaded_edge = shape.clock_ps;
  return t;
}

/// An initiator that speaks all four phases and notes what it sees.
class Phases : public sc_core::sc_module, public tlm::tlm_mm_interface {
public:
  tlm_utils::simple_initiator_socket<Phases, 32> out;
  std::vector<std::pair<int, tlm::tlm_phase>> seen;
  std::array<tlm::tlm_generic_payload, 64> payloads;
  std::array<std::uint8_t, 64> data{};
  int freed = 0;
  bool end_response_at_once = false;

  explicit Phases(const sc_core::sc_module_name& name) : sc_module(name), out("out") {
    out.register_nb_transport_bw(this, &Phases::nb_transport_bw);
    for (tlm::tlm_generic_payload& p : payloads) p.set_mm(this);
  }
  tlm::tlm_sync_enum request(int i, Address address, tlm::tlm_phase& phase, tlm::tlm_command command = tlm::TLM_READ_COMMAND) {
    tlm::tlm_generic_payload& p = payloads[static_cast<std::size_t>(i)];
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(data.data());
    p.set_data_length(64);
    p.set_streaming_width(64);
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    p.acquire();
    phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    return out->nb_transport_fw(p, phase, delay);
  }
  void end_response(int i) {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay;
    out->nb_transport_fw(payloads[static_cast<std::size_t>(i)], phase, delay);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time&) {
    seen.emplace_back(static_cast<int>(&p - payloads.data()), phase);
    if (phase == tlm::BEGIN_RESP && end_response_at_once) return tlm::TLM_COMPLETED;
    return tlm::TLM_ACCEPTED;
  }
  void free(tlm::tlm_generic_payload*) override { ++freed; }
  int count(tlm::tlm_phase phase) const {
    int n = 0;
    for (const auto& s : seen) n += s.second == phase;
    return n;
  }
};

}  // namespace

TEST_CASE("stack3d.dram a load through sockets: data exact, latency in closed form, at most one kernel activation per burst", "[dram]") {
  for (const char* preset : {"ddr4_3200aa", "hbm2_2000", "lpddr4_4266"})
    for (const auto pattern : {MemoryTraffic::Pattern::sequential, MemoryTraffic::Pattern::random, MemoryTraffic::Pattern::strided}) {
      INFO(preset << " pattern " << static_cast<int>(pattern));
      FreshKernel kernel;
      Dram dram("dram", banked(preset));
      MemoryTrafficBlock source("source");
      source.out.bind(dram.in);
      const MemoryTraffic traffic = load(dram, pattern, 20'000, 0.25);
      source.set_traffic(traffic);
      sc_core::sc_start(sc_core::SC_ZERO_TIME);
      source.prepare();
      sc_core::sc_start();
      CHECK(source.is_finished());
      CHECK(dram.is_idle());
      const MemoryTrafficResult r = source.traffic_result();
      CHECK(r.done == 20'000);
      CHECK(r.errors == 0);
      CHECK(r.compared > 100'000 / 2);
      CHECK(r.mismatches == 0);
      const DramTiming& t = *find_dram_timing(preset);
      CHECK(r.unloaded_min == t.closed_read() * t.clock_ps + 40'000);
      CHECK(r.unloaded_max == r.unloaded_min);
      CHECK(dram.wake_ups() <= (r.done + r.unloaded_reads) * 101 / 100);
      const MemoryCounts counts = dram.memory_counts();
      CHECK(counts.row_hits + counts.row_misses + counts.row_conflicts == r.done + r.unloaded_reads);
      const EventCounts events = dram.events();
      CHECK(events.at("dram_rd_bit") + events.at("dram_wr_bit") == (r.done + r.unloaded_reads) * t.burst_bytes * 8);
    }
}

TEST_CASE("tlm.A2 a full DRAM queue withholds END_REQ and gives it when there is room", "[dram]") {
  FreshKernel kernel;
  Dram::Params params = banked("ddr4_2400r");
  params.policy.queue = 4;
  Dram dram("dram", params);
  Phases initiator("initiator");
  initiator.end_response_at_once = true;
  initiator.out.bind(dram.in);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_phase phase;
  for (int i = 0; i < 4; ++i) {
    CHECK(initiator.request(i, static_cast<Address>(i) * 64, phase) == tlm::TLM_UPDATED);
    CHECK(phase == tlm::END_REQ);
  }
  CHECK(initiator.request(4, 4 * 64, phase) == tlm::TLM_ACCEPTED);
  CHECK(phase == tlm::BEGIN_REQ);
  // One request too many without END_REQ is the initiator's fault and is answered with an error.
  CHECK(initiator.request(5, 5 * 64, phase) == tlm::TLM_COMPLETED);
  CHECK(initiator.payloads[5].get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  initiator.payloads[5].release();
  sc_core::sc_start();
  CHECK(initiator.count(tlm::END_REQ) == 1);
  CHECK(initiator.count(tlm::BEGIN_RESP) == 5);
  for (int i = 0; i < 5; ++i) {
    CHECK(initiator.payloads[static_cast<std::size_t>(i)].is_response_ok());
    CHECK(initiator.payloads[static_cast<std::size_t>(i)].get_ref_count() == 1);
  }
}

TEST_CASE("tlm.A2 the DRAM sends the next response only after END_RESP of the last", "[dram]") {
  FreshKernel kernel;
  Dram dram("dram", banked("hbm2_2000"));
  Phases initiator("initiator");
  initiator.out.bind(dram.in);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_phase phase;
  for (int i = 0; i < 3; ++i) initiator.request(i, static_cast<Address>(i) * 4096, phase);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  REQUIRE(initiator.count(tlm::BEGIN_RESP) == 1);
  initiator.end_response(initiator.seen.back().first);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  CHECK(initiator.count(tlm::BEGIN_RESP) == 2);
  initiator.end_response(initiator.seen.back().first);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  CHECK(initiator.count(tlm::BEGIN_RESP) == 3);
}

TEST_CASE("tlm.A3 faults of a non-blocking access are answered at once", "[dram]") {
  FreshKernel kernel;
  Dram dram("dram", banked("ddr4_2400r"));
  Phases initiator("initiator");
  initiator.out.bind(dram.in);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm::tlm_phase phase;
  CHECK(initiator.request(0, (64 << 20) - 32, phase) == tlm::TLM_COMPLETED);
  CHECK(initiator.payloads[0].get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(initiator.request(1, 0, phase, tlm::TLM_IGNORE_COMMAND) == tlm::TLM_COMPLETED);
  CHECK(initiator.payloads[1].is_response_ok());
  CHECK(dram.is_idle());
}

TEST_CASE("tlm.V12 reset of a DRAM with queued accesses answers them with an error and starts anew", "[dram]") {
  FreshKernel kernel;
  Dram dram("dram", banked("ddr4_2400r"));
  Phases initiator("initiator");
  initiator.end_response_at_once = true;
  initiator.out.bind(dram.in);
  sc_core::sc_start(sc_core::sc_time(7, sc_core::SC_NS));
  tlm::tlm_phase phase;
  for (int i = 0; i < 8; ++i) initiator.request(i, static_cast<Address>(i) * 64, phase);
  sc_core::sc_start(sc_core::sc_time(5, sc_core::SC_NS));
  dram.reset();
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_NS));
  CHECK(initiator.count(tlm::BEGIN_RESP) == 8);
  for (int i = 0; i < 8; ++i)
    CHECK(initiator.payloads[static_cast<std::size_t>(i)].get_response_status() == tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(dram.is_idle());
  CHECK(dram.events() == EventCounts{{"dram_act", 0}, {"dram_rd_bit", 0}, {"dram_ref", 0}, {"dram_wr_bit", 0}});
  sc_core::sc_start(sc_core::sc_time(50, sc_core::SC_US));
  initiator.request(20, 0, phase);
  sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_US));
  CHECK(initiator.payloads[20].is_response_ok());
  CHECK(dram.events().at("dram_act") == 1);
  CHECK(dram.events().at("dram_ref") == 6);  // 51 us at 7.8 us
}

TEST_CASE("a blocking access to a DRAM with banks takes its closed form and moves its bytes", "[dram]") {
  FreshKernel kernel;
  Dram dram("dram", banked("ddr4_2400r"));
  Script script("script", [](InitiatorPort& port) {
    std::vector<std::uint8_t> data(8192, 7), seen(8192);
    sc_core::sc_time delay;
    CHECK(port.write(1 << 20, data.data(), data.size(), delay) == tlm::TLM_OK_RESPONSE);
    sc_core::wait(delay + sc_core::sc_time(833, sc_core::SC_NS));
    sc_core::sc_time again;
    CHECK(port.read(1 << 20, seen.data(), seen.size(), again) == tlm::TLM_OK_RESPONSE);
    CHECK(seen == data);
    // 128 bursts of 4 clocks behind the first hit, and less than a clock to the edge.
    CHECK(ps_of(again) >= (16 + 128 * 4) * 833 + 40'000);
    CHECK(ps_of(again) < (16 + 128 * 4 + 1) * 833 + 40'000);
  });
  script.out.bind(dram.in);
  sc_core::sc_start();
  CHECK(script.is_done());
}
