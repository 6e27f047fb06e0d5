// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/priced_run.h>

#include <algorithm>

#include <snnvp/platform/report/diagnose.h>
#include <snnvp/platform/run/comparison.h>
#include <snnvp/platform/run/layer_report.h>
#include <snnvp/platform/run/stack_report.h>

namespace snnvp {
namespace {

/// How long a unit was busy for a layer: its own count, if rows have one, else as long as the layer took.
Cycles busy_cycles(const engine::LayerRecord& record, const std::string& unit) {
  for (const auto& [name, value] : record.counts)
    if (name == unit + "_cycles") return value.value_or(0);
  return record.contribution_cycles;
}

double layer_energy_mj(const PriceContext& prices, const PriceContext::Block& block, const engine::LayerRecord& record) {
  double mj = 0;
  for (const auto& power : block.powers)
    if (!power.unit.empty()) mj += prices.constants.nominal(power.power) * static_cast<double>(busy_cycles(record, power.unit)) / power.hz;
  for (const auto& statistic : block.statistics)
    if (statistic.statistic == "dram_bits")
      mj += prices.constants.nominal(statistic.price) * 1e-9 * static_cast<double>(record.dram_bits.value_or(0));
  for (const auto& [key, count] : record.events)
    if (const auto price = block.prices.find(key); price != block.prices.end())
      for (const PriceTerm& term : price->second.terms) mj += prices.constants.nominal(term) * 1e-9 * static_cast<double>(count);
  return mj;
}

/// A layer's own energy where the price list prices an engine by its time and its DRAM bits; else null.
void price_layers(const PriceContext& prices, RunReport& report) {
  for (LayerRow& row : report.layers)
    for (const PriceContext::Block& block : prices.blocks)
      if (block.name == row.engine && block.mode == EnergyMode::calibrated) row.energy_mj = layer_energy_mj(prices, block, row.record);
}

/// What all blocks counted in turn `t`.
PricingInput counted_in_turn(const std::vector<TurnMark>& turns, std::size_t t) {
  PricingInput turn = turns[t].counted;
  if (t > 0) {
    turn.elapsed_s -= turns[t - 1].counted.elapsed_s;
    for (std::size_t b = 0; b < turn.blocks.size(); ++b) turn.blocks[b] = difference(turn.blocks[b], turns[t - 1].counted.blocks[b]);
  }
  for (BlockActivity& block : turn.blocks)  // a unit that serves several turns counts as busy between them
    for (auto& [unit, activity] : block.units)
      activity.busy = std::min(activity.busy, static_cast<Cycles>(turn.elapsed_s * static_cast<double>(activity.hz)));
  return turn;
}

/// Energy per sample of engines that ran samples, each in its turn.
void price_turns(const PriceContext& prices, const MeasuredRun& run, RunReport& report) {
  for (std::size_t t = 0; t < run.turns.size(); ++t) {
    const Ledger ledger = price(prices, counted_in_turn(run.turns, t));
    const std::vector<std::string>& own = run.turns[t].engines;
    const auto takes_part = [&own](const std::string& name) { return std::find(own.begin(), own.end(), name) != own.end(); };
    double energy = 0;
    for (const auto& [block, e] : ledger.by_block)
      if (run.engines.count(block) == 0 || takes_part(block)) energy += e.total_j;
    for (EngineReport& engine : report.engines) {
      if (!takes_part(engine.name) || engine.samples.value_or(0) == 0) continue;
      const double samples = static_cast<double>(*engine.samples);
      engine.energy_per_sample_j = engine.energy_per_sample_j.value_or(0) + energy / samples;
      if (const auto e = ledger.by_block.find(engine.name); e != ledger.by_block.end())
        engine.own_energy_per_sample_j = engine.own_energy_per_sample_j.value_or(0) + e->second.total_j / samples;
    }
  }
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

RunReport price_run(const PriceContext& prices, const MeasuredRun& run, const HeatResult* heat) {
  RunReport report = run.report;
  PricingInput counted = run.counted;
  if (heat) heat->add_leakage_temperatures(counted);
  report.ledger = price(prices, counted);
  report.energy_band = energy_band(*report.ledger);
  for (EngineReport& engine : report.engines)
    if (const auto e = report.ledger->by_block.find(engine.name); e != report.ledger->by_block.end()) engine.energy_j = e->second.total_j;
  price_layers(prices, report);
  price_layer_packages(report);
  price_stacks(report, run.tier_maps, run.tier_events);
  if (heat) {
    heat->collect(report);
    if (report.status == "ok") report.status = heat->status();
  }
  price_turns(prices, run, report);
  if (!run.estimates.empty()) add_comparison(report, run.estimates);
  if (report.mismatches != 0 && report.status == "ok") report.status = "wrong_output";
  diagnose(report);
  return report;
}

}  // namespace snnvp
