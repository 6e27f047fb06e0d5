// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus_core.h>
#include <snnvp/platform/tlm/target_region.h>

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

/// The first part of what a network with a map does with a transaction: a malformed payload, an unmapped address and TLM_IGNORE_COMMAND are
/// answered here, and nothing is left to do (null); else the entry that holds it. `target(out_index)` is the way on.
template <typename Target>
const BusMapping* decode_or_answer(const AddressMap& map, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay, Target target) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    const BusMapping* mapping = map.find(payload.get_address(), 1);
    if (mapping == nullptr) return payload.set_response_status(tlm::TLM_OK_RESPONSE), nullptr;
    const Translated translated(payload, shift_of(*mapping));
    target(mapping->out_index).b_transport(payload, delay);
    return nullptr;
  }
  if (is_malformed(payload)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return nullptr;
  }
  const BusMapping* mapping = map.find(payload.get_address(), span_of(payload));
  if (mapping == nullptr) payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  return mapping;
}

/// Can a write be a packet of its bytes? Answers it if not: byte enables and streaming have no bytes on a wire.
inline bool is_packet_write(tlm::tlm_generic_payload& payload) {
  if (has_disabled_lane(payload)) return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE), false;
  if (span_of(payload) != payload.get_data_length()) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE), false;
  return true;
}

/// Makes `payload` the write that brings a packet's bytes to its port.
inline void make_packet_write(tlm::tlm_generic_payload& payload, Address address, std::vector<std::uint8_t>& bytes) {
  const auto length = static_cast<unsigned>(bytes.size());
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(bytes.data());
  payload.set_data_length(length);
  payload.set_streaming_width(length);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_byte_enable_length(0);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

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
