// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/thermal/history.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/run/thermal_model.h>

namespace snnvp {

/// models.thermal: dies, their interfaces and a package around the blocks of a platform that have a place on them. It has no
/// ports and no process; the run feeds it by epochs.
class Thermal : public sc_core::sc_module, public ThermalModel, public StatProvider {
public:
  struct TierParams {
    std::string name;
    bool is_memory = false;                                                              ///< its limits are those of DRAM
    std::optional<double> thickness, conductivity, lateral_conductivity, heat_capacity;  ///< SI; nullopt: of the table
    std::string interface = "hybrid";                                                    ///< toward the sink
    std::vector<thermal::Layer> layers;                                                  ///< interface custom
    std::optional<double> limit;                                                         ///< K
  };
  struct Params {
    double width = 10e-3, height = 10e-3;   ///< m
    std::optional<unsigned> columns, rows;  ///< nullopt: of the power maps, else 8
    unsigned subdivision = 0;
    std::vector<TierParams> tiers;
    std::optional<double> tim_thickness, tim_conductivity;
    thermal::Package::Form package = thermal::Package::Form::mesh;
    std::optional<double> spreader_thickness, spreader_side, sink_thickness, sink_side, copper_conductivity;
    std::optional<double> r_convection, c_convection, ambient;
    std::optional<double> r_package, c_package, r_top;
    bool has_sink = true;  ///< false: a small package on a board, lumped, of the table's resistance
    unsigned spreader_rings = 4, sink_rings = 3, spreader_layers = 2, sink_layers = 3;
    thermal::Settings::Mode mode = thermal::Settings::Mode::steady;
    thermal::Settings::Initial initial = thermal::Settings::Initial::average;
    Picoseconds epoch = 0, dt = 100'000'000;
    bool throttle = true;
    std::optional<double> logic_limit, dram_limit, dram_extended_limit, hysteresis;  ///< K
    std::optional<double> leakage_doubling;
    bool epoch_maps = false;
  };

  Thermal(const sc_core::sc_module_name& name, Params params);
  ~Thermal() override;

  void set_up(const Technology& technology, std::vector<HeatSource> sources, std::vector<GridMap> power_maps,
              std::vector<GridMap> leakage_maps) override;
  Picoseconds epoch() const override { return params_.epoch; }
  void end_epoch(double seconds, const std::vector<SourcePower>& powers) override;
  void finish() override { history_->finish(); }
  unsigned tiers() const override { return static_cast<unsigned>(params_.tiers.size()); }
  unsigned clock_divider(unsigned tier) const override { return history_->divider(tier); }
  unsigned refresh_factor(unsigned tier) const override { return history_->refresh_factor(tier); }
  std::vector<double> leakage_temperature() const override { return history_->leakage_temperature(); }
  std::vector<EpochHeat> epoch_heat() const override;
  std::string status() const override;
  void collect(RunReport& report) const override;
  void report_stats(StatSink& sink) const override;

private:
  thermal::Stack stack_of(const Technology& technology, const std::vector<GridMap>& maps) const;
  std::vector<double> cells_of(const std::vector<GridMap>& maps, const thermal::Stack& stack, const char* what) const;
  std::vector<double> share_of(const HeatSource& source, const thermal::Stack& stack) const;
  thermal::Settings settings_of(const Technology& technology) const;
  std::string tier_name(std::size_t tier) const;
  GridMap map_of(const std::vector<double>& cells, std::size_t tier) const;
  std::string hottest_block(std::size_t tier, std::size_t cell) const;
  nlohmann::ordered_json section() const;
  std::string epochs_csv() const;
  void add_maps(RunReport& report) const;

  Params params_;
  std::vector<HeatSource> sources_;
  std::unique_ptr<thermal::History> history_;
  thermal::Settings settings_;
};

}  // namespace snnvp
