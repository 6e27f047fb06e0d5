// SPDX-License-Identifier: Apache-2.0
// Prices of SRAM, DRAM and leakage (spec/energy.md 4.4 to 4.6).
#include <snnvp/platform/report/price_book.h>

#include <algorithm>

#include <fmt/format.h>

namespace snnvp {
namespace {

const std::string corrections = "sram.corrections.";

/// How the technology base knows a DRAM device.
struct DramDevice {
  std::string name;
  enum class Family { ddr4, lpddr4, hbm2, total_only } family;
  std::string row;       ///< row of the DDR4 table
  std::string constant;  ///< price of a bit when one constant is all there is, or all that is wanted
};

const std::vector<DramDevice>& dram_devices() {
  using Family = DramDevice::Family;
  static const std::string ddr4 = "dram.ddr4_prosperity.energy", lpddr4 = "dram.lpddr4.energy.stream_total",
                           hbm2 = "dram.hbm2.energy.total";
  static const std::vector<DramDevice> devices = {
      {"ddr4_2133p", Family::ddr4, "r2133", ddr4},
      {"ddr4_2400r", Family::ddr4, "r2400", ddr4},
      {"ddr4_2666v", Family::ddr4, "r2666", ddr4},
      {"ddr4_2933y", Family::ddr4, "r2933", ddr4},
      {"ddr4_3200aa", Family::ddr4, "r3200", ddr4},
      {"ddr4_prosperity", Family::total_only, "", ddr4},
      {"lpddr4_3200", Family::lpddr4, "", lpddr4},
      {"lpddr4_4266", Family::lpddr4, "", lpddr4},
      {"lpddr5_6400", Family::total_only, "", "dram.lpddr5.energy"},
      {"hbm2_2000", Family::hbm2, "", hbm2},
      {"hbm2_2400", Family::hbm2, "", hbm2},
      {"hbm2e_3600", Family::hbm2, "", hbm2},
      {"hbm3_6400", Family::total_only, "", "dram.hbm3.energy"},
  };
  return devices;
}

const std::string default_dram = "ddr4_2400r";

/// Memory presets that describe timing but no device.
bool is_anonymous(const std::string& name) { return name == "ideal" || name == "custom"; }

const DramDevice& dram_device_of(const BlockDeclaration& block) {
  std::string name = block.device.value_or(default_dram);
  if (is_anonymous(name)) name = default_dram;
  if (name == "ddr4_2133") name = "ddr4_2133p";
  const auto& devices = dram_devices();
  const auto it = std::find_if(devices.begin(), devices.end(), [&](const DramDevice& d) { return d.name == name; });
  if (it != devices.end()) return *it;
  std::vector<std::string> names;
  for (const DramDevice& device : devices) names.push_back(device.name);
  const std::string guess = did_you_mean(name, names);
  throw UnpricedKey{fmt::format("there are no prices for DRAM device '{}'", name),
                    "known: " + join_names(names, names.size()) + (guess.empty() ? "" : "; " + guess)};
}

}  // namespace

const std::string& PriceBook::sram_device_of(const BlockDeclaration& block) const {
  return block.sram_device ? *block.sram_device : settings_.sram_device;
}

bool PriceBook::has_dual_port(const BlockDeclaration& block, const MacroSpec& macro) const {
  const std::string suffix = fmt::format(".{}.{}.1r1w", macro.bytes, macro.bits);
  return std::any_of(block.event_keys.begin(), block.event_keys.end(),
                     [&](const std::string& key) { return key == "sram_rd" + suffix || key == "sram_wr" + suffix; });
}

/// One figure of a macro. The number itself has no band; the corrections carry it.
PriceTerm PriceBook::sram_term(const SramFigures& figures, SramQuantity quantity, const std::string& unit) {
  static const Constant grid{"", 1, "1", 1, 1, "measured", "CACTI 7 (HewlettPackard/cacti 1ffd8df) runs of sram_grid.csv", ""};
  Constant origin = grid;
  if (figures.path.rfind("sram_grid.", 0) != 0) origin = technology_.provenance(figures.path);
  origin.path = figures.path;
  PriceTerm result;
  result.coefficient = figures[quantity];
  result.origin = constants_.add(origin);
  result.unit = unit;
  result.extrapolated = figures.extrapolated;
  return result;
}

Price PriceBook::sram(const EventKey& key, const BlockDeclaration& block) {
  const std::uint64_t bytes = key.numbers[0], bits = key.numbers[1];
  if (bits > 65536) throw UnpricedKey{fmt::format("no price for an SRAM port of {} bits", bits), "ports of 1 to 65536 bits are priced"};
  const SramGeometry geometry{bytes, static_cast<unsigned>(bits), key.dual_port};
  PriceTerm access = sram_term(sram_.figures(geometry, node_of(block), sram_device_of(block)),
                               key.name == "sram_rd" ? SramQuantity::read_pj : SramQuantity::write_pj, "pJ");
  if (settings_.sram_corrections) access.times(PriceFactor{constants_.add(constant(corrections + "read_energy"))});
  return {{access}, false, {}};
}

/// x 2^((T - 350 K) / doubling) x V/Vnominal.
void PriceBook::scale_leakage(PriceTerm& term, const std::string& doubling_path, const BlockDeclaration& block) {
  if (settings_.is_thermal || settings_.temperature != leakage_reference_kelvin)
    term.times(PriceFactor{constants_.add(constant(doubling_path)), settings_.temperature - leakage_reference_kelvin, true});
  const double vdd = vdd_of(block), nominal = nominal_vdd(node_of(block));
  if (vdd != nominal) term.times(portable_pow(vdd / nominal, constant("scaling.voltage.leakage_exponent").value));
}

PriceTerm PriceBook::macro_leakage(const MacroSpec& macro, const BlockDeclaration& block) {
  const SramGeometry geometry{macro.bytes, macro.bits, has_dual_port(block, macro)};
  PriceTerm power =
      sram_term(sram_.figures(geometry, node_of(block), sram_device_of(block)), SramQuantity::leak_mw, "mW").times(macro.count);
  if (settings_.sram_corrections && sram_device_of(block) == "lstp")
    power.times(PriceFactor{constants_.add(constant(corrections + "leakage_lstp"))});
  scale_leakage(power, corrections + "leakage_temperature", block);
  return power;
}

std::vector<std::pair<std::string, PriceTerm>> PriceBook::leakage(const BlockDeclaration& block) {
  std::vector<std::pair<std::string, PriceTerm>> result;
  for (const MacroSpec& macro : block.macros) result.emplace_back("leakage.sram." + macro.name, macro_leakage(macro, block));

  // Area or flops, never both: the density includes the flops.
  const double logic_mm2 = area(block).logic_mm2;
  PriceTerm logic;
  if (logic_mm2 > 0)
    logic = term(settings_.logic_vt == "lvt" ? "arithmetic.leakage_28nm.logic_lvt_per_mm2" : "arithmetic.leakage_28nm.logic_hvt_per_mm2",
                 logic_mm2, "mW");
  else if (block.flops > 0)
    logic = term("arithmetic.leakage_28nm.register_bit", static_cast<double>(block.flops), "mW");
  else
    return result;
  scale_leakage(logic, "arithmetic.leakage_28nm.temperature_doubling", block);
  result.emplace_back("leakage.logic", std::move(logic));
  return result;
}

Price PriceBook::dram(const EventKey& key, const BlockDeclaration& block) {
  using Family = DramDevice::Family;
  const DramDevice& device = dram_device_of(block);
  const bool is_read = key.name == "dram_rd_bit", is_bit = is_read || key.name == "dram_wr_bit";
  if (!settings_.dram_event_mode || device.family == Family::total_only) {
    if (is_bit) return {{term(device.constant)}, false, {}};
    return {{}, false, "the constant price of a DRAM bit"};
  }

  Price result;
  const auto part = [&](const std::string& path, double coefficient, const std::string& multiplier) {
    PriceTerm priced = term(path, coefficient);
    if (!multiplier.empty()) priced.times(PriceFactor{constants_.add(constant(multiplier))});
    result.terms.push_back(std::move(priced));
  };
  if (device.family == Family::ddr4) {
    const std::string row = "dram.ddr4.energy_8Gb_x8_rank_of_8." + device.row + '.', multiplier = "dram.ddr4.energy_multiplier";
    if (key.name == "dram_act") part(row + "act_pJ_per_row", 1, multiplier);
    if (key.name == "dram_ref") part(row + "refresh_nJ_per_tREFI", 1e3, multiplier);
    if (is_bit) part(row + (is_read ? "read_pJ_per_bit" : "write_pJ_per_bit"), 1, multiplier);
    if (is_bit) part("dram.ddr4.io_termination", 1, "");
  } else if (device.family == Family::lpddr4) {
    const std::string energy = "dram.lpddr4.energy.", multiplier = energy + "energy_multiplier";
    if (key.name == "dram_act") part(energy + "act_per_row", 1, multiplier);
    if (key.name == "dram_ref") part(energy + "refresh_per_tREFI", 1e3, multiplier);
    if (is_bit) part(energy + (is_read ? "read_core" : "write_core"), 1, multiplier);
    if (is_bit) part(energy + (is_read ? "read_io" : "write_io"), 1, multiplier);
  } else {
    if (key.name == "dram_act") part("dram.hbm2.energy.act_per_row", 1, "");
    if (key.name == "dram_ref") return {{}, false, "the background power of the HBM2 channel"};
    if (is_bit) part("dram.hbm2.energy.column", 1, "");
  }
  if (is_bit) part("dram.interface.on_die_controller", 1, "");
  return result;
}

std::string PriceBook::dram_note(const BlockDeclaration& block) const {
  if (!block.device || !is_anonymous(*block.device)) return {};
  return fmt::format("{}: the memory '{}' names no device and is priced as {}", block.name, *block.device, default_dram);
}

std::vector<PriceTerm> PriceBook::dram_standby(const BlockDeclaration& block, bool is_used) {
  using Family = DramDevice::Family;
  const DramDevice& device = dram_device_of(block);
  if (!settings_.dram_event_mode || device.family == Family::total_only) return {};
  const double channels = block.channels > 0 ? block.channels : device.family == Family::hbm2 ? 8 : 1;
  if (device.family == Family::hbm2) return {term("dram.hbm2.energy.background_per_channel", channels, "mW")};
  if (device.family == Family::lpddr4) {
    const PriceFactor multiplier{constants_.add(constant("dram.lpddr4.energy.energy_multiplier"))};
    return {term("dram.lpddr4.energy.active_standby_per_channel", channels, "mW").times(multiplier)};
  }
  const std::string column = is_used ? ".active_standby_mW" : ".precharge_standby_mW";
  const PriceFactor multiplier{constants_.add(constant("dram.ddr4.energy_multiplier"))};
  return {term("dram.ddr4.energy_8Gb_x8_rank_of_8." + device.row + column, channels, "mW").times(multiplier)};
}

}  // namespace snnvp
