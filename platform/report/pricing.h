// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/report/ledger.h>

// Energy as a post-pass: events counted by the blocks times prices of the technology base (spec/energy.md).
// Pure functions without SystemC: the same input gives the same bytes, during a run and when re-pricing.
namespace snnvp {

/// What the platform knows about a block before the run.
struct BlockDeclaration {
  std::string name, kind;
  SourcePos pos;                        ///< of the block in the scenario, for messages
  std::string path;                     ///< platform.blocks.<name>
  std::vector<std::string> event_keys;  ///< every key it can emit
  std::vector<std::string> units;       ///< parts with their own busy time
  std::vector<std::string> statistics;  ///< counters without a price; a calibrated list may name one
  std::vector<MacroSpec> macros;        ///< SRAM, for leakage and area
  double logic_area_mm2 = 0;            ///< at 28 nm; 0: unknown
  std::uint64_t flops = 0;              ///< for leakage where the area is unknown
  std::string not_counted;              ///< why its energy is not counted; empty: it is

  // Optional parameters of the block (spec/energy.md 3 and 6).
  bool clock_gated = true;
  bool power_gated_when_idle = false;
  std::optional<std::string> device;  ///< DRAM type (ddr4_2400r), die-to-die technology (ucie_s) or switch
  unsigned channels = 0;              ///< DRAM channels, for standby power; 0: one, or a stack's
  double lane_gts = 16;               ///< die-to-die rate; above 16 GT/s a bit may cost more
  double bond_pitch_um = 9;
  double energy_factor = 1;  ///< on all dynamic energy of the block: place and route as an input
  std::string energy_factor_source;
  std::optional<double> area_mm2;  ///< overrides the area model
  std::optional<int> node_nm;
  std::optional<double> vdd;
  std::optional<std::string> sram_device;
  std::map<std::string, Constant> prices;  ///< its own prices by event key (conv_step, custom.<name>)
};

/// What a block did during the run.
struct UnitActivity {
  Cycles busy = 0;
  std::uint64_t hz = 0;
};

struct BlockActivity {
  std::string name;
  std::map<std::string, std::uint64_t> events;      ///< by declared key
  std::map<std::string, UnitActivity> units;        ///< by declared unit
  std::map<std::string, std::uint64_t> statistics;  ///< those a calibrated list names
  std::optional<double> leakage_kelvin;             ///< temperature it leaked at; nullopt: that of the settings
  std::optional<bool> is_used;                      ///< whether a memory is used at all, of which this is only a part of its time
};

struct PricingInput {
  double elapsed_s = 0;
  std::vector<BlockActivity> blocks;  ///< any order; blocks that did nothing may be absent
};

/// A price list applied to a platform: nothing is left to look up.
struct PriceContext {
  /// Power that is published for a unit, or a price on a statistic (calibrated lists).
  struct UnitPower {
    std::string key, unit;  ///< unit: whose busy cycles count; empty: elapsed time
    double hz = 0;          ///< clock of the published figure: time = busy / hz
    PriceTerm power;        ///< mW
  };
  struct StatisticPrice {
    std::string key, statistic;
    PriceTerm price;  ///< pJ
  };
  struct Block {
    std::string name, kind;
    EnergyMode mode = EnergyMode::bottom_up;
    std::string not_counted;  ///< reason; the block then has no rows
    int node_nm = 28;
    double vdd = 0.9;
    bool power_gated_when_idle = false;
    std::map<std::string, Price> prices;                     ///< by declared event key
    std::vector<PriceTerm> overheads;                        ///< clock, control, wire on datapath energy
    std::optional<PriceTerm> preset_factor;                  ///< what a preset takes from all dynamic energy, as a share of it
    std::vector<std::pair<std::string, PriceTerm>> leakage;  ///< key, mW
    std::vector<PriceTerm> standby_active, standby_idle;     ///< DRAM background, mW, with and without accesses
    std::vector<UnitPower> powers;
    std::vector<StatisticPrice> statistics;
    std::vector<std::string> notes;
    std::optional<BlockArea> area;
  };

  TechnologySettings settings;
  ConstantTable constants;
  std::vector<Block> blocks;      ///< by name
  double top_level_overhead = 1;  ///< of the chip area
  std::vector<std::string> notes;
  std::string warning;  ///< of the price list
};

/// Applies the price list chosen by `technology_params` to every declared key. A key without a price, an unknown device
/// or a wrong override is an error that names block, key, price list and nearest key (exit code 2). Faults in the
/// technology files throw InputError. `technology_node` is the section in the scenario, for positions, or null.
PriceContext resolve_prices(const Technology& technology, const Value& technology_params, const std::vector<BlockDeclaration>& blocks,
                            Diagnostics& diagnostics, const Node* technology_node = nullptr);

/// Counts times prices. Throws InternalError on counts or sums that cannot be (check_ledger, undeclared keys,
/// busy time above elapsed time).
Ledger price(const PriceContext& context, const PricingInput& input);

}  // namespace snnvp
