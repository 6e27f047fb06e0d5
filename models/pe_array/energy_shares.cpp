// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/energy_shares.h>

namespace snnvp::pe_array {

EnergyParts energy_counts(const LayerCounts& c) {
  const auto bits = [](const PartBits& read, const PartBits& written) { return static_cast<double>(read.total() + written.total()); };
  const Traffic& t = c.traffic;
  return {static_cast<double>(c.adds), static_cast<double>(c.rf_accesses), bits(t.lbuf_read, t.lbuf_write), bits(t.glb_read, t.glb_write),
          bits(t.dram_read, t.dram_write)};
}

EnergyParts prices_from_shares(const EnergyParts& counts, const EnergyParts& shares, double add_pj) {
  const auto price = [&](double share, double count) { return count > 0 ? share / shares.alu * add_pj * counts.alu / count : 0; };
  return {add_pj, price(shares.rf, counts.rf), price(shares.lbuf, counts.lbuf), price(shares.glb, counts.glb),
          price(shares.dram, counts.dram)};
}

EnergyParts energy_of(const EnergyParts& n, const EnergyParts& price) {
  return {n.alu * price.alu, n.rf * price.rf, n.lbuf * price.lbuf, n.glb * price.glb, n.dram * price.dram};
}

EnergyUses energy_by_use(const LayerCounts& counts, const EnergyParts& prices) {
  const EnergyParts all = energy_of(energy_counts(counts), prices);
  const Traffic& t = counts.traffic;
  const auto filter = [](const PartBits& read, const PartBits& written) { return static_cast<double>(read.filter + written.filter); };
  EnergyUses uses;
  uses.weights = static_cast<double>(counts.adds) * prices.rf + filter(t.lbuf_read, t.lbuf_write) * prices.lbuf +
                 filter(t.glb_read, t.glb_write) * prices.glb + filter(t.dram_read, t.dram_write) * prices.dram;
  uses.alu = all.alu;
  uses.activations = all.total() - uses.alu - uses.weights;
  return uses;
}

}  // namespace snnvp::pe_array
