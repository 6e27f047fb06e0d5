// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <snnvp/models/thermal/thermal.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

template <typename T>
std::optional<T> optional_of(const Value& record, const char* name) {
  const Value* v = record.find(name);
  if (!v || v->is_null()) return std::nullopt;
  return static_cast<T>(v->as_double());
}

thermal::Layer layer_of(const Value& record) {
  return {record.find("thickness")->as_double(), record.find("conductivity")->as_double(), record.find("heat_capacity")->as_double()};
}

Thermal::TierParams tier_of(const Value& record) {
  Thermal::TierParams tier;
  tier.name = record.find("name")->as_text();
  tier.is_memory = record.find("kind")->as_text() == "dram";
  tier.thickness = optional_of<double>(record, "thickness");
  tier.conductivity = optional_of<double>(record, "conductivity");
  tier.lateral_conductivity = optional_of<double>(record, "lateral_conductivity");
  tier.heat_capacity = optional_of<double>(record, "heat_capacity");
  tier.interface = record.find("interface")->as_text();
  for (const Value& layer : record.find("layers")->items()) tier.layers.push_back(layer_of(layer));
  tier.limit = optional_of<double>(record, "limit");
  return tier;
}

Thermal::Params params_of(const ParamSet& set) {
  Thermal::Params p;
  p.width = set.get<double>("width");
  p.height = set.get<double>("height");
  p.columns = set.get_optional<unsigned>("cells.x");
  p.rows = set.get_optional<unsigned>("cells.y");
  p.subdivision = set.get_optional<unsigned>("subdivision").value_or(0);
  for (const Value& tier : set.at("tiers").items()) p.tiers.push_back(tier_of(tier));
  p.tim_thickness = set.get_optional<double>("tim.thickness");
  p.tim_conductivity = set.get_optional<double>("tim.conductivity");
  const std::string package = set.get<std::string>("package");
  p.package = package == "mesh" ? thermal::Package::Form::mesh : thermal::Package::Form::lumped;
  p.has_sink = package != "board";
  p.spreader_thickness = set.get_optional<double>("spreader.thickness");
  p.spreader_side = set.get_optional<double>("spreader.side");
  p.sink_thickness = set.get_optional<double>("sink.thickness");
  p.sink_side = set.get_optional<double>("sink.side");
  p.copper_conductivity = set.get_optional<double>("copper_conductivity");
  p.spreader_rings = set.get<unsigned>("spreader_rings");
  p.sink_rings = set.get<unsigned>("sink_rings");
  p.spreader_layers = set.get<unsigned>("spreader_layers");
  p.sink_layers = set.get<unsigned>("sink_layers");
  p.r_convection = set.get_optional<double>("r_conv");
  p.c_convection = set.get_optional<double>("c_conv");
  p.ambient = set.get_optional<double>("ambient");
  p.r_package = set.get_optional<double>("r_package");
  p.c_package = set.get_optional<double>("c_package");
  p.r_top = set.get_optional<double>("r_top");
  p.mode = set.get<std::string>("mode") == "steady" ? thermal::Settings::Mode::steady : thermal::Settings::Mode::transient;
  const std::string initial = set.get<std::string>("initial");
  p.initial = initial == "average" ? thermal::Settings::Initial::average
              : initial == "first" ? thermal::Settings::Initial::first
                                   : thermal::Settings::Initial::ambient;
  p.epoch = set.get_optional<Picoseconds>("epoch").value_or(0);
  p.dt = set.get<Picoseconds>("dt");
  p.throttle = set.get<bool>("throttle");
  p.logic_limit = set.get_optional<double>("limits.logic");
  p.dram_limit = set.get_optional<double>("limits.dram");
  p.dram_extended_limit = set.get_optional<double>("limits.dram_extended");
  p.hysteresis = set.get_optional<double>("limits.hysteresis");
  p.leakage_doubling = set.get_optional<double>("leakage_doubling");
  p.epoch_maps = set.get<bool>("epoch_maps");
  return p;
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const auto& tiers = set.at("tiers").items();
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const Thermal::TierParams tier = tier_of(tiers[i]);
    const std::string at = path + ".tiers[" + std::to_string(i) + "]";
    if (tier.interface != "custom" && !tier.layers.empty())
      diagnostics.error(pos, at + ".layers", "layers are given, but the interface is '" + tier.interface + "'", "write interface: custom");
    if (tier.interface == "custom" && tier.layers.empty() && i + 1 < tiers.size())
      diagnostics.error(pos, at + ".layers", "interface: custom needs layers", "layers: [ { thickness: 12 um, conductivity: 2.25 } ]");
  }
  const bool transient = set.get<std::string>("mode") == "transient";
  if (transient && set.get<std::string>("initial") == "average" && set.get<bool>("throttle") && !set.is_null("epoch") &&
      set.get<Picoseconds>("epoch") != 0)
    diagnostics.error(pos, path + ".initial",
                      "a transient from the average power of the run is known at its end only: nothing can throttle",
                      "initial: first or ambient, or throttle: false");
}

