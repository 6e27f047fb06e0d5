// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/report/technology.h>

namespace snnvp {

/// The `technology:` section of a scenario (spec/energy.md 3). Parameters whose default comes from the
/// preset have none of their own.
std::vector<ParamSpec> technology_params(const Technology& technology);

enum class EnergyMode { bottom_up, calibrated };
const char* to_string(EnergyMode mode);

/// The same, resolved: scenario over preset over defaults.
struct TechnologySettings {
  std::string preset = "generic28";
  EnergyMode mode = EnergyMode::bottom_up;
  int node_nm = 28;
  double vdd = 0;            ///< V; 0: nominal of each node
  double temperature = 350;  ///< K
  bool is_thermal = false;   ///< temperatures come from models.thermal; `temperature` holds for blocks that have no place on it
  std::string sram_device = "lstp";
  int timing_node = 28;  ///< latencies from the tables are of this node and class, whatever node the energies are of
  std::string timing_sram_device = "lstp";
  std::string logic_vt = "hvt";
  bool sram_corrections = true;
  bool dram_event_mode = true;
  bool noc_multiplier = true;
  bool overheads = true;
  std::map<std::string, Constant> prices;
  unsigned draws = 1000;
  std::uint64_t seed = 1;
  double weak_share_mark = 0.20;
};

struct PriceList;

/// `params` as checked against technology_params(), over what `list` sets; `node` is the section in the scenario, for
/// positions, or null.
TechnologySettings resolve_settings(const PriceList& list, const Value& params, const Node* node, Diagnostics& diagnostics);

}  // namespace snnvp
