// SPDX-License-Identifier: Apache-2.0
// Row P4 of the speed table (docs/performance.md): reads of one burst through sockets, non-blocking, reordered by FR-FCFS, every value
// compared. Beside it HBM2.
#include <cstdint>
#include <cstdio>

#include <benchmark/benchmark.h>

#include <snnvp/models/dram/dram.h>
#include <snnvp/models/memory_traffic/memory_traffic.h>

#include "../support/fresh_kernel.h"

using namespace snnvp;

namespace {

void accesses(benchmark::State& state, const char* preset, MemoryTraffic::Pattern pattern) {
  std::uint64_t done = 0;
  for (auto _ : state) {
    state.PauseTiming();
    test::FreshKernel kernel;
    Dram::Params params;
    params.preset = preset;
    params.bank_timing = true;
    Dram dram("dram", params);
    MemoryTrafficBlock source("source");
    source.out.bind(dram.in);
    const MemoryShape shape = dram.memory_shape();
    MemoryTraffic t;
    t.pattern = pattern;
    t.footprint = 64 << 20;
    t.access = shape.burst_bytes;
    t.requests = 1'000'000;
    t.outstanding = shape.channels * (32 + shape.on_the_way_ps / shape.burst_ps);
    t.unloaded = shape.banks;  // the load begins after them, once the data are placed
    source.set_traffic(t);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    source.prepare();
    state.ResumeTiming();
    sc_core::sc_start();
    const MemoryTrafficResult r = source.traffic_result();
    done += r.done;
    if (r.mismatches != 0 || r.done != t.requests) state.SkipWithError("wrong data");
  }
  state.counters["tx/s"] = benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
}

}  // namespace

int sc_main(int argc, char** argv) {
  std::puts("P4: DRAM, DDR4 sequential / random; floor 2 / 1 M tx/s, goal 3.3 / 1.3");
  const auto add = [](const char* name, auto... arguments) {
    benchmark::RegisterBenchmark(name, [=](benchmark::State& s) { accesses(s, arguments...); })->Unit(benchmark::kMillisecond);
  };
  add("P4/ddr4_3200aa_sequential", "ddr4_3200aa", MemoryTraffic::Pattern::sequential);
  add("P4/ddr4_3200aa_random", "ddr4_3200aa", MemoryTraffic::Pattern::random);
  add("hbm2_2000_sequential", "hbm2_2000", MemoryTraffic::Pattern::sequential);
  add("hbm2_2000_random", "hbm2_2000", MemoryTraffic::Pattern::random);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
