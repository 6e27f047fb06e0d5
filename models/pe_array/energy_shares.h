// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/pe_array/layer_timing.h>

// Prices of a run from published shares: the preset paper_shares (spec/spikex.md 6; checks X5 and X6).
namespace snnvp::pe_array {

/// One figure for each of the five places energy goes to.
struct EnergyParts {
  double alu = 0, rf = 0, lbuf = 0, glb = 0, dram = 0;
  double total() const { return alu + rf + lbuf + glb + dram; }
};

/// Shares of figure 12 of the SpikeX paper, in percent: FC layers, windows of 4 points. They sum to 99.9.
constexpr EnergyParts paper_shares{38.0, 39.5, 13.4, 7.3, 1.7};

/// Additions, register accesses, and bits read plus written of each memory level.
EnergyParts energy_counts(const LayerCounts& counts);

/// Prices in pJ per count that give `counts` the wanted shares, with an addition fixed at `add_pj`. The DRAM price is then
/// far below any real one: the published shares are not physical. A count of 0 gets the price 0.
EnergyParts prices_from_shares(const EnergyParts& counts, const EnergyParts& shares, double add_pj = 0.03);

/// Prices of the physical preset, pJ per addition, register access and bit (spec/spikex.md 6).
constexpr EnergyParts physical_prices{0.03, 0.05, 0.2 / 8, 1.5 / 8, 12.45};

/// Energy in pJ by place.
EnergyParts energy_of(const EnergyParts& counts, const EnergyParts& prices);

/// Energy by what it is spent on. Weights: weight traffic at all levels and the weight registers, one of the two register
/// accesses of an addition; activations: spikes, sums and membranes; the rest is arithmetic.
struct EnergyUses {
  double weights = 0, activations = 0, alu = 0;
  double total() const { return weights + activations + alu; }
};
EnergyUses energy_by_use(const LayerCounts& counts, const EnergyParts& prices);

}  // namespace snnvp::pe_array
