// SPDX-License-Identifier: Apache-2.0
// Row P3 of the speed table: an 8 x 8 mesh with the router parameters of BookSim2 under uniform traffic, nearly idle, and larger
// meshes at the same load per node. Network core and traffic generator, without a kernel; the whole process is in bench_process.
#include <benchmark/benchmark.h>

#include "../mesh/mesh_bench.h"

namespace {

using namespace snnvp;

/// One measured run per iteration; `rate` in flits per node and cycle.
void run(benchmark::State& state, unsigned k, double rate, Cycles cycles) {
  double simulated = 0, hops = 0;
  for (auto _ : state) {
    traffic::TrafficSpec spec;
    spec.rate = rate;
    spec.warmup = 0;
    spec.measure = cycles;
    spec.drain = 1000;
    test::NetworkUnderTraffic under(test::booksim_mesh(k));
    traffic::TrafficRun traffic(spec, under.network_shape());
    under.attach(traffic);
    under.run();
    benchmark::DoNotOptimize(traffic.result().packets);
    simulated += static_cast<double>(under.network.now());
    hops += static_cast<double>(under.network.counts().switch_traversals);
  }
  state.counters["cycles"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
  state.counters["flit_hops"] = benchmark::Counter(hops, benchmark::Counter::kIsRate);
  state.counters["bytes_per_node"] = static_cast<double>(mesh::MeshNetwork(test::booksim_mesh(k)).bytes_per_node());
}

}  // namespace

BENCHMARK_CAPTURE(run, P3_8x8_at_0.08, 8, 0.08, 50'000);
BENCHMARK_CAPTURE(run, P3_8x8_one_packet_in_1000_cycles, 8, 1e-3 / 64, 20'000'000);
BENCHMARK_CAPTURE(run, P3_8x8_each_node_one_packet_in_1000_cycles, 8, 1e-3, 1'000'000);
BENCHMARK_CAPTURE(run, P3_8x8_at_0.02, 8, 0.02, 100'000);
BENCHMARK_CAPTURE(run, P3_16x16_at_0.02, 16, 0.02, 20'000);
BENCHMARK_CAPTURE(run, P3_32x32_at_0.02, 32, 0.02, 5'000);

BENCHMARK_MAIN();
