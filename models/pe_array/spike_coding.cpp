// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/spike_coding.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::pe_array {

SpikeTensor first_spike_per_window(const SpikeView& spikes, std::uint32_t window_points) {
  if (spikes.shape.empty() || spikes.axes.empty() || spikes.axes.front() != 'T' || window_points == 0)
    throw InternalError("split-time coding needs a time axis and a window");
  SpikeTensor out(spikes.axes, spikes.shape);
  const std::uint64_t T = spikes.shape.front(), neurons = T == 0 ? 0 : spikes.bits() / T;
  for (std::uint64_t first = 0; first < T; first += window_points)
    for (std::uint64_t i = 0; i < neurons; ++i)
      for (std::uint64_t t = first; t < std::min<std::uint64_t>(T, first + window_points); ++t)
        if (spikes.at(t * neurons + i)) {
          out.set(t * neurons + i);
          break;
        }
  return out;
}

}  // namespace snnvp::pe_array
