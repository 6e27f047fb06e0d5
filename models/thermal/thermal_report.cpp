// SPDX-License-Identifier: Apache-2.0
// What models.thermal leaves behind: the section `thermal`, maps as CSV and SVG, the epochs as a table.
#include <algorithm>

#include <fmt/format.h>

#include <snnvp/models/thermal/heat_map.h>
#include <snnvp/models/thermal/thermal.h>
#include <snnvp/platform/report/stat_value.h>

namespace snnvp {
namespace {

/// Watts to nine digits: what differs between hosts lies below.
double watts(double value) { return std::stod(fmt::format("{:.9g}", value)); }

/// Seconds as powers of two of the clock divider: {"1": ..., "2": ...}, only those that occurred.
nlohmann::ordered_json residency(const std::vector<thermal::Epoch>& epochs, std::size_t tier, bool of_refresh) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (unsigned level = 1; level <= thermal::Throttle::Limits::most; level *= 2) {
    double seconds = 0, before = 0;
    for (const thermal::Epoch& epoch : epochs) {
      const thermal::TierState& state = epoch.tiers[tier];
      if ((of_refresh ? state.refresh_factor : state.divider) == level) seconds += epoch.end_s - before;
      before = epoch.end_s;
    }
    if (seconds > 0 || level == 1) out[std::to_string(level)] = watts(seconds);
  }
  return out;
}

}  // namespace

GridMap Thermal::map_of(const std::vector<double>& cells, std::size_t tier) const {
  const thermal::Stack& stack = history_->stack();
  const auto first = cells.begin() + static_cast<std::ptrdiff_t>(tier * stack.cells());
  return {stack.columns, stack.rows, std::vector<double>(first, first + static_cast<std::ptrdiff_t>(stack.cells()))};
}

std::string Thermal::hottest_block(std::size_t tier, std::size_t cell) const {
  const thermal::Stack& stack = history_->stack();
  const double x = (static_cast<double>(cell % stack.columns) + 0.5) * stack.width / stack.columns;
  const double y = (static_cast<double>(cell / stack.columns) + 0.5) * stack.height / stack.rows;
  std::string spread;  // a block without a rectangle is everywhere on its tier
  for (const HeatSource& source : sources_) {
    if (source.tier != tier) continue;
    if (!source.place)
      spread += (spread.empty() ? "" : ", ") + source.block;
    else if (x >= source.place->x && x <= source.place->x + source.place->w && y >= source.place->y &&
             y <= source.place->y + source.place->h)
      return source.block;
  }
  return spread;
}

nlohmann::ordered_json Thermal::section() const {
  const thermal::Stack& stack = history_->stack();
  const std::vector<thermal::Epoch>& epochs = history_->epochs();
  const thermal::Epoch& hottest = epochs[history_->hottest()];
  nlohmann::ordered_json out;
  out["block"] = name();
  out["mode"] = params_.mode == thermal::Settings::Mode::steady ? "steady" : "transient";
  out["package"] = stack.package.form == thermal::Package::Form::mesh ? "mesh" : "lumped";
  out["ambient_c"] = watts(stack.ambient - 273.15);
  out["cells"] = {stack.columns, stack.rows};
  out["die_mm"] = {watts(stack.width * 1e3), watts(stack.height * 1e3)};
  out["outcome"] = status();
  out["epochs"] = epochs.size();
  out["hottest_epoch"] = history_->hottest();
  unsigned iterations = 0;
  for (const thermal::Epoch& epoch : epochs) iterations = std::max(iterations, epoch.iterations);
  out[params_.mode == thermal::Settings::Mode::steady ? "most_iterations" : "most_steps"] = iterations;
  double power = 0, leakage = 0;
  for (const thermal::TierState& tier : hottest.tiers) power += tier.power_w, leakage += tier.leakage_w;
  out["power_w"] = watts(power + leakage);
  out["leakage_share"] = power + leakage > 0 ? nlohmann::ordered_json(watts(leakage / (power + leakage))) : nullptr;
  out["tiers"] = nlohmann::ordered_json::array();
  for (std::size_t t = 0; t < params_.tiers.size(); ++t) {
    const GridMap map = map_of(hottest.cells_c, t);
    const auto cell = static_cast<std::size_t>(std::max_element(map.values.begin(), map.values.end()) - map.values.begin());
    const thermal::TierState& state = hottest.tiers[t];
    nlohmann::ordered_json tier;
    tier["tier"] = t;
    tier["name"] = tier_name(t);
    tier["power_w"] = watts(state.power_w + state.leakage_w);
    tier["leakage_w"] = watts(state.leakage_w);
    tier["t_max_c"] = state.max_c;
    tier["t_mean_c"] = state.mean_c;
    tier["hot_spot"] = {{"cell", {cell % map.columns, cell / map.columns}},
                        {"x_mm", watts((static_cast<double>(cell % map.columns) + 0.5) * stack.width * 1e3 / map.columns)},
                        {"y_mm", watts((static_cast<double>(cell / map.columns) + 0.5) * stack.height * 1e3 / map.rows)},
                        {"block", hottest_block(t, cell)}};
    tier["limit_c"] = watts(settings_.limits[t].clock);
    tier["margin_k"] = watts(settings_.limits[t].clock - state.max_c);
    tier["seconds_by_divider"] = residency(epochs, t, false);
    if (params_.tiers[t].is_memory) tier["seconds_by_refresh_factor"] = residency(epochs, t, true);
    out["tiers"].push_back(std::move(tier));
  }
  out["sources"] = nlohmann::ordered_json::array();
  for (const HeatSource& source : sources_) {
    nlohmann::ordered_json s{{"block", source.block}, {"tier", source.tier}};
    if (source.place)
      s["place_mm"] = {watts(source.place->x * 1e3), watts(source.place->y * 1e3), watts(source.place->w * 1e3),
                       watts(source.place->h * 1e3)};
    out["sources"].push_back(std::move(s));
  }
  return out;
}

