// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// True if one of the lanes in use is switched off; a byte-enable array shorter than the data repeats.
bool has_disabled_lane(const tlm::tlm_generic_payload& payload);

/// What lies behind a TargetPort: plain accesses that already passed the response rules.
/// All calls are for ranges inside [0, size) that `allows` accepted.
class TargetRegion {
public:
  virtual ~TargetRegion() = default;
  /// Step T2: false if some byte of the range is a hole (ADDRESS_ERROR). The range lies inside the window.
  virtual bool covers(Address, Bytes) const { return true; }
  /// Step T3: may every byte of the range be read / written?
  virtual bool allows(tlm::tlm_command, Address, Bytes) const { return true; }
  /// Contiguous transfer without side conditions; may add to `delay`, never waits. False: GENERIC_ERROR (T6),
  /// nothing may have changed then.
  virtual bool read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) = 0;
  virtual bool write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time& delay) = 0;
  /// Called once per successful transaction before its transfers, with the address and the data length (a
  /// streaming access repeats its span): the place to add timing and count; default does nothing.
  virtual void begin(tlm::tlm_command, Address, Bytes /*data length*/, sc_core::sc_time& /*delay*/) {}
  /// A plain access, contiguous and without lanes: begin() and its one transfer. A region on a hot path overrides it
  /// to save calls; it reads the payload and changes nothing in it but the data.
  virtual bool access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  /// Without time and side effects; return the number of bytes done (a prefix).
  virtual Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const = 0;
  virtual Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) = 0;
  /// DMI for this address and command; fills `dmi` either way (T16 to T18). Default refuses the whole window.
  virtual bool direct_memory(tlm::tlm_command, Address, tlm::tlm_dmi& dmi) { return dmi.init(), false; }
};

}  // namespace snnvp
