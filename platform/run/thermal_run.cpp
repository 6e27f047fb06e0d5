// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/thermal_run.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/block/heat_response.h>
#include <snnvp/platform/engine/accelerator.h>

namespace snnvp {
namespace {

std::string the_model(const Platform& platform) {
  std::string found;
  for (const auto& [name, module] : platform.blocks()) {
    if (!dynamic_cast<const ThermalModel*>(module.get())) continue;
    if (!found.empty()) throw InputError(fmt::format("platform.blocks: {} and {} both model heat; one stack per platform", found, name));
    found = name;
  }
  return found;
}

std::optional<HeatSource> source_of(const std::string& name, const BlockDecl& block) {
  HeatSource source;
  source.block = name;
  if (block.floorplan) {
    source.tier = block.floorplan->tier;
    if (const auto& p = block.floorplan->place) source.place = Rectangle{p->x * 1e-3, p->y * 1e-3, p->w * 1e-3, p->h * 1e-3};
    return source;
  }
  if (!block.tier) return std::nullopt;
  source.tier = *block.tier;
  return source;
}

/// One temperature for a block on several tiers, each with its share of the leakage. The mean in kelvin: tiers of a bonded stack are
/// within a few kelvin, where the law is a straight line.
double leakage_mean(const double* kelvin, const std::vector<double>& leakage) {
  double weights = 0, sum = 0;
  for (const double w : leakage) weights += w;
  for (std::size_t i = 0; i < leakage.size(); ++i)
    sum += kelvin[i] * (weights > 0 ? leakage[i] / weights : 1 / static_cast<double>(leakage.size()));
  return sum;
}

}  // namespace

BlockActivity difference(BlockActivity now, const BlockActivity& before) {
  const auto subtract = [](auto& values, const auto& less) {
    for (auto& [key, value] : values)
      if (const auto it = less.find(key); it != less.end()) value -= std::min(value, it->second);
  };
  subtract(now.events, before.events);
  subtract(now.statistics, before.statistics);
  for (auto& [unit, busy] : now.units)
    if (const auto it = before.units.find(unit); it != before.units.end()) busy.busy -= std::min(busy.busy, it->second.busy);
  return now;
}

ThermalRun::ThermalRun(const Plan& plan, Platform& platform, const Technology& technology, const PriceContext& prices,
                       const PowerMaps* maps, Counts counts)
    : platform_(platform), prices_(prices), counts_(std::move(counts)) {
  const std::string name = the_model(platform);
  if (name.empty()) {
    if (maps) throw InputError("workload: power maps need a block of kind models.thermal to lie on");
    if (prices.settings.is_thermal)
      throw InputError("technology.temperature: thermal needs a block of kind models.thermal with blocks on its tiers");
    for (const auto& [block, p] : plan.blocks)
      if (p.decl->floorplan)
        throw InputError(
            fmt::format("platform.blocks.{}.floorplan: there is no stack to lie on; add a block of kind models.thermal", block));
    return;
  }
  model_ = platform.find<ThermalModel>(name);
  for (const auto& [block, p] : plan.blocks) {
    const auto source = source_of(block, *p.decl);
    if (!source || block == name) continue;
    Placed placed;
    placed.block = block, placed.first = sources_.size();
    placed.tiered = platform.find<TieredBlock>(block);
    if (placed.tiered) placed.sources = placed.tiered->tiers();
    placed.leakage_350_j.resize(placed.sources);
    for (std::size_t tier = 0; tier < placed.sources; ++tier) {
      sources_.push_back(*source);
      sources_.back().tier += static_cast<unsigned>(tier);
    }
    placed_.push_back(std::move(placed));
  }
  static const std::vector<GridMap> none;
  if (maps) maps_duration_ = maps->duration();
  model_->set_up(technology, sources_, maps ? maps->power_maps() : none, maps ? maps->leakage_maps() : none);
}

std::optional<Picoseconds> ThermalRun::time_left(Picoseconds now) const {
  if (!model_ || model_->epoch() == 0) return std::nullopt;
  const Picoseconds spent = now - epoch_start_;
  return spent < model_->epoch() ? model_->epoch() - spent : 0;
}

std::vector<SourcePower> ThermalRun::powers(double seconds) {
  PricingInput input;
  input.elapsed_s = seconds;
  for (const auto& [name, module] : platform_.blocks()) {
    BlockActivity counted = counts_(name, *module);
    // Published powers follow busy time, which engines settle at the end of a job only.
    if (const auto* job_engine = dynamic_cast<const engine::JobEngine*>(module.get()))
      if (const auto unit = counted.units.find("engine"); unit != counted.units.end()) unit->second.busy = job_engine->busy_so_far();
    BlockActivity& before = before_[name];
    BlockActivity spent = difference(counted, before);
    before = std::move(counted);
    spent.leakage_kelvin = leakage_reference_kelvin;
    // Counts come by the burst or tile: one that began in the epoch before may count as a whole in this one.
    for (auto& [unit, activity] : spent.units)
      activity.busy = std::min(activity.busy, static_cast<Cycles>(seconds * static_cast<double>(activity.hz)));
    input.blocks.push_back(std::move(spent));
  }
  std::vector<SourcePower> result(sources_.size());
  if (seconds <= 0) return result;
  const Ledger ledger = price(prices_, input);
  for (Placed& placed : placed_) {
    std::vector<TierEnergy> energy;
    if (placed.tiered) {
      TierEvents counted = tier_events(*placed.tiered);
      energy = energy_by_tier(ledger, placed.block, *placed.tiered, difference(counted, placed.before));
      placed.before = std::move(counted);
    } else {
      energy = {energy_of(ledger, placed.block)};
    }
    for (std::size_t tier = 0; tier < placed.sources; ++tier) {
      result[placed.first + tier] = {energy[tier].other_j / seconds, energy[tier].leakage_j / seconds};
      placed.leakage_350_j[tier] += energy[tier].leakage_j;
    }
  }
  return result;
}

void ThermalRun::end_epoch(Picoseconds now) {
  if (!model_) return;
  close_epoch(now);
  act();
}

void ThermalRun::close_epoch(Picoseconds now) {
  const double seconds = static_cast<double>(now - epoch_start_) * 1e-12;
  epoch_start_ = now;
  model_->end_epoch(seconds, powers(seconds));
}

void ThermalRun::act() {
  for (Placed& placed : placed_) {
    unsigned divider = 1, factor = 1;  // a block on several tiers has one clock: the hottest tier's
    for (std::size_t s = placed.first; s < placed.first + placed.sources; ++s) {
      divider = std::max(divider, model_->clock_divider(sources_[s].tier));
      factor = std::max(factor, model_->refresh_factor(sources_[s].tier));
    }
    if (divider != placed.divider) {
      if (auto* clock = platform_.find<ClockThrottle>(placed.block)) {
        clock->set_clock_divider(divider);
        throttled_ = true;
      } else if (std::find(not_throttled_.begin(), not_throttled_.end(), placed.block) == not_throttled_.end()) {
        not_throttled_.push_back(placed.block);
      }
      placed.divider = divider;
    }
    if (factor != placed.refresh_factor) {
      if (auto* refresh = platform_.find<RefreshControl>(placed.block)) refresh->set_refresh_factor(factor);
      placed.refresh_factor = factor;
    }
  }
}

void ThermalRun::finish(Picoseconds now) {
  if (!model_) return;
  if (maps_duration_ > 0) {  // nothing was simulated: the maps' own time passes now
    const Picoseconds step = model_->epoch() > 0 ? model_->epoch() : maps_duration_;
    for (Picoseconds at = 0; at < maps_duration_; at += step)
      model_->end_epoch(static_cast<double>(std::min(step, maps_duration_ - at)) * 1e-12, std::vector<SourcePower>(sources_.size()));
  } else if (now > epoch_start_ || now == 0) {
    close_epoch(now);  // nothing runs after the last: it throttles nobody
  }
  model_->finish();
}

void ThermalRun::add_leakage_temperatures(PricingInput& input) const {
  if (!model_ || !prices_.settings.is_thermal) return;
  const std::vector<double> kelvin = model_->leakage_temperature();
  for (const Placed& placed : placed_)
    for (BlockActivity& block : input.blocks)
      if (block.name == placed.block) block.leakage_kelvin = leakage_mean(&kelvin[placed.first], placed.leakage_350_j);
}

void ThermalRun::collect(RunReport& report) const {
  if (!model_) return;
  model_->collect(report);
  auto& section = report.sections["thermal"];
  section["throttled"] = throttled_;
  section["not_throttled"] = not_throttled_;
  for (const std::string& block : not_throttled_)
    report.diagnosis.push_back({"thermal_not_throttled", "warning",
                                block + " lies on a tier above its limit, but its clock cannot be divided",
                                "engines slow down; its power stayed"});
}

}  // namespace snnvp
