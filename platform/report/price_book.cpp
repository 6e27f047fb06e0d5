// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/price_book.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace snnvp {
namespace {

const std::string ops = "arithmetic.ops_28nm.";

/// Tabulated widths of an operation and the constants behind them, narrowest first.
using Widths = std::vector<std::pair<std::uint64_t, std::string>>;

const Widths& tabulated(const std::string& op) {
  static const std::map<std::string, Widths> table = {
      {"add", {{8, ops + "add_8b"}, {16, ops + "add_16b"}, {32, ops + "add_32b"}}},
      {"mult", {{8, ops + "mult_8b"}, {16, ops + "mult_16b"}, {32, ops + "mult_32b"}}},
      {"cmp", {{16, ops + "comparator_16b"}, {32, ops + "comparator_32b"}}},
      {"shift", {{16, ops + "shift_16b"}}},
      {"lif", {{16, ops + "lif_update_16b"}}},
  };
  return table.at(op);
}

/// The entries around a width. Outside the table both are the nearest one; on an entry the share is 0.
struct Neighbours {
  const Widths::value_type* below;
  const Widths::value_type* above;
  double ratio;  ///< width / width of `below`
  double share;  ///< how far the width lies from `below` towards `above`
};

Neighbours neighbours(const Widths& widths, std::uint64_t width) {
  const auto above =
      std::lower_bound(widths.begin(), widths.end(), width, [](const auto& entry, std::uint64_t w) { return entry.first < w; });
  const bool is_outside = above == widths.end() || (above == widths.begin() && above->first != width);
  const auto* high = above == widths.end() ? &widths.back() : &*above;
  const auto* low = is_outside || high->first == width ? high : high - 1;
  const double ratio = static_cast<double>(width) / static_cast<double>(low->first);
  if (low == high) return {low, high, ratio, is_outside ? 1.0 : 0.0};
  return {low, high, ratio, static_cast<double>(width - low->first) / static_cast<double>(high->first - low->first)};
}

/// Keys with one price for a bit, and whether they are datapath (with overheads) or not.
struct BitPrice {
  std::string path;
  bool is_datapath;
};

const std::map<std::string, BitPrice>& bit_prices() {
  static const std::map<std::string, BitPrice> table = {
      {"mux_bit", {ops + "mux2_per_bit", true}},
      {"and_pop_bit", {ops + "and_popcount_per_bit", true}},
      {"tcam_bit", {ops + "tcam_search_per_cell", true}},
      {"reg_bit", {ops + "register_bit_write", false}},
      {"reg_bit_idle", {ops + "register_bit_clock_idle", false}},
      {"instr", {"platforms.riscv.mcu_rv32imc_28nm", false}},
  };
  return table;
}

}  // namespace

PriceBook::PriceBook(const Technology& technology, const TechnologySettings& settings, ConstantTable& constants)
    : technology_(technology), settings_(settings), constants_(constants), sram_(technology) {}

const Constant& PriceBook::constant(const std::string& path) const {
  const auto it = settings_.prices.find(path);
  return it != settings_.prices.end() ? it->second : technology_.constant(path);
}

PriceTerm PriceBook::term(const std::string& path, double coefficient, const std::string& unit) {
  PriceTerm result;
  result.origin = constants_.add(constant(path));
  result.coefficient = coefficient;
  result.factors.push_back({result.origin});
  result.unit = unit;
  return result;
}

int PriceBook::node_of(const BlockDeclaration& block) const { return block.node_nm.value_or(settings_.node_nm); }

double PriceBook::nominal_vdd(int node_nm) const {
  // The reference node needs no scaling file.
  return node_nm == 28 ? constant("arithmetic.reference.vdd_V").value : constant(fmt::format("scaling.nodes.n{}.vdd", node_nm)).value;
}

double PriceBook::vdd_of(const BlockDeclaration& block) {
  const double vdd = block.vdd.value_or(settings_.vdd);
  return vdd > 0 ? vdd : nominal_vdd(node_of(block));
}

