// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/thermal.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

using thermal::Layer;

namespace {

/// Constants of stack3d_thermal.yaml in SI units.
class Table {
public:
  explicit Table(const Technology& technology) : technology_(technology) {}

  double value(const std::string& path) const { return technology_.constant("stack3d_thermal.thermal." + path).value; }
  double um(const std::string& path) const { return value("layer_thickness." + path) * 1e-6; }
  double conductivity(const std::string& material) const { return value("conductivity." + material); }
  double heat(const std::string& material) const { return value("volumetric_heat." + material); }
  Layer sheet(const std::string& thickness, const std::string& material) const {
    return {um(thickness), conductivity(material), heat(material)};
  }

private:
  const Technology& technology_;
};

/// Sheets between two tiers. A measured interface stands for bumps and underfill and is as thick as the table's micro-bump layer.
std::vector<Layer> interface_layers(const Thermal::TierParams& tier, const Table& table) {
  if (tier.interface == "custom") return tier.layers;
  const Layer beol = table.sheet("beol", "beol");
  if (tier.interface == "hybrid") return {beol, table.sheet("bond_hybrid", "hybrid_bond_layer")};
  Layer bumps = table.sheet("bond_microbump", "microbump_layer");
  if (tier.interface != "microbump") bumps.conductivity = bumps.thickness / (table.value("interface_resistance." + tier.interface) * 1e-6);
  return {beol, bumps};
}

}  // namespace

Thermal::Thermal(const sc_core::sc_module_name& name, Params params) : sc_module(name), params_(std::move(params)) {}
Thermal::~Thermal() = default;

std::string Thermal::tier_name(std::size_t tier) const {
  return params_.tiers[tier].name.empty() ? fmt::format("tier {}", tier) : params_.tiers[tier].name;
}

thermal::Stack Thermal::stack_of(const Technology& technology, const std::vector<GridMap>& maps) const {
  const Table table(technology);
  thermal::Stack stack;
  stack.width = params_.width;
  stack.height = params_.height;
  // The finest map decides: one number for a tier that is even must not blur the hot spots of another.
  constexpr unsigned most = 64;
  unsigned columns = maps.empty() ? 8 : 1, rows = columns;
  for (const GridMap& map : maps) columns = std::max(columns, map.columns), rows = std::max(rows, map.rows);
  stack.columns = params_.columns.value_or(std::min(most, columns));
  stack.rows = params_.rows.value_or(std::min(most, rows));
  stack.subdivision = params_.subdivision;
  for (std::size_t t = 0; t < params_.tiers.size(); ++t) {
    const TierParams& p = params_.tiers[t];
    // The nearest tier carries the others and is not thinned.
    const Layer silicon = table.sheet(t + 1 == params_.tiers.size() ? "top_die" : "thinned_die", "silicon");
    thermal::Tier tier;
    tier.name = tier_name(t);
    tier.die = {p.thickness.value_or(silicon.thickness), p.conductivity.value_or(silicon.conductivity),
                p.heat_capacity.value_or(silicon.heat_capacity)};
    tier.lateral_conductivity = p.lateral_conductivity;
    if (t + 1 < params_.tiers.size()) tier.interface = interface_layers(p, table);
    stack.tiers.push_back(std::move(tier));
  }
  const Layer tim = table.sheet("tim", "tim");
  stack.tim = {params_.tim_thickness.value_or(tim.thickness), params_.tim_conductivity.value_or(tim.conductivity), tim.heat_capacity};
  stack.ambient = params_.ambient.value_or(table.value("package.ambient"));
  stack.r_top = params_.r_top;

  thermal::Package& package = stack.package;
  const double copper = params_.copper_conductivity.value_or(table.conductivity("copper"));
  package.form = params_.has_sink ? params_.package : thermal::Package::Form::lumped;
  package.spreader = {params_.spreader_thickness.value_or(table.um("spreader_cu")), copper, table.heat("copper")};
  package.spreader_side = params_.spreader_side.value_or(table.value("package.spreader_side") * 1e-3);
  package.sink = {params_.sink_thickness.value_or(table.um("sink_cu")), copper, table.heat("copper")};
  package.sink_side = params_.sink_side.value_or(table.value("package.sink_side") * 1e-3);
  package.r_convection = params_.r_convection.value_or(table.value("package.r_convection"));
  package.c_convection = params_.c_convection.value_or(table.value("package.c_convection"));
  package.spreader_rings = params_.spreader_rings;
  package.sink_rings = params_.sink_rings;
  package.spreader_layers = params_.spreader_layers;
  package.sink_layers = params_.sink_layers;
  package.r_lumped = params_.r_package;
  package.c_lumped = params_.c_package;
  if (!params_.has_sink) {
    if (!package.r_lumped) package.r_lumped = table.value("package.edge_passive");
    if (!package.c_lumped) package.c_lumped = 0;
  }
  return stack;
}

thermal::Settings Thermal::settings_of(const Technology& technology) const {
  const Table table(technology);
  thermal::Settings settings;
  settings.mode = params_.mode;
  settings.initial = params_.initial;
  settings.dt = static_cast<double>(params_.dt) * 1e-12;
  settings.throttle = params_.throttle;
  settings.leakage.doubling = params_.leakage_doubling.value_or(technology.constant("arithmetic.leakage_28nm.temperature_doubling").value);
  const auto celsius = [&](const std::optional<double>& kelvin, const char* path) { return kelvin ? *kelvin - 273.15 : table.value(path); };
  for (const TierParams& tier : params_.tiers) {
    thermal::Throttle::Limits limits;
    limits.hysteresis = params_.hysteresis.value_or(table.value("limits.throttle_hysteresis_K"));
    limits.clock = tier.is_memory ? celsius(params_.dram_extended_limit, "limits.dram_max_extended_C")
                                  : celsius(params_.logic_limit, "limits.logic_max_C");
    if (tier.is_memory) limits.refresh = celsius(params_.dram_limit, "limits.dram_max_C");
    if (tier.limit) limits.clock = *tier.limit - 273.15;
    settings.limits.push_back(limits);
  }
  return settings;
}

