// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// `unstated`: nobody said; the conformance kit takes either answer, if it is one of the base protocol's.
enum class Ability : std::uint8_t { unstated, no, yes };

/// What a target port does with a TLM-2.0 transaction. Shown by `describe`, believed and tested by `conform`.
/// For memories, register banks and interconnects of a known kind the descriptor says it already; others fill it in.
struct PortAbilities {
  enum class Role : std::uint8_t {
    unstated,
    memory,     ///< bytes that can be read back
    registers,  ///< a register bank
    packets,    ///< takes writes whose data are one packet or frame
    route       ///< leads to what lies behind an interconnect, and can do what that can
  };
  Role role = Role::unstated;
  Ability byte_enables = Ability::unstated, streaming = Ability::unstated;
  Ability dmi = Ability::unstated;
  std::string dmi_parameter;  ///< boolean parameter of the block that grants DMI
  Ability debug_read = Ability::unstated, debug_write = Ability::unstated;
  Bytes min_access = 1, max_access = std::numeric_limits<Bytes>::max();
  bool aligned_only = false;
  bool only_address_0 = false;  ///< packets: any other address is an error
  bool is_wide_first = false;   ///< registers: an access wider than one acts on the first of its registers, with its low bits
  bool may_wait = false;        ///< b_transport may call wait()
  std::string phases_if;        ///< when it answers non-blocking calls with phases of its own; empty: never, its socket converts them
};

/// A port that takes packets (or frames) of up to `longest` bytes, by writes only.
inline PortAbilities takes_packets(Bytes longest, bool only_address_0, bool may_wait) {
  PortAbilities a;
  a.role = PortAbilities::Role::packets;
  a.byte_enables = a.streaming = a.dmi = a.debug_read = a.debug_write = Ability::no;
  a.max_access = longest;
  a.only_address_0 = only_address_0;
  a.may_wait = may_wait;
  return a;
}

}  // namespace snnvp
