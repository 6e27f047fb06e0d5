// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp::pe_array {

/// Split-time temporal coding: each window of `window_points` steps keeps its first spike (spec/spikex.md 5.6). With it one
/// cycle per line (`kappa: one`) is exact. The first axis must be time.
SpikeTensor first_spike_per_window(const SpikeView& spikes, std::uint32_t window_points);

}  // namespace snnvp::pe_array
