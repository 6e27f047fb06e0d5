// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/event_energy.h>

#include <snnvp/platform/config/params.h>
#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/report/technology.h>

namespace snnvp {

EventEnergy energy_of(const std::map<std::string, std::uint64_t>& events, const std::string& folder) {
  const Technology technology(folder);
  BlockDeclaration block;
  block.name = block.kind = "block";
  for (const auto& [key, count] : events) block.event_keys.push_back(key);
  Diagnostics diagnostics;
  const PriceContext prices = resolve_prices(technology, default_params(technology_params(technology)), {block}, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  BlockActivity activity;
  activity.name = block.name;
  activity.events = events;
  PricingInput input;
  input.blocks = {activity};
  EventEnergy energy;
  for (const LedgerRow& row : price(prices, input).rows) {
    if (row.kind == LedgerRow::Kind::power) continue;
    energy.rows.push_back({row.key, row.count, row.energy_j * 1e12, row.source});
    energy.total_pj += row.energy_j * 1e12;
  }
  return energy;
}

}  // namespace snnvp
