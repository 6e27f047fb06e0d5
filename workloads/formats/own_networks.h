// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/workloads/formats/manifest.h>

namespace snnvp {

/// The recipe of `scenarios/networks/own_small`, the network that ships with the repository (decision 24).
///
/// Two convolutions with padding, a pool and a fully connected layer, each followed by a LIF. Clustered spikes; sized so that
/// all corners of the tiling occur: M > 256 with a short last tile, K no multiple of 16, N > 128, stride 2, LIF results that
/// fit a 4096-bit buffer and one that does not.
SpikeNetwork make_own_small();

/// The recipe of `scenarios/networks/own_windows`: sixteen time steps, so that time windows matter, and maps whose sides are
/// powers of two, so that the PTB model of the Prosperity simulator can run it. Bursts in time, no pool.
SpikeNetwork make_own_windows();

}  // namespace snnvp
