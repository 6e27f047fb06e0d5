// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/tlm/quick_time.h>
#include <snnvp/platform/tlm/target_region.h>

namespace snnvp {

/// The way of aligned accesses of one size from an initiator to a TargetRegion, found once for all stops on it. Taking it does what
/// b_transport of such a payload would do to counts, time and registers, without payload and sockets. It only exists where everything
/// between the two is this project's own and nobody looks at payloads: a protocol monitor or a foreign block on the way has none.
struct WordRoute {
  Address first = 0;                                                            ///< addresses of the initiator it is for
  Bytes size = 0;                                                               ///< 0: nothing is there
  Address shift = 0;                                                            ///< to add to an address on its way to the region
  Bytes length = 0;                                                             ///< of an access
  Picoseconds ahead = 0;                                                        ///< what the way there takes
  Picoseconds least = 0;                                                        ///< an access takes at least this
  TargetRegion* region = nullptr;                                               ///< null: no shortcut, b_transport is the way
  std::uint64_t *at_target = nullptr, *at_bus = nullptr, *bus_bytes = nullptr;  ///< where transactions and bytes are counted

  bool holds(Address address) const { return address - first < size; }

  /// One access; `delay` is the local time ahead of the kernel before it and after it. Refused: nothing happened, b_transport gives the
  /// response. Only where there is a region and the bus has been met.
  WordResult read(Address address, std::uint32_t& value, Picoseconds& delay) const {
    sc_core::sc_time time = quick_time_of(delay + ahead);
    return arrive(region->read_word(address + shift, length, value, time), time, delay);
  }
  WordResult write(Address address, std::uint32_t value, Picoseconds& delay) const {
    sc_core::sc_time time = quick_time_of(delay + ahead);
    return arrive(region->write_word(address + shift, length, value, time), time, delay);
  }

private:
  WordResult arrive(WordResult result, const sc_core::sc_time& time, Picoseconds& delay) const {
    if (result == WordResult::refused) return result;
    ++*at_target;
    ++*at_bus;
    *bus_bytes += length;
    const Picoseconds at_least = delay + least, took = time.value();
    delay = took > at_least ? took : at_least;
    return result;
  }
};

/// What sockets of this project offer to initiators of this project beside TLM-2.0.
class DirectTarget : public tlm::tlm_fw_transport_if<> {
public:
  /// The route of accesses of `length` bytes to an address; the region is null where there is none.
  virtual WordRoute word_route(Address /*address*/, Bytes /*length*/) { return {}; }
};

}  // namespace snnvp
