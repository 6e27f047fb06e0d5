// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/tlm/register_bank.h>

namespace snnvp::conformance {

/// A bank that keeps to its description but for one fault (MR1 to MR11; 0: none).
class MutantRegisters : public sc_core::sc_module, private TargetRegion, public Resettable {
public:
  MutantRegisters(const sc_core::sc_module_name& name, unsigned fault);

  TargetPort regs;

  /// What it should be.
  static const char* description();
  void reset() override;

private:
  static TargetPort::Options options(unsigned fault);
  bool covers(Address address, Bytes length) const override { return has(7) || bank_.covers(address, length); }
  bool allows(tlm::tlm_command command, Address address, Bytes length) const override;
  bool read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
  bool write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) override;
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const override;
  Bytes debug_write(Address, const std::uint8_t*, Bytes) override { return 0; }
  bool has(unsigned fault) const { return fault_ == fault; }

  unsigned fault_;
  mutable RegisterBank bank_;
};

}  // namespace snnvp::conformance