/// E(node, V) = E(28 nm) x logic_energy x (V/Vnominal)^2 (spec/energy.md 4.3).
void PriceBook::scale_logic(PriceTerm& term, const BlockDeclaration& block) {
  const int node = node_of(block);
  if (node != 28) term.times(PriceFactor{constants_.add(constant(fmt::format("scaling.nodes.n{}.logic_energy", node)))});
  const double vdd = vdd_of(block), nominal = nominal_vdd(node);
  if (vdd != nominal) term.times(portable_pow(vdd / nominal, constant("scaling.voltage.dynamic_exponent").value));
}

Price PriceBook::price(const std::string& key, const BlockDeclaration& block) {
  // A price stated for the key itself, by the block or by the scenario, comes before any table.
  for (const auto* own : {&settings_.prices, &block.prices})
    if (const auto it = own->find(key); it != own->end()) {
      PriceTerm stated;
      stated.origin = constants_.add(it->second);
      stated.factors.push_back({stated.origin});
      stated.unit = "pJ";
      return {{stated}, false, {}};
    }
  if (key.rfind("custom.", 0) == 0)
    throw UnpricedKey{
        fmt::format("no price for event key '{}'", key),
        fmt::format("give it under technology.prices: {{ {}: {{value: ..., unit: pJ, lo: ..., hi: ..., status: ..., source: ...}} }}",
                    key)};

  std::vector<std::string> also_known;
  for (const auto* own : {&settings_.prices, &block.prices})
    for (const auto& [known, unused] : *own)
      if (known.find('.') == std::string::npos || known.rfind("custom.", 0) == 0) also_known.push_back(known);
  const EventKey parsed = parse_event_key(key, also_known);
  const std::string& name = parsed.name;
  if (name == "sram_rd" || name == "sram_wr") return sram(parsed, block);
  if (name == "sram_leak_ns")
    return {{macro_leakage({"", parsed.numbers[0], static_cast<unsigned>(parsed.numbers[1]), 1}, block)}, false, {}};
  if (name.rfind("dram_", 0) == 0) return dram(parsed, block);
  if (name.rfind("flit_", 0) == 0 || name == "router_clk" || name == "router_leak_ns") return router(parsed, block);
  if (name == "d2d_bit") return die_to_die(block);
  if (name == "d2d_idle_bit") {  // a bit's time on idle wires costs a part of a bit
    Price idle = die_to_die(block);
    for (PriceTerm& part : idle.terms) part.times(PriceFactor{constants_.add(constant("die_to_die.ucie.latency.idle_power_fraction"))});
    return idle;
  }
  if (name == "switch_bit") return packet_switch(block);
  if (name == "link_bit_um" || name == "bond_bit" || name == "ubump_bit" || name == "tsv_bit" || name == "tsv_fine_bit")
    return link(parsed, block);
  return arithmetic(parsed, block);
}

/// Linear in width between two entries, proportional to the nearest outside (spec/energy.md 4.2).
std::vector<PriceTerm> PriceBook::by_width(const std::string& op, std::uint64_t width) {
  const Neighbours n = neighbours(tabulated(op), width);
  if (n.share == 0) return {term(n.below->second)};
  if (n.below != n.above) return {term(n.below->second, 1 - n.share), term(n.above->second, n.share)};
  PriceTerm outside = term(n.below->second, n.ratio);
  outside.extrapolated = true;
  return {outside};
}

/// A power law between two entries, quadratic outside (spec/energy.md 4.2).
PriceTerm PriceBook::mult(std::uint64_t width) {
  const Neighbours n = neighbours(tabulated("mult"), width);
  PriceTerm result = term(n.below->second);
  if (n.share == 0) return result;
  if (n.below == n.above) {
    result.times(n.ratio * n.ratio).extrapolated = true;
    return result;
  }
  const double share = log_ratio(n.ratio, static_cast<double>(n.above->first) / static_cast<double>(n.below->first));
  result.factors[0].exponent = 1 - share;
  return result.times(PriceFactor{constants_.add(constant(n.above->second)), share});
}

