// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <snnvp/models/pi2/layer.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp::pi2;

TEST_CASE("pi2.P5 1,048,576 neurons of fan-in 256 in one window: every insertion counted, far below 8 GB (decision 47)") {
  SplitMix random(1);
  LayerSetup s;
  s.shape.in_channels = 256;
  s.shape.out_channels = 1u << 20;
  std::vector<std::int16_t> levels(std::size_t{256} << 20);
  for (std::int16_t& level : levels) level = static_cast<std::int16_t>(static_cast<int>(random.next() % 15) - 7);
  s.synapses = SynapseTable(WeightCode::one_sided, 256, 1u << 20, std::move(levels), 0.02);
  s.rules.k = 16;
  s.rules.threshold = 16 * 2.0;
  Layer layer(std::move(s));
  ArrivalTimes times;
  for (const double x : sparse_inputs(random, 256, 0.81)) {
    times.push_back(1 + x);
    times.push_back(1 - x);
  }
  layer.run(times, 0);
  const EventTotals& t = layer.totals();
  CHECK(t.insertions == (std::uint64_t{1} << 30));
  CHECK(t.accepted == (std::uint64_t{1} << 25));
  CHECK(t.dropped == t.insertions - t.accepted);
  CHECK(t.frames_out == (std::uint64_t{1} << 21));
  CHECK(t.causality_violations == 0);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  CHECK(used.ru_maxrss < 2'000'000);  // KiB
}
