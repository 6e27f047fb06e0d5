// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// True if one of the lanes in use is switched off; a byte-enable array shorter than the data repeats.
bool has_disabled_lane(const tlm::tlm_generic_payload& payload);

/// What became of an access of a whole register that skipped payload and socket.
enum class WordResult : std::uint8_t {
  refused,  ///< nothing happened: it is no such access, or it must not be made
  failed,   ///< GENERIC_ERROR
  done,
  quiet  ///< done, and no event was notified or cancelled by it: nobody else can have noticed
};

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
  /// The same for an initiator that comes without a payload (word_route.h): an aligned access of the port's smallest size, 1, 2 or 4
  /// bytes inside the window, checks included. The defaults ask covers() and allows(), then do begin() and read() or write(); an override
  /// saves calls and may know that it was quiet.
  virtual WordResult read_word(Address address, Bytes length, std::uint32_t& value, sc_core::sc_time& delay);
  virtual WordResult write_word(Address address, Bytes length, std::uint32_t value, sc_core::sc_time& delay);
  /// Without time and side effects; return the number of bytes done (a prefix).
  virtual Bytes debug_read(Address address, std::uint8_t* data, Bytes length) const = 0;
  virtual Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) = 0;
  /// DMI for this address and command; fills `dmi` either way (T16 to T18). Default refuses the whole window.
  virtual bool direct_memory(tlm::tlm_command, Address, tlm::tlm_dmi& dmi) { return dmi.init(), false; }
};

}  // namespace snnvp