Price PriceBook::arithmetic(const EventKey& key, const BlockDeclaration& block) {
  Price result;
  result.is_datapath = true;
  const auto add_registers = [&](std::uint64_t bits) {
    result.terms.push_back(term(ops + "register_bit_write", static_cast<double>(bits)));
  };
  const auto add_adder = [&](std::uint64_t width) {
    for (PriceTerm& part : by_width("add", width)) result.terms.push_back(std::move(part));
  };
  const auto width = [&](std::size_t i) { return key.numbers.at(i); };

  if (const auto it = bit_prices().find(key.name); it != bit_prices().end()) {
    if (key.name == "reg_bit_idle" && block.clock_gated) {
      result.included_in = "nothing: the flops are clock gated when idle";
      return result;
    }
    result.is_datapath = it->second.is_datapath;
    result.terms.push_back(term(it->second.path));
  } else if (key.name == "fp_add" || key.name == "fp_mult") {
    if (width(0) != 16 && width(0) != 32)
      throw UnpricedKey{fmt::format("no price for event key '{}.{}'", key.name, width(0)), fmt::format("known: {0}.16, {0}.32", key.name)};
    result.terms.push_back(term(fmt::format("{}fp{}_{}", ops, width(0), key.name.substr(3))));
  } else if (key.name == "mult") {
    result.terms.push_back(mult(width(0)));
  } else if (key.name == "mac" && width(0) == 8 && width(1) == 32) {
    result.terms.push_back(term(ops + "mac_8b_acc32"));
  } else if (key.name == "mac") {
    result.terms.push_back(mult(width(0)));
    add_adder(width(1));
    add_registers(width(1) + 2 * width(0));
  } else if (key.name == "spike_acc" && width(0) == 8 && width(1) == 16) {
    result.terms.push_back(term(ops + "spike_acc_8b_into_16b"));
  } else if (key.name == "spike_acc") {
    add_adder(width(1));
    add_registers(width(1));
  } else {
    result.terms = by_width(key.name, width(0));
  }

  for (PriceTerm& part : result.terms) {
    scale_logic(part, block);
    // The band for data dependence belongs to the overheads: raw prices are drawn without it.
    if (result.is_datapath && settings_.overheads)
      part.times(PriceFactor{constants_.add(constant("arithmetic.overheads.glitch_activity"))});
  }
  return result;
}

std::vector<PriceTerm> PriceBook::overheads() {
  if (!settings_.overheads) return {};
  return {term("arithmetic.overheads.clock_tree", 1, "x"), term("arithmetic.overheads.control", 1, "x"),
          term("arithmetic.overheads.wire_local", 1, "x")};
}

BlockArea PriceBook::area(const BlockDeclaration& block) {
  BlockArea result;
  const double macro_overhead =
      settings_.sram_corrections && !block.macros.empty() ? constant("sram.corrections.macro_overhead_area").value : 1;
  for (const MacroSpec& macro : block.macros) {
    const SramFigures figures =
        sram_.figures({macro.bytes, macro.bits, has_dual_port(block, macro)}, node_of(block), sram_device_of(block));
    result.sram_mm2 += macro.count * figures[SramQuantity::area_mm2] * macro_overhead;
  }
  result.logic_mm2 = block.logic_area_mm2;
  if (const int node = node_of(block); node != 28 && result.logic_mm2 > 0)
    result.logic_mm2 *= constant(fmt::format("scaling.nodes.n{}.logic_area", node)).value;
  result.total_mm2 = block.area_mm2.value_or(result.sram_mm2 + result.logic_mm2);
  if (block.area_mm2 && result.logic_mm2 == 0) result.logic_mm2 = std::max(0.0, *block.area_mm2 - result.sram_mm2);
  return result;
}

}  // namespace snnvp
