// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/tlm/register_map.h>

namespace snnvp {

/// The banks of one kind of block, and the name it goes by in what is written: "models.prosperity", or "engine" for the common head.
struct RegisterBanks {
  std::string kind;
  std::vector<RegisterMap> banks;

  /// What a bank is called in C and SVD: after the block, or after itself where a block has several.
  std::string name_of(const RegisterMap& bank) const;
};

// A register description in the forms other tools read (spec/tlm.md 10.2); the same banks always give the same bytes.

/// C11 header: offsets, masks, shifts and resets as macros, read and write functions by access, static assertions.
std::string registers_as_c(const RegisterBanks& banks);
/// Markdown tables of registers and fields.
std::string registers_as_markdown(const RegisterBanks& banks);
/// CMSIS-SVD 1.3, one peripheral for each bank at address 0.
std::string registers_as_svd(const RegisterBanks& banks);
/// IEEE 1685-2014 component, one memory map for each bank.
std::string registers_as_ipxact(const RegisterBanks& banks);

/// A bank somewhere in an address space, for an SVD file of a whole platform.
struct SvdPeripheral {
  std::string name, description;
  Address base = 0;
  int interrupt = -1;  ///< -1: none
  const RegisterMap* registers = nullptr;
};
std::string svd_device(const std::string& name, const std::string& description, const std::vector<SvdPeripheral>& peripherals);

}  // namespace snnvp
