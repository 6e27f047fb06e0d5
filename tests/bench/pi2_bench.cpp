// SPDX-License-Identifier: Apache-2.0
// Row P5 of the speed table, pi^2 part: delay-queue insertions per second of `ideal` timing on 784-800-10 (decision 42), and the
// million-neuron set (decision 47). Items are insertions.
#include <benchmark/benchmark.h>

#include <snnvp/models/pi2/calibration.h>
#include <snnvp/models/pi2/layer.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp::pi2;

namespace {

ArrivalTimes draw_arrivals(SplitMix& random, std::uint32_t inputs) {
  ArrivalTimes times;
  for (const double x : sparse_inputs(random, inputs, 0.81)) {
    const TimePair t = encode(x, 1);
    times.push_back(t.plus);
    times.push_back(t.minus);
  }
  return times;
}

Layer make_layer(SplitMix& random, std::uint32_t inputs, std::uint32_t outputs, std::uint32_t k, double tick) {
  LayerSetup s;
  s.shape.in_channels = inputs;
  s.shape.out_channels = outputs;
  Quantised q;
  if (std::uint64_t{inputs} * outputs > 10'000'000) {
    q.levels.resize(std::size_t{inputs} * outputs);
    for (std::int16_t& level : q.levels) level = static_cast<std::int16_t>(random.next() % 15) - 7;
    q.unit = 0.02;
  } else {
    q = quantise(normal_weights(random, inputs, outputs, 0.05), 4);
  }
  s.synapses = SynapseTable(WeightCode::one_sided, inputs, outputs, std::move(q.levels), q.unit);
  s.rules.k = k;
  s.rules.threshold = 2.0 * k;
  s.rules.tick = tick;
  return Layer(std::move(s));
}

void network_784_800_10(benchmark::State& state) {
  SplitMix random(1);
  const double tick = state.range(0) ? 1e-3 : 0;
  Layer first = make_layer(random, 784, 800, 115, tick), second = make_layer(random, 800, 10, 75, tick);
  const ArrivalTimes x = draw_arrivals(random, 784), h = draw_arrivals(random, 800);
  std::uint64_t window = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(first.run(x, window));
    benchmark::DoNotOptimize(second.run(h, window++));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(first.totals().insertions + second.totals().insertions));
}
BENCHMARK(network_784_800_10)->Name("P5/784-800-10")->ArgName("tick")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// Cost is linear in insertions: the rate does not depend on the size.
void layer_of(benchmark::State& state) {
  SplitMix random(1);
  Layer layer = make_layer(random, 256, static_cast<std::uint32_t>(state.range(0)), 16, 0);
  const ArrivalTimes x = draw_arrivals(random, 256);
  std::uint64_t window = 0;
  for (auto _ : state) benchmark::DoNotOptimize(layer.run(x, window++));
  state.SetItemsProcessed(static_cast<std::int64_t>(layer.totals().insertions));
}
BENCHMARK(layer_of)->Name("P5/neurons of fan-in 256")->Arg(1 << 10)->Arg(1 << 14)->Arg(1 << 20)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
