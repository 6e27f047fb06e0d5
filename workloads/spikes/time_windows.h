// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/workloads/spikes/spike_tensor.h>

// What training or coding does to the windows of a spike train. The first axis is time; a window is `window_points` steps of
// one neuron, the last one of a train may be shorter.
namespace snnvp {

/// Split-time temporal coding: each window keeps its first spike (spec/spikex.md 5.6). With it one cycle per line
/// (`kappa: one` of the PE array) is exact.
SpikeTensor first_spike_per_window(const SpikeView& spikes, std::uint32_t window_points);

/// Keeps each window that holds a spike with probability `keep` and silences the others, as hardware-aware training would
/// (`tw_density_scale`, spec/spikex.md 7.2). Draws from the stream `name` of `seed`, once per window with a spike.
SpikeTensor keep_windows(const SpikeView& spikes, std::uint32_t window_points, double keep, std::uint64_t seed, const std::string& name);

}  // namespace snnvp
