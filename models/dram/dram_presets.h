// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// What a DRAM device offers, one channel at a time. Sources: dram_presets.cpp, per line.
struct DramPreset {
  const char* name;                 ///< also the device name that prices it (spec/energy.md 4.5)
  std::uint64_t channel_rate;       ///< bytes per second of one channel; 0 = unlimited
  unsigned channels;                ///< of one module or stack
  Picoseconds cas_ps;               ///< tCL, RL
  Picoseconds row_to_column_ps;     ///< tRCD (reads)
  Picoseconds refresh_interval_ps;  ///< tREFI; 0 = no refresh
  Bytes page_bytes;
  bool has_controller;  ///< the controller's latency applies
};

/// All presets, `ideal` and `custom` included; `ddr4_2133` is another name of `ddr4_2133p`.
const std::vector<DramPreset>& dram_presets();
/// The preset of this name; throws InputError naming the nearest.
const DramPreset& dram_preset(const std::string& name);
/// All accepted names.
std::vector<std::string> dram_preset_names();

}  // namespace snnvp
