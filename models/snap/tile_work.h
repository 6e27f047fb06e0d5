// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/snap/placement.h>
#include <snnvp/models/snap/spike_source.h>

namespace snnvp::snap {

/// What a tile does for one unit: a token, in snn one step of it (spec/chiplet.md 5.5).
struct TileWork {
  Cycles cycles = 1;
  std::uint64_t rows_read = 0;  ///< weight rows
};
TileWork tile_work(const Config& config, const LayerTable& table, const SpikeSource& spikes, std::uint32_t layer, std::uint64_t row,
                   std::uint64_t col);

/// Values of a burst, each of so many bits: as many as fit a packet of the links.
std::uint32_t burst_values(const Config& config, unsigned bits);

}  // namespace snnvp::snap
