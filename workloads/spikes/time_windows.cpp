// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/time_windows.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/spikes/draw.h>

namespace snnvp {

namespace {

/// Calls visit(first, end, neuron, neurons) for each window, all neurons of a time span before the next.
template <typename Visit>
void for_each_window(const SpikeView& spikes, std::uint32_t window_points, Visit visit) {
  if (spikes.shape.empty() || spikes.axes.empty() || spikes.axes.front() != 'T' || window_points == 0)
    throw InternalError("windows need a time axis and a length");
  const std::uint64_t T = spikes.shape.front(), neurons = T == 0 ? 0 : spikes.bits() / T;
  for (std::uint64_t first = 0; first < T; first += window_points)
    for (std::uint64_t neuron = 0; neuron < neurons; ++neuron)
      visit(first, std::min<std::uint64_t>(T, first + window_points), neuron, neurons);
}

}  // namespace

SpikeTensor first_spike_per_window(const SpikeView& spikes, std::uint32_t window_points) {
  SpikeTensor out(spikes.axes, spikes.shape);
  for_each_window(spikes, window_points, [&](std::uint64_t first, std::uint64_t end, std::uint64_t neuron, std::uint64_t neurons) {
    for (std::uint64_t t = first; t < end; ++t)
      if (spikes.at(t * neurons + neuron)) return out.set(t * neurons + neuron);
  });
  return out;
}

SpikeTensor keep_windows(const SpikeView& spikes, std::uint32_t window_points, double keep, std::uint64_t seed, const std::string& name) {
  SpikeTensor out(spikes.axes, spikes.shape);
  RandomStream random(seed, name);
  const Chance kept(keep);
  for_each_window(spikes, window_points, [&](std::uint64_t first, std::uint64_t end, std::uint64_t neuron, std::uint64_t neurons) {
    bool drawn = false;
    for (std::uint64_t t = first; t < end; ++t) {
      if (!spikes.at(t * neurons + neuron)) continue;
      if (!drawn && !kept(random)) return;
      drawn = true;
      out.set(t * neurons + neuron);
    }
  });
  return out;
}

}  // namespace snnvp
