// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/thermal_run.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/block/heat_response.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/run/priced_run.h>

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

}  // namespace

ThermalRun::ThermalRun(const Plan& plan, Platform& platform, const Technology& technology, const PriceContext& prices,
                       const PowerMaps* maps, Counts counts, const std::function<std::vector<std::string>(const std::string& block)>& parts)
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
  record_.block = name;
  if (maps) record_.power_maps = maps->power_maps(), record_.leakage_maps = maps->leakage_maps();
  for (const auto& [block, p] : plan.blocks) {
    const auto source = source_of(block, *p.decl);
    if (!source || block == name) continue;
    HeatPlace place;
    place.block = block, place.first = record_.sources.size();
    Placed placed;
    placed.tiered = platform.find<TieredBlock>(block);
    place.is_tiered = placed.tiered != nullptr;
    place.has_clock = platform.find<ClockThrottle>(block) != nullptr;
    place.has_refresh = platform.find<RefreshControl>(block) != nullptr;
    if (placed.tiered) place.map = tier_map(*placed.tiered, parts(block));
    for (std::size_t tier = 0; tier < place.map.tiers; ++tier) {
      record_.sources.push_back(*source);
      record_.sources.back().tier += static_cast<unsigned>(tier);
    }
    record_.places.push_back(std::move(place));
    placed_.push_back(std::move(placed));
  }
  account_.emplace(prices_, record_.places);
  if (maps) maps_duration_ = maps->duration();
  model_->set_up(technology, record_.sources, record_.power_maps, record_.leakage_maps);
}

std::optional<Picoseconds> ThermalRun::time_left(Picoseconds now) const {
  if (!model_ || model_->epoch() == 0) return std::nullopt;
  const Picoseconds spent = now - epoch_start_;
  return spent < model_->epoch() ? model_->epoch() - spent : 0;
}

HeatEpoch ThermalRun::count(double seconds) {
  HeatEpoch epoch;
  epoch.seconds = epoch.counted.elapsed_s = seconds;
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
    epoch.counted.blocks.push_back(std::move(spent));
  }
  for (std::size_t p = 0; p < placed_.size(); ++p) {
    if (!placed_[p].tiered) continue;
    TierEvents counted = tier_events(*placed_[p].tiered);
    epoch.tiers[record_.places[p].block] = difference(counted, placed_[p].before);
    placed_[p].before = std::move(counted);
  }
  return epoch;
}

void ThermalRun::end_epoch(Picoseconds now) {
  if (!model_) return;
  close_epoch(now);
  act();
}

void ThermalRun::close_epoch(Picoseconds now) {
  const double seconds = static_cast<double>(now - epoch_start_) * 1e-12;
  epoch_start_ = now;
  solve(count(seconds));
}

void ThermalRun::solve(HeatEpoch epoch) {
  model_->end_epoch(epoch.seconds, account_->powers(epoch));
  if (++record_.epochs_run <= HeatRecord::most_epochs)
    record_.epochs.push_back(std::move(epoch));
  else
    record_.epochs.clear();
}

void ThermalRun::act() {
  if (!record_.epochs.empty()) record_.epochs.back().acted = true;
  for (std::size_t p = 0; p < placed_.size(); ++p) {
    const HeatPlace& place = record_.places[p];
    const HeatAction action = action_of(*model_, record_, place);
    if (action.divider != placed_[p].divider) {
      if (auto* clock = platform_.find<ClockThrottle>(place.block)) {
        clock->set_clock_divider(action.divider);
        record_.throttled = true;
      } else if (auto& blocks = record_.not_throttled; std::find(blocks.begin(), blocks.end(), place.block) == blocks.end()) {
        blocks.push_back(place.block);
      }
      placed_[p].divider = action.divider;
    }
    if (action.refresh_factor != placed_[p].refresh_factor) {
      if (auto* refresh = platform_.find<RefreshControl>(place.block)) {
        refresh->set_refresh_factor(action.refresh_factor);
        record_.refreshed = true;
      }
      placed_[p].refresh_factor = action.refresh_factor;
    }
  }
}

void ThermalRun::finish(Picoseconds now) {
  if (!model_) return;
  if (maps_duration_ > 0) {  // nothing was simulated: the maps' own time passes now
    const Picoseconds step = model_->epoch() > 0 ? model_->epoch() : maps_duration_;
    for (Picoseconds at = 0; at < maps_duration_; at += step) {
      HeatEpoch epoch;
      epoch.seconds = static_cast<double>(std::min(step, maps_duration_ - at)) * 1e-12;
      epoch.is_counted = false;
      solve(std::move(epoch));
    }
  } else if (now > epoch_start_ || now == 0) {
    close_epoch(now);  // nothing runs after the last: it throttles nobody
  }
  model_->finish();
}

void ThermalRun::add_leakage_temperatures(PricingInput& input) const {
  if (model_ && prices_.settings.is_thermal) account_->add_leakage_temperatures(model_->leakage_temperature(), input);
}

void ThermalRun::collect(RunReport& report) const {
  if (model_) collect_heat(*model_, record_, report);
}

}  // namespace snnvp
