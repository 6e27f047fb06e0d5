// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/time_windows.h>

using namespace snnvp;

namespace {

SpikeTensor spikes_of(double density) {
  SpikeRequest request;
  request.axes = "TC";
  request.shape = {23, 400};
  request.density = density;
  request.name = "test/windows";
  return bernoulli_spikes(request);
}

bool window_has_spike(const SpikeTensor& s, std::uint64_t window, std::uint64_t neuron) {
  for (std::uint64_t t = 5 * window; t < std::min<std::uint64_t>(23, 5 * window + 5); ++t)
    if (s.view().at(t * 400 + neuron)) return true;
  return false;
}

}  // namespace

TEST_CASE("spikex.7.2 windows are kept whole or silenced whole, in the wanted share") {
  const SpikeTensor before = spikes_of(0.1);
  const SpikeTensor after = keep_windows(before.view(), 5, 0.3, 1, "windows/test");
  std::uint64_t filled = 0, kept = 0;
  for (std::uint64_t window = 0; window < 5; ++window)
    for (std::uint64_t neuron = 0; neuron < 400; ++neuron) {
      filled += window_has_spike(before, window, neuron);
      if (!window_has_spike(after, window, neuron)) continue;
      ++kept;
      for (std::uint64_t t = 5 * window; t < std::min<std::uint64_t>(23, 5 * window + 5); ++t)
        REQUIRE(after.view().at(t * 400 + neuron) == before.view().at(t * 400 + neuron));
    }
  CHECK(static_cast<double>(kept) / static_cast<double>(filled) == Approx(0.3).margin(0.05));
  CHECK(keep_windows(before.view(), 5, 1, 1, "w").count() == before.count());
  CHECK(keep_windows(before.view(), 5, 0, 1, "w").count() == 0);
}
