// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/report/price.h>
#include <snnvp/platform/report/technology_params.h>

namespace snnvp {

/// One line of the ledger: a quantity, its price and where the price comes from.
struct LedgerRow {
  enum class Kind { event, overhead, power };

  std::string block, key;
  Kind kind = Kind::event;
  std::uint64_t count = 0;  ///< events; 0 for power and overhead rows
  double unit_price = 0;    ///< in `unit`: pJ per event, mW, or the fraction "x" of the datapath's energy
  std::string unit;
  double energy_j = 0;
  double lo = 0, hi = 0;  ///< lowest and highest unit price that the constants' bands allow
  std::string path, status, source;
  EnergyMode mode = EnergyMode::bottom_up;
  int node_nm = 0;  ///< of the block
  double vdd = 0;
  bool is_static = false;
  bool is_extrapolated = false;

  /// pJ per event of an event row, else nullopt (an empty cell of energy.csv).
  std::optional<double> unit_energy_pj() const { return kind == Kind::event ? std::optional(unit_price) : std::nullopt; }
};

/// The row that scales a block's dynamic energy by a preset's factor; the only one that may lie below zero.
inline const char* const preset_factor_key = "preset_factor";

struct BlockEnergy {
  double total_j = 0, static_j = 0, dynamic_j = 0;
  EnergyMode mode = EnergyMode::bottom_up;
};

/// A constant that took part in a total.
struct LedgerSource {
  Constant constant;
  double energy_j = 0;                    ///< energy that is proportional to it
  double share = 0;                       ///< of the total, 0..1
  double total_lo_j = 0, total_hi_j = 0;  ///< the total with this constant at the ends of its band
};

struct BlockArea {
  double sram_mm2 = 0, logic_mm2 = 0, total_mm2 = 0;
};

/// A plausibility warning; never fatal (spec/energy.md 8).
struct EnergyWarning {
  std::string rule, block, text, advice;
};

/// What is not part of the total, and why.
struct NotCounted {
  std::string block, reason;
};

/// Energies that depend on the same constants, summed: all that a redraw needs.
struct LedgerTerm {
  double energy_j = 0;
  std::vector<PriceFactor> factors;  ///< only constants with a band
};

/// Energy of one run with everything needed to answer "where does this number come from?".
struct Ledger {
  TechnologySettings settings;
  std::vector<LedgerRow> rows;  ///< by block, key, path
  double total_j = 0, static_j = 0, dynamic_j = 0;
  std::map<std::string, BlockEnergy> by_block;
  std::map<std::string, double> by_event;  ///< energy of each key over all blocks, static keys included
  std::vector<LedgerSource> sources;       ///< by path
  std::vector<NotCounted> not_counted;     ///< by block
  std::map<std::string, BlockArea> area;   ///< blocks whose area is known
  double chip_area_mm2 = 0;                ///< with top-level overhead; 0 if nothing is known
  std::vector<std::string> notes;          ///< sentences that belong below the total
  std::vector<EnergyWarning> warnings;

  ConstantTable constants;  ///< for redraws
  std::vector<LedgerTerm> terms;
};

/// Throws InternalError if a row or a sum is impossible: NaN, infinite, negative, parts that do not add up, an event total
/// above 2^63, an energy above 1 MJ, a row without unit, status or source (spec/energy.md 8).
void check_ledger(const Ledger& ledger);

/// The `most` constants with the largest share, largest first.
std::vector<const LedgerSource*> largest_shares(const Ledger& ledger, std::size_t most = 5);

}  // namespace snnvp