/// A quantity of the table unless given.
ParamSpec from_table(ParamSpec spec, const char* entry) { return spec.optional_null().from(std::string("stack3d_thermal.yaml ") + entry); }

ParamSpec real(const char* name, const char* unit, const char* doc, double lo, double hi) {
  ParamSpec spec = param(name, Value(), doc).unit(unit).range(lo, hi);
  spec.type = ParamType::real;
  return spec;
}

ParamSpec length(const char* name, const char* doc, double lo, double hi) {
  return quantity(name, Dimension::length, Value(), doc).range(lo, hi);
}

ParamSpec celsius(const char* name, const char* doc) { return quantity(name, Dimension::temperature, Value(), doc).range(200, 500); }

ParamSpec tiers_param() {
  ParamSpec layer = group("layer",
                          {
                              required_param("thickness", ParamType::quantity, "of the sheet", Dimension::length).range(1e-9, 1e-2),
                              required_param("conductivity", ParamType::real, "across it").unit("W/mK").range(1e-3, 1e5),
                              param("heat_capacity", 2.2e6, "for transients").unit("J/m3K").range(0, 1e8),
                          },
                          "a sheet");
  ParamSpec tier = group(
      "tier",
      {
          param("name", "", "for reports"),
          param("kind", "logic", "which limits hold").choices({"logic", "dram"}),
          from_table(length("thickness", "of the die; null: the nearest to the sink 100 um, others 50 um", 1e-6, 1e-2), "layer_thickness"),
          from_table(real("conductivity", "W/mK", "of the die", 1e-2, 1e5), "silicon"),
          real("lateral_conductivity", "W/mK", "within the die; null: the same", 0, 1e12).optional_null(),
          from_table(real("heat_capacity", "J/m3K", "of the die", 0, 1e8), "silicon"),
          param(
              "interface", "hybrid",
              "to the next tier: BEOL and a hybrid bond, a micro-bump layer, or measured bumps and underfill at that pitch; custom: layers")
              .choices({"hybrid", "microbump", "microbump_50um", "microbump_71um", "microbump_100um", "custom"}),
          list_of("layers", layer, "interface custom, from this die to the next"),
          celsius("limit", "above which its clock slows; null: that of its kind").optional_null(),
      },
      "a die");
  ParamSpec tiers = list_of("tiers", tier, "the dies from the farthest from the heat sink to the nearest").range(1, 64);
  tiers.required = true;
  tiers.default_value = Value();
  return tiers;
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.thermal";
  kind.doc =
      "Heat of a stack of dies: grid of resistances and capacities, package, leakage loop, throttling; blocks take a place by floorplan";
  ParamSpec cells_x = param("x", Value(), "along x; null: as the finest of the power maps, else 8"),
            cells_y = param("y", Value(), "along y; likewise");
  ParamSpec subdivision = param("subdivision", Value(), "nodes of a cell each way; null: so that a side of the die has 24 at least");
  for (ParamSpec* spec : {&cells_x, &cells_y}) spec->type = ParamType::integer, spec->range(1, 64).optional_null();
  subdivision.type = ParamType::integer;
  subdivision.range(1, 16).optional_null();
  kind.params = {
      quantity("width", Dimension::length, 10e-3, "of the dies, x").range(1e-4, 1).from("assumed"),
      quantity("height", Dimension::length, 10e-3, "of the dies, y").range(1e-4, 1).from("assumed"),
      group("cells", {cells_x, cells_y}, "cells of each tier: powers and temperatures"),
      subdivision,
      tiers_param(),
      group("tim",
            {
                from_table(length("thickness", "thermal interface below the nearest tier", 0, 1e-2), "layer_thickness.tim"),
                from_table(real("conductivity", "W/mK", "of it", 1e-2, 1e5), "conductivity.tim"),
            },
            "between the stack and its package"),
      param("package", "mesh", "mesh: spreader and sink in cells; lumped: one isothermal node; board: no sink, lumped")
          .choices({"mesh", "lumped", "board"})
          .from("spec/stack3d.md 6.4"),
      group("spreader",
            {
                from_table(length("thickness", "0: none", 0, 1e-1), "layer_thickness.spreader_cu"),
                from_table(length("side", "of the square", 1e-4, 1), "package.spreader_side"),
            },
            "copper heat spreader"),
      group("sink",
            {
                from_table(length("thickness", "of its base", 1e-5, 1e-1), "layer_thickness.sink_cu"),
                from_table(length("side", "of the square", 1e-4, 1), "package.sink_side"),
            },
            "copper heat sink"),
      from_table(real("copper_conductivity", "W/mK", "of both", 1, 1e5), "conductivity.copper"),
      param("spreader_rings", 4, "package mesh: rings of nodes between the die's edge and the spreader's").range(1, 64).from("choice"),
      param("sink_rings", 3, "package mesh: and on to the sink's edge").range(1, 64).from("choice"),
      param("spreader_layers", 2, "package mesh: sheets of nodes in the spreader").range(1, 64).from("choice"),
      param("sink_layers", 3, "package mesh: and in the sink").range(1, 64).from("choice"),
      from_table(real("r_conv", "K/W", "sink to ambient", 1e-6, 1e6), "package.r_convection"),
      from_table(real("c_conv", "J/K", "stored by the fins, for transients", 0, 1e9), "package.c_convection"),
      from_table(quantity("ambient", Dimension::temperature, Value(), "air at the sink").range(1, 500), "package.ambient"),
      real("r_package", "K/W", "lumped: spreader to ambient; null: spreading formula of Lee; board: of the table", 1e-6, 1e6)
          .optional_null(),
      real("c_package", "J/K", "lumped: of its node; null: copper and fins; board: 0", 0, 1e9).optional_null(),
      real("r_top", "K/W", "outer face of the far tier to ambient; null: no heat leaves there", 1e-6, 1e9).optional_null(),
      param("mode", "steady", "steady: each epoch as if it lasted for ever; transient: heat is stored").choices({"steady", "transient"}),
      quantity("epoch", Dimension::time, Value(), "power is averaged over it, throttling decides at its end; null: the whole run")
          .at_least(1)
          .optional_null(),
      quantity("dt", Dimension::time, std::uint64_t{100'000'000}, "transient: longest step").at_least(1).from("spec/stack3d.md 6.4"),
      param("initial", "average", "transient: begins as the steady state of the run's mean power, of the first epoch, or cold")
          .choices({"average", "first", "ambient"}),
      param("throttle", true, "tiers above their limit slow down by 2, 4, 8, DRAM above its own refreshes twice as often"),
      group("limits",
            {
                from_table(celsius("logic", "clocks of logic tiers slow above it"), "limits.logic_max_C"),
                from_table(celsius("dram", "refresh doubles above it"), "limits.dram_max_C"),
                from_table(celsius("dram_extended", "clocks of DRAM tiers slow above it"), "limits.dram_max_extended_C"),
                from_table(real("hysteresis", "K", "below a limit before it is undone", 0, 100), "limits.throttle_hysteresis_K"),
            },
            "of the tiers"),
      real("leakage_doubling", "K", "leakage doubles every so many kelvin; null: arithmetic.yaml", 1, 1000).optional_null(),
      param("epoch_maps", false, "also writes thermal_maps.csv: every cell of every epoch"),
  };
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Thermal>(name, params_of(set));
  };
  kind.stats = {
      {"t_max_c", "degC", StatKind::gauge, "hottest cell of all epochs"},
      {"epochs", "1", StatKind::count, "epochs solved"},
  };
  kind.sources = {
      {"conductivities, thicknesses, package", Certainty::structural, "stack3d_thermal.yaml: values of public thermal solvers' examples"},
      {"bond layers", Certainty::assumed, "stack3d_thermal.yaml"},
      {"limits", Certainty::assumed, "stack3d_thermal.yaml limits"},
  };
  kind.needs_clock = false;
  kind.energy_not_counted = "it only turns the energy of others into temperatures";
  kind.check = check;
  return kind;
}

}  // namespace

void register_thermal(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
