// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/report/event_key.h>
#include <snnvp/platform/report/pricing.h>
#include <snnvp/platform/report/sram_model.h>

namespace snnvp {

/// Bottom-up prices of one platform: event key and block in, price out (spec/energy.md 4.2 to 4.6, 6.1).
/// Every lookup throws UnpricedKey if there is no price, and InputError if a technology file is at fault.
class PriceBook {
public:
  PriceBook(const Technology& technology, const TechnologySettings& settings, ConstantTable& constants);

  Price price(const std::string& key, const BlockDeclaration& block);
  /// Clock, control and wire, as fractions of datapath energy; empty if overheads are off.
  std::vector<PriceTerm> overheads();
  /// Leakage of macros and logic in mW with its ledger key.
  std::vector<std::pair<std::string, PriceTerm>> leakage(const BlockDeclaration& block);
  /// Background power of a DRAM in mW, while it is used and while it never is; empty in constant mode.
  std::vector<PriceTerm> dram_standby(const BlockDeclaration& block, bool is_used);
  /// A sentence if the block's DRAM names no device, else nothing.
  std::string dram_note(const BlockDeclaration& block) const;
  BlockArea area(const BlockDeclaration& block);

  int node_of(const BlockDeclaration& block) const;
  double vdd_of(const BlockDeclaration& block);

  /// The constant at `path`, an override of the scenario first.
  const Constant& constant(const std::string& path) const;
  /// coefficient x constant.
  PriceTerm term(const std::string& path, double coefficient = 1, const std::string& unit = "pJ");

private:
  // price_book.cpp: what scales with the logic node
  Price arithmetic(const EventKey& key, const BlockDeclaration& block);
  std::vector<PriceTerm> by_width(const std::string& op, std::uint64_t width);
  PriceTerm mult(std::uint64_t width);
  void scale_logic(PriceTerm& term, const BlockDeclaration& block);
  double nominal_vdd(int node_nm) const;

  // price_book_memory.cpp
  Price sram(const EventKey& key, const BlockDeclaration& block);
  PriceTerm sram_term(const SramFigures& figures, SramQuantity quantity, const std::string& unit);
  const std::string& sram_device_of(const BlockDeclaration& block) const;
  /// Of all copies of a macro, mW.
  PriceTerm macro_leakage(const MacroSpec& macro, const BlockDeclaration& block);
  void scale_leakage(PriceTerm& term, const std::string& doubling_path, const BlockDeclaration& block);
  bool has_dual_port(const BlockDeclaration& block, const MacroSpec& macro) const;
  Price dram(const EventKey& key, const BlockDeclaration& block);

  // price_book_links.cpp
  Price router(const EventKey& key, const BlockDeclaration& block);
  Price link(const EventKey& key, const BlockDeclaration& block);
  Price die_to_die(const BlockDeclaration& block);
  Price packet_switch(const BlockDeclaration& block);

  const Technology& technology_;
  const TechnologySettings& settings_;
  ConstantTable& constants_;
  SramModel sram_;
};

}  // namespace snnvp