std::vector<double> Thermal::cells_of(const std::vector<GridMap>& maps, const thermal::Stack& stack, const char* what) const {
  std::vector<double> cells;
  if (maps.empty()) return cells;
  if (maps.size() != params_.tiers.size())
    throw InputError(fmt::format("{}: {} {} for {} tiers of {}; one for each is needed, far tier first", what, maps.size(),
                                 maps.size() == 1 ? "map" : "maps", params_.tiers.size(), name()));
  for (const GridMap& map : maps) {
    const GridMap on_cells = resample(map, stack.columns, stack.rows);
    cells.insert(cells.end(), on_cells.values.begin(), on_cells.values.end());
  }
  return cells;
}

std::vector<double> Thermal::share_of(const HeatSource& source, const thermal::Stack& stack) const {
  if (source.tier >= params_.tiers.size())
    throw InputError(fmt::format("platform.blocks.{}: tier {} does not exist, {} has {} (0 is the farthest from the heat sink)",
                                 source.block, source.tier, name(), params_.tiers.size()));
  std::vector<double> all(stack.tiers.size() * stack.cells(), 0);
  const std::size_t first = source.tier * stack.cells();
  if (!source.place) {
    std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(first), stack.cells(), 1 / static_cast<double>(stack.cells()));
    return all;
  }
  const Rectangle& r = *source.place;
  constexpr double slack = 1e-9;  // m
  if (r.x < 0 || r.y < 0 || r.x + r.w > stack.width + slack || r.y + r.h > stack.height + slack)
    throw InputError(fmt::format("platform.blocks.{}.floorplan: x {} to {} mm, y {} to {} mm is not inside the die of {} x {} mm ({})",
                                 source.block, r.x * 1e3, (r.x + r.w) * 1e3, r.y * 1e3, (r.y + r.h) * 1e3, stack.width * 1e3,
                                 stack.height * 1e3, name()));
  std::vector<double> shares = cell_shares(r, stack.width, stack.height, stack.columns, stack.rows);
  double total = 0;
  for (const double share : shares) total += share;
  for (std::size_t c = 0; c < shares.size(); ++c) all[first + c] = shares[c] / total;
  return all;
}

void Thermal::set_up(const Technology& technology, std::vector<HeatSource> sources, std::vector<GridMap> power_maps,
                     std::vector<GridMap> leakage_maps) {
  sources_ = std::move(sources);
  const thermal::Stack stack = stack_of(technology, power_maps);
  settings_ = settings_of(technology);
  std::vector<std::vector<double>> shares;
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    shares.push_back(share_of(sources_[s], stack));
    for (std::size_t other = 0; other < s; ++other) {
      const HeatSource &a = sources_[other], &b = sources_[s];
      constexpr double slack = 1e-9;
      if (a.block == b.block || a.tier != b.tier || !a.place || !b.place) continue;
      if (std::min(a.place->x + a.place->w, b.place->x + b.place->w) - std::max(a.place->x, b.place->x) > slack &&
          std::min(a.place->y + a.place->h, b.place->y + b.place->h) - std::max(a.place->y, b.place->y) > slack)
        throw InputError(fmt::format("platform.blocks.{}.floorplan: it overlaps {} on tier {}", b.block, a.block, b.tier));
    }
  }
  try {
    history_ = std::make_unique<thermal::History>(stack, settings_, std::move(shares), cells_of(power_maps, stack, "power maps"),
                                                  cells_of(leakage_maps, stack, "leakage maps"), params_.epoch_maps);
  } catch (const InputError& error) {
    throw InputError(fmt::format("platform.blocks.{}: {}", name(), error.what()));
  }
}

void Thermal::end_epoch(double seconds, const std::vector<SourcePower>& powers) {
  std::vector<thermal::Heat> heat;
  for (const SourcePower& p : powers) heat.push_back({p.power_w, p.leakage_350_w});
  history_->end_epoch(seconds, heat);
}

std::vector<EpochHeat> Thermal::epoch_heat() const {
  std::vector<EpochHeat> all;
  for (const thermal::Epoch& epoch : history_->epochs()) {
    EpochHeat heat{epoch.end_s, {}};
    for (const thermal::TierState& tier : epoch.tiers) heat.max_c.push_back(tier.max_c);
    all.push_back(std::move(heat));
  }
  return all;
}

std::string Thermal::status() const {
  switch (history_->outcome()) {
    case thermal::History::Outcome::runaway: return "thermal_runaway";
    case thermal::History::Outcome::not_converged: return "thermal_not_converged";
    default: return "ok";
  }
}

void Thermal::report_stats(StatSink& sink) const {
  if (!history_ || history_->epochs().empty()) return;
  const thermal::Epoch& hottest = history_->epochs()[history_->hottest()];
  double most = -1e9;
  for (const thermal::TierState& tier : hottest.tiers) most = std::max(most, tier.max_c);
  sink.real("t_max_c", most);
  sink.integer("epochs", history_->epochs().size());
}

}  // namespace snnvp
