// SPDX-License-Identifier: Apache-2.0
// Prices of routers, wires, 3D connections, die-to-die links and switches (spec/energy.md 6.5 to 6.7).
#include <snnvp/platform/report/price_book.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>

namespace snnvp {
namespace {

const std::string router_table = "noc.router_28nm.table";

/// A router configuration of the table: flit64_p5_vc2.
struct RouterEntry {
  std::string name;
  std::uint64_t bits = 0, ports = 0, vcs = 0;
};

std::vector<RouterEntry> router_entries(const Node& table) {
  std::vector<RouterEntry> entries;
  for (const Node::Entry& entry : table.entries) {
    RouterEntry e;
    e.name = entry.key;
    char* at = nullptr;
    // The file is ours, but it may have been edited: an entry that reads otherwise is skipped.
    if (e.name.rfind("flit", 0) != 0) continue;
    e.bits = std::strtoull(e.name.c_str() + 4, &at, 10);
    if (std::string(at).rfind("_p", 0) != 0) continue;
    e.ports = std::strtoull(at + 2, &at, 10);
    if (std::string(at).rfind("_vc", 0) != 0) continue;
    e.vcs = std::strtoull(at + 3, &at, 10);
    if (*at == '\0' && e.bits && e.ports && e.vcs) entries.push_back(std::move(e));
  }
  return entries;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

/// Exact where tabulated; else nearest ports, nearest VCs, then linear in flit width.
Price PriceBook::router(const EventKey& key, const BlockDeclaration& block) {
  const std::string field = key.name == "flit_buf_wr"   ? "buf_write_pJ"
                            : key.name == "flit_buf_rd" ? "buf_read_pJ"
                            : key.name == "flit_xbar"   ? "xbar_pJ"
                            : key.name == "flit_alloc"  ? "alloc_pJ"
                            : key.name == "router_clk"  ? "clock_pJ_per_cycle"
                                                        : "leak_mW";  // of one nanosecond: pJ
  const std::uint64_t bits = key.numbers[0], ports = key.numbers[1], vcs = key.numbers[2];
  std::vector<RouterEntry> entries = router_entries(technology_.table(router_table));
  if (entries.empty()) throw InputError(fmt::format("{}: {} has no router", technology_.folder(), router_table));
  const auto keep_nearest = [&entries](const auto& far) {
    std::uint64_t least = far(entries.front());
    for (const RouterEntry& e : entries) least = std::min(least, far(e));
    entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const RouterEntry& e) { return far(e) != least; }), entries.end());
  };
  keep_nearest([&](const RouterEntry& e) { return distance(e.ports, ports); });
  keep_nearest([&](const RouterEntry& e) { return distance(e.vcs, vcs); });
  std::sort(entries.begin(), entries.end(),
            [](const RouterEntry& a, const RouterEntry& b) { return std::tie(a.ports, a.bits) < std::tie(b.ports, b.bits); });

  Price result;
  const auto add = [&](const RouterEntry& e, double coefficient, bool extrapolated) {
    PriceTerm part = term(router_table + '.' + e.name + '.' + field, coefficient);
    part.extrapolated = extrapolated;
    scale_logic(part, block);
    if (key.name == "router_leak_ns")
      part.times(PriceFactor{constants_.add(constant("noc.leakage_multiplier"))});
    else if (settings_.noc_multiplier)
      part.times(PriceFactor{constants_.add(constant("noc.recommended_multiplier"))});
    result.terms.push_back(std::move(part));
  };
  const RouterEntry& first = entries.front();
  const bool other_router = first.ports != ports || first.vcs != vcs;
  const auto above = std::find_if(entries.begin(), entries.end(), [&](const RouterEntry& e) { return e.bits >= bits; });
  if (above != entries.end() && above->bits == bits) {
    add(*above, 1, other_router);
  } else if (above == entries.begin() || above == entries.end()) {
    const RouterEntry& nearest = above == entries.end() ? entries.back() : first;
    add(nearest, static_cast<double>(bits) / static_cast<double>(nearest.bits), true);
  } else {
    const RouterEntry& below = *(above - 1);
    const double share = static_cast<double>(bits - below.bits) / static_cast<double>(above->bits - below.bits);
    add(below, 1 - share, true);
    add(*above, share, true);
  }
  return result;
}

Price PriceBook::link(const EventKey& key, const BlockDeclaration& block) {
  const std::string prefix = "stack3d_thermal.interconnect.";
  if (key.name == "ubump_bit") return {{term(prefix + "microbump.energy")}, false, {}};
  if (key.name == "tsv_bit") return {{term(prefix + "tsv_coarse.energy")}, false, {}};
  if (key.name == "tsv_fine_bit") return {{term(prefix + "tsv_fine.energy")}, false, {}};
  if (key.name == "bond_bit") {
    // e(p) = e1 x p^(ln(e9/e1)/ln 9) = e1^(1-s) x e9^s with s = ln p / ln 9, pitch p in um
    const double pitch = std::clamp(block.bond_pitch_um, 0.5, 10.0);
    const std::string bond = prefix + "hybrid_bond_f2f.energy";
    if (pitch == 9) return {{term(bond)}, false, {}};
    const double s = log_ratio(pitch, 9);
    PriceTerm at_pitch = term(bond);
    at_pitch.factors[0].exponent = s;
    at_pitch.times(PriceFactor{constants_.add(constant(bond + "_1um_pitch")), 1 - s});
    return {{at_pitch}, false, {}};
  }
  PriceTerm wire = term("noc.link_28nm.energy_per_bit_mm", 1e-3);
  scale_logic(wire, block);
  return {{wire}, false, {}};
}

Price PriceBook::die_to_die(const BlockDeclaration& block) {
  const std::string d = "die_to_die.";
  const std::string rate = block.lane_gts > 16 ? "gt16" : "le16";
  const std::vector<std::pair<std::string, std::string>> devices = {
      {"ucie_s", d + "ucie.standard_2d.energy_" + rate},
      {"ucie_a", d + "ucie.advanced_2p5d.energy_" + rate},
      {"ucie_3d", d + "ucie.three_d.energy"},
      {"bow", d + "bow.energy"},
      {"aib1", d + "aib.aib1.pJ_per_bit"},
      {"aib2", d + "aib.aib2.pJ_per_bit"},
      {"grs", d + "nvidia_grs.energy"},
      {"xsr112", d + "serdes_xsr_112g.energy"},
      {"lr112", d + "serdes_lr_112g.energy"},
      {"pcie4", d + "pcie.energy"},
      {"pcie5", d + "pcie.energy"},
      {"pcie6", d + "pcie.energy"},
  };
  const std::string name = block.device.value_or("ucie_s");
  std::vector<std::string> names;
  for (const auto& [known, path] : devices) {
    if (known == name) return {{term(path)}, false, {}};
    names.push_back(known);
  }
  throw UnpricedKey{fmt::format("there is no price for die-to-die technology '{}'", name), "known: " + join_names(names)};
}

Price PriceBook::packet_switch(const BlockDeclaration& block) {
  const std::string name = block.device.value_or("tomahawk5");
  if (name == "tomahawk5") return {{term("die_to_die.ethernet_switch.energy_tomahawk5")}, false, {}};
  if (name == "tomahawk3" || name == "tomahawk4" || name == "tomahawk6")
    return {{term("die_to_die.ethernet_switch." + name + ".pJ_per_bit")}, false, {}};
  throw UnpricedKey{fmt::format("there is no price for switch '{}'", name), "known: tomahawk3, tomahawk4, tomahawk5, tomahawk6"};
}

}  // namespace snnvp
