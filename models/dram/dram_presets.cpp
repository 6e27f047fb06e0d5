// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_presets.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr std::uint64_t mega = 1'000'000;

// Timings: spec/energy.md 5 (in ns there). Rates: data rate x channel width. Where a table gives clocks only, clocks x tCK.
constexpr DramPreset table[] = {
    // 64-bit channel; tREFI 7.8 us, page 8 KiB per x8 rank. Public presets of Ramulator2, DRAMsim3.
    {"ddr4_2133p", 2133 * 8 * mega, 1, 14'050, 14'050, 7'800'000, 8192, true},
    {"ddr4_2400r", 2400 * 8 * mega, 1, 13'330, 13'330, 7'800'000, 8192, true},
    {"ddr4_2666v", 2666 * 8 * mega, 1, 14'250, 14'250, 7'800'000, 8192, true},
    {"ddr4_2933y", 2933 * 8 * mega, 1, 14'320, 14'320, 7'800'000, 8192, true},
    {"ddr4_3200aa", 3200 * 8 * mega, 1, 13'750, 13'750, 7'800'000, 8192, true},
    // 16-bit channel, page 2 KiB. RL 28 x 625 ps and 36 x 469 ps. DRAMSys memory specifications.
    {"lpddr4_3200", 3200 * 2 * mega, 1, 17'500, 18'100, 3'904'000, 2048, true},
    {"lpddr4_4266", 4266 * 2 * mega, 1, 16'884, 18'300, 3'912'000, 2048, true},
    // 16-bit channel, page 2 KiB. Ramulator2 (JESD209-5B).
    {"lpddr5_6400", 6400 * 2 * mega, 1, 21'250, 18'750, 3'906'000, 2048, true},
    // A stack of eight 128-bit channels, page 1 KiB per pseudo channel. CL = RCDRD = 14 x 1000 ps, 17 x 833 ps,
    // 26 x 556 ps. Ramulator2; the 3600 MT/s rate is from memory of JESD235D, its clocks are those of 2400 in ns.
    {"hbm2_2000", 2000 * 16 * mega, 8, 14'000, 14'000, 3'900'000, 1024, true},
    {"hbm2_2400", 2400 * 16 * mega, 8, 14'161, 14'161, 3'900'000, 1024, true},
    {"hbm2e_3600", 3600 * 16 * mega, 8, 14'456, 14'456, 3'900'000, 1024, true},
    // A stack of sixteen 64-bit channels. Ramulator2.
    {"hbm3_6400", 6400 * 8 * mega, 16, 12'500, 19'400, 3'900'000, 1024, true},
    // No time at all; and a device whose bandwidth and latency the user gives.
    {"ideal", 0, 1, 0, 0, 0, 8192, false},
    {"custom", 0, 1, 0, 0, 7'800'000, 8192, false},
};

constexpr const char* alias = "ddr4_2133";

}  // namespace

const std::vector<DramPreset>& dram_presets() {
  static const std::vector<DramPreset> presets(std::begin(table), std::end(table));
  return presets;
}

std::vector<std::string> dram_preset_names() {
  std::vector<std::string> names{alias};
  for (const DramPreset& preset : dram_presets()) names.emplace_back(preset.name);
  return names;
}

const DramPreset& dram_preset(const std::string& name) {
  for (const DramPreset& preset : dram_presets())
    if (name == preset.name || (name == alias && preset.name == std::string("ddr4_2133p"))) return preset;
  const std::string hint = did_you_mean(name, dram_preset_names());
  throw InputError("there is no DRAM preset '" + name + "'; " + (hint.empty() ? "allowed: " + join_names(dram_preset_names(), 20) : hint));
}

}  // namespace snnvp
