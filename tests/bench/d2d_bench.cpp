// SPDX-License-Identifier: Apache-2.0
// Row P5 of the speed table (docs/performance.md): packets over a die-to-die link, as serial spikes and as full 256-byte flits.
// Beside it: flits with errors and replay.
#include <cstdint>
#include <cstdio>

#include <benchmark/benchmark.h>

#include <snnvp/interconnect/d2d/d2d_core.h>

using namespace snnvp;

namespace {

/// 4-byte spike packets, one side, as fast as the link takes them.
void packets(benchmark::State& state, const D2dParams& params) {
  D2dCore link(params);
  const std::uint8_t spike[4] = {1, 2, 3, 4};
  std::uint64_t received = 0;
  Cycles now = 0;
  for (auto _ : state) {
    for (int i = 0; i < 256; ++i) link.push(0, 0, now, static_cast<std::uint64_t>(i), spike, sizeof spike);
    while (link.queued(0, 0) > 64) {
      now = link.next_event();
      link.advance(now, [&](const D2dDelivery& d) { received += d.tag < 256; });
    }
  }
  benchmark::DoNotOptimize(received);
  state.counters["packets/s"] = benchmark::Counter(static_cast<double>(received), benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
  std::puts("P5: die-to-die packets; floor 5, goal 20 M/s");
  D2dParams serial, flits, errors;
  flits.kind = errors.kind = LinkKind::ucie;
  flits.ucie.flit = errors.ucie.flit = FlitFormat::f256;
  errors.ucie.errors[0].ber = errors.ucie.errors[1].ber = 1e-5;
  const auto add = [](const char* name, auto... arguments) { benchmark::RegisterBenchmark(name, arguments...); };
  add("P5/emio_serial_aer", [&](benchmark::State& s) { packets(s, serial); });
  add("P5/ucie_f256_full", [&](benchmark::State& s) { packets(s, flits); });
  add("ucie_f256_ber_1e-5", [&](benchmark::State& s) { packets(s, errors); });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
