// SPDX-License-Identifier: Apache-2.0
// Row P7 of the speed table (docs/performance.md): b_transport through the memory-mapped bus to an SRAM, without waiting.
// Beside it: the same SRAM without a bus, our initiator port, bursts, a map of 16 windows, and DMI.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/tlm/initiator_port.h>

using namespace snnvp;

namespace {

constexpr Bytes window = 64 * 1024;
constexpr unsigned windows = 16;

/// A standard socket, as a foreign model has it.
struct ForeignInitiator : sc_core::sc_module {
  explicit ForeignInitiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {}
  tlm_utils::simple_initiator_socket<ForeignInitiator> socket;
};

/// A port of our blocks.
struct OwnInitiator : sc_core::sc_module {
  explicit OwnInitiator(const sc_core::sc_module_name& name) : sc_module(name), port("port") {}
  InitiatorPort port;
};

/// Two initiators on a bus with 16 SRAMs, and one SRAM that is bound directly.
struct Platform {
  Platform() {
    Bus::Params params;
    params.initiators = 2;
    params.targets = windows;
    params.width_bytes = 8;
    bus = std::make_unique<Bus>("bus", params, ClockDomain(500'000'000));
    cpu.socket.bind(bus->in[0]);
    engine.port.bind(bus->in[1]);
    Sram::Params sram;
    sram.size = window;
    sram.allow_dmi = true;
    for (unsigned i = 0; i < windows; ++i) {
      srams.push_back(std::make_unique<Sram>(("sram_" + std::to_string(i)).c_str(), sram, ClockDomain(500'000'000)));
      bus->out[i].bind(srams.back()->in);
      bus->map(0x8000'0000 + i * window, window, i);
    }
    alone = std::make_unique<Sram>("alone", sram, ClockDomain(500'000'000));
    near.socket.bind(alone->in);
  }

  ForeignInitiator cpu{"cpu"}, near{"near"};
  OwnInitiator engine{"engine"};
  std::unique_ptr<Bus> bus;
  std::vector<std::unique_ptr<Sram>> srams;
  std::unique_ptr<Sram> alone;
};

void set_payload(tlm::tlm_generic_payload& payload, std::uint8_t* data, unsigned length) {
  payload.set_read();
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  payload.set_streaming_width(length);
}

void report_rate(benchmark::State& state) {
  state.counters["accesses/s"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// Reads of `length` bytes, `stride` bytes apart, over `span` bytes from `base` on.
void transport(benchmark::State& state, ForeignInitiator& initiator, Address base, unsigned length, Address stride, Address span) {
  std::vector<std::uint8_t> data(length);
  tlm::tlm_generic_payload payload;
  set_payload(payload, data.data(), length);
  Address offset = 0;
  for (auto _ : state) {
    payload.set_address(base + offset);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    initiator.socket->b_transport(payload, delay);
    offset += stride;
    if (offset >= span) offset = 0;
  }
  if (!payload.is_response_ok()) state.SkipWithError("the access failed");
  report_rate(state);
}

void initiator_port(benchmark::State& state, OwnInitiator& initiator, Address base) {
  std::uint8_t data[4] = {};
  Address offset = 0;
  for (auto _ : state) {
    sc_core::sc_time delay;
    benchmark::DoNotOptimize(initiator.port.read(base + offset, data, sizeof data, delay));
    offset = (offset + 4) % window;
  }
  report_rate(state);
}

void direct_memory(benchmark::State& state, ForeignInitiator& initiator, Address base) {
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(base);
  tlm::tlm_dmi dmi;
  if (!initiator.socket->get_direct_mem_ptr(payload, dmi)) return state.SkipWithError("no DMI");
  Address offset = 0;
  std::uint32_t sum = 0;
  for (auto _ : state) {
    sum += dmi.get_dmi_ptr()[offset];
    offset = (offset + 4) % window;
    benchmark::DoNotOptimize(sum);
  }
  report_rate(state);
}

}  // namespace

int sc_main(int argc, char** argv) {
  Platform platform;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  constexpr Address base = 0x8000'0000;
  std::puts("P7: b_transport of 4-byte words through the bus; floor 60, goal 100 M/s");
  const auto add = [](const char* name, auto... arguments) { benchmark::RegisterBenchmark(name, arguments...); };
  add("P7/bus_to_sram", [&](benchmark::State& s) { transport(s, platform.cpu, base, 4, 4, window); });
  add("sram_without_bus", [&](benchmark::State& s) { transport(s, platform.near, 0, 4, 4, window); });
  add("bus_other_window_each_time", [&](benchmark::State& s) { transport(s, platform.cpu, base, 4, window, windows * window); });
  add("bus_burst_64_bytes", [&](benchmark::State& s) { transport(s, platform.cpu, base, 64, 64, window); });
  add("initiator_port_to_sram", [&](benchmark::State& s) { initiator_port(s, platform.engine, base); });
  add("dmi_through_bus", [&](benchmark::State& s) { direct_memory(s, platform.cpu, base); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