std::string Thermal::epochs_csv() const {
  std::string csv = "epoch,end_s,tier,name,power_w,leakage_w,t_max_c,t_mean_c,divider,refresh_factor,iterations\n";
  const std::vector<thermal::Epoch>& epochs = history_->epochs();
  for (std::size_t e = 0; e < epochs.size(); ++e)
    for (std::size_t t = 0; t < epochs[e].tiers.size(); ++t) {
      const thermal::TierState& s = epochs[e].tiers[t];
      csv += fmt::format("{},{:.9g},{},{},{:.9g},{:.9g},{:.6f},{:.6f},{},{},{}\n", e, epochs[e].end_s, t, csv_field(tier_name(t)),
                         s.power_w, s.leakage_w, s.max_c, s.mean_c, s.divider, s.refresh_factor, epochs[e].iterations);
    }
  return csv;
}

void Thermal::add_maps(RunReport& report) const {
  const thermal::Stack& stack = history_->stack();
  const std::vector<thermal::Epoch>& epochs = history_->epochs();
  const std::vector<double>& cells = epochs[history_->hottest()].cells_c;
  const auto [low, high] = std::minmax_element(cells.begin(), cells.end());
  for (std::size_t t = 0; t < params_.tiers.size(); ++t) {
    std::vector<thermal::Outline> outlines;
    for (const HeatSource& source : sources_)
      if (source.tier == t && source.place) outlines.push_back({source.block, *source.place});
    const GridMap map = map_of(cells, t);
    const std::string file = fmt::format("thermal_tier{}", t);
    const double most = *std::max_element(map.values.begin(), map.values.end());
    report.files.emplace_back(file + ".csv", to_csv(map, 6));
    report.files.emplace_back(file + ".svg", thermal::heat_map_svg(fmt::format("{}: tier {} ({}), at most {:.2f} \xC2\xB0"
                                                                               "C",
                                                                               report.scenario_name, t, tier_name(t), most),
                                                                   map, stack.width, stack.height, *low, *high, outlines));
    report.files.emplace_back(fmt::format("thermal_power_tier{}.csv", t), to_csv(map_of(history_->hottest_power(), t), 9));
  }
  if (!params_.epoch_maps) return;
  std::string csv = "epoch,end_s,tier,row,column,celsius\n";
  for (std::size_t e = 0; e < epochs.size(); ++e)
    for (std::size_t i = 0; i < epochs[e].cells_c.size(); ++i) {
      const std::size_t tier = i / stack.cells(), cell = i % stack.cells();
      csv += fmt::format("{},{:.9g},{},{},{},{:.6f}\n", e, epochs[e].end_s, tier, cell / stack.columns, cell % stack.columns,
                         epochs[e].cells_c[i]);
    }
  report.files.emplace_back("thermal_maps.csv", std::move(csv));
}

void Thermal::collect(RunReport& report) const {
  if (history_->epochs().empty()) return;
  const nlohmann::ordered_json all = section();
  std::size_t hottest = 0;
  for (std::size_t t = 0; t < all["tiers"].size(); ++t)
    if (all["tiers"][t]["t_max_c"] > all["tiers"][hottest]["t_max_c"]) hottest = t;
  const auto& tier = all["tiers"][hottest];
  report.totals.emplace_back("t_max_c", tier["t_max_c"].get<double>());
  for (const auto& t : all["tiers"]) {
    const std::string block = t["hot_spot"]["block"];
    report.summary_lines.push_back(fmt::format(
        "  heat      {}: {:.2f} to {:.2f} C mean to max{}, {:.1f} K {} its limit of {:.4g} C, {:.4g} W", t["name"].get<std::string>(),
        t["t_mean_c"].get<double>(), t["t_max_c"].get<double>(), block.empty() ? "" : " in " + block, std::abs(t["margin_k"].get<double>()),
        t["margin_k"].get<double>() < 0 ? "above" : "below", t["limit_c"].get<double>(), t["power_w"].get<double>()));
  }
  if (status() != "ok")
    report.diagnosis.push_back({status(), "error",
                                fmt::format("leakage and temperature of {} find no common point: {:.1f} C and rising when the loop ended",
                                            name(), tier["t_max_c"].get<double>()),
                                "less power, less leakage (logic_vt, sram_device), or a better package"});
  report.sections["thermal"] = all;
  add_maps(report);
  report.files.emplace_back("thermal_epochs.csv", epochs_csv());
}

}  // namespace snnvp
