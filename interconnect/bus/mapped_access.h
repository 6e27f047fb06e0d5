// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus_core.h>

// What every interconnect with an address map does with a payload on its way through (spec/tlm.md 7).
namespace snnvp {

/// Span of addresses a payload touches; a streaming width of 0 counts as the length (spec/tlm.md 5.2).
inline Bytes span_of(const tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  const unsigned width = payload.get_streaming_width();
  return width - 1 < length ? width : length;  // 0 - 1 wraps
}

/// The first checks of spec/tlm.md 5.2, in its order, so that interconnect and target never disagree.
inline bool is_malformed(const tlm::tlm_generic_payload& payload) {
  return payload.get_data_length() == 0 || payload.get_data_ptr() == nullptr ||
         (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0);
}

/// Is the caller a thread, which may wait?
bool is_thread();

/// Sends a payload on under another address; the caller's address is back whatever happens (B1).
class Translated {
public:
  Translated(tlm::tlm_generic_payload& payload, Address shift) : payload_(payload), address_(payload.get_address()) {
    payload.set_address(address_ + shift);
  }
  ~Translated() { payload_.set_address(address_); }
  Translated(const Translated&) = delete;
  Translated& operator=(const Translated&) = delete;

private:
  tlm::tlm_generic_payload& payload_;
  Address address_;
};

/// What to add to an address on its way to the target.
inline Address shift_of(const BusMapping& mapping) { return mapping.offset - mapping.base; }

/// Debug transport clipped to the window; the count is in the caller's terms.
unsigned debug_through(const BusMapping& mapping, tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload);

/// A DMI request; `mapping` is null where nothing is mapped. Grant and refusal are translated back and clipped, `way` is added to both
/// latencies.
bool direct_through(const AddressMap& map, const BusMapping* mapping, tlm::tlm_fw_transport_if<>* target, tlm::tlm_generic_payload& payload,
                    tlm::tlm_dmi& dmi, const sc_core::sc_time& way);

/// Calls `tell(first, last)` for what is visible of [start, end] of a target through each of its windows.
template <typename Tell>
void invalidate_through(const AddressMap& map, unsigned target, Address start, Address end, Tell tell) {
  for (const BusMapping& mapping : map.entries()) {
    AddressRange visible;
    Address skipped = 0;
    if (mapping.out_index == target && visible_range(mapping, {start, end}, visible, skipped)) tell(visible.start, visible.end);
  }
}

}  // namespace snnvp
