// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/heat_account.h>

#include <algorithm>

#include <snnvp/platform/run/stat_collector.h>

namespace snnvp {
namespace {

/// The mean in kelvin: tiers of a bonded stack are within a few kelvin, where the law is a straight line.
double leakage_mean(const double* kelvin, const double* leakage, std::size_t tiers) {
  double weights = 0, sum = 0;
  for (std::size_t i = 0; i < tiers; ++i) weights += leakage[i];
  for (std::size_t i = 0; i < tiers; ++i) sum += kelvin[i] * (weights > 0 ? leakage[i] / weights : 1 / static_cast<double>(tiers));
  return sum;
}

}  // namespace

HeatAction action_of(const ThermalModel& model, const HeatRecord& record, const HeatPlace& place) {
  HeatAction action;
  for (std::size_t s = place.first; s < place.first + place.map.tiers; ++s) {
    action.divider = std::max(action.divider, model.clock_divider(record.sources.at(s).tier));
    action.refresh_factor = std::max(action.refresh_factor, model.refresh_factor(record.sources.at(s).tier));
  }
  return action;
}

HeatAccount::HeatAccount(const PriceContext& prices, const std::vector<HeatPlace>& places) : prices_(prices), places_(places) {
  std::size_t sources = 0;
  for (const HeatPlace& place : places) sources += place.map.tiers;
  leakage_350_j_.resize(sources);
}

std::vector<SourcePower> HeatAccount::powers(const HeatEpoch& epoch) {
  std::vector<SourcePower> result(leakage_350_j_.size());
  if (!epoch.is_counted || epoch.seconds <= 0) return result;
  const Ledger ledger = price(prices_, epoch.counted);
  for (const HeatPlace& place : places_) {
    const std::vector<TierEnergy> energy = place.is_tiered ? energy_by_tier(ledger, place.block, place.map, epoch.tiers.at(place.block))
                                                           : std::vector{energy_of(ledger, place.block)};
    for (std::size_t tier = 0; tier < energy.size(); ++tier) {
      result[place.first + tier] = {energy[tier].other_j / epoch.seconds, energy[tier].leakage_j / epoch.seconds};
      leakage_350_j_[place.first + tier] += energy[tier].leakage_j;
    }
  }
  return result;
}

void HeatAccount::add_leakage_temperatures(const std::vector<double>& kelvin, PricingInput& input) const {
  for (const HeatPlace& place : places_)
    for (BlockActivity& block : input.blocks)
      if (block.name == place.block)
        block.leakage_kelvin = leakage_mean(&kelvin.at(place.first), &leakage_350_j_[place.first], place.map.tiers);
}

void collect_heat(const ThermalModel& model, const HeatRecord& record, RunReport& report) {
  const auto* provider = dynamic_cast<const StatProvider*>(&model);
  for (BlockReport& block : report.blocks) {
    if (block.name != record.block || !provider || !block.descriptor) continue;
    StatCollector collector(*block.descriptor);
    provider->report_stats(collector);
    block.stats = collector.take();
  }
  model.collect(report);
  auto& section = report.sections["thermal"];
  section["throttled"] = record.throttled;
  section["not_throttled"] = record.not_throttled;
  for (const std::string& block : record.not_throttled)
    report.diagnosis.push_back({"thermal_not_throttled", "warning",
                                block + " lies on a tier above its limit, but its clock cannot be divided",
                                "engines slow down; its power stayed"});
}

}  // namespace snnvp
