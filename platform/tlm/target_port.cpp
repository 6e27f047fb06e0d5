// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/target_port.h>

#include <algorithm>

namespace snnvp {
namespace {

/// Span of addresses a payload touches; a streaming width of 0 is a careless initiator's default (spec/tlm.md 5.2).
Bytes span_of(const tlm::tlm_generic_payload& payload) {
  const Bytes length = payload.get_data_length();
  const Bytes width = payload.get_streaming_width();
  return width == 0 ? length : std::min(width, length);
}

/// One aligned piece of the smallest size, without lanes or streaming, that is there and allows the command: most accesses to
/// registers, and all checks of respond() pass.
inline bool is_whole_register(const TargetPort::Options& options, const TargetRegion& region, const tlm::tlm_generic_payload& payload) {
  const Bytes length = payload.get_data_length();
  const Address address = payload.get_address();
  const tlm::tlm_command command = payload.get_command();
  return length == options.min_access && (address & (length - 1)) == 0 && (length & (length - 1)) == 0 && length != 0 &&
         length == payload.get_streaming_width() && payload.get_byte_enable_ptr() == nullptr && payload.get_data_ptr() != nullptr &&
         (command == tlm::TLM_READ_COMMAND || command == tlm::TLM_WRITE_COMMAND) && length <= options.size &&
         address <= options.size - length && region.covers(address, length) && region.allows(command, address, length);
}

}  // namespace

TargetPort::TargetPort(const char* name, TargetRegion& region, const Options& options)
    : DirectSocket(name),
      region_(region),
      options_(options),
      is_memory_(options.uniform && options.min_access <= 1 && options.max_access == std::numeric_limits<Bytes>::max() &&
                 !options.aligned_only && !options.split_bursts) {
  register_b_transport(this, &TargetPort::transport);
  register_transport_dbg(this, &TargetPort::debug);
  register_get_direct_mem_ptr(this, &TargetPort::direct);
}

void TargetPort::set_non_blocking(NonBlockingTarget& target) {
  non_blocking_ = &target;
  register_nb_transport_fw(this, &TargetPort::non_blocking);
}

/// A read or write inside a memory without lanes or streaming: most accesses, and all checks pass at a glance.
inline bool TargetPort::is_plain(const tlm::tlm_generic_payload& payload) const {
  const Bytes length = payload.get_data_length();
  const bool is_access = payload.get_command() == tlm::TLM_READ_COMMAND || payload.get_command() == tlm::TLM_WRITE_COMMAND;
  return is_memory_ && is_access && length != 0 && length <= payload.get_streaming_width() && payload.get_byte_enable_ptr() == nullptr &&
         payload.get_data_ptr() != nullptr && length <= options_.size && payload.get_address() <= options_.size - length;
}

void TargetPort::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  ++transactions_;
  if (!is_plain(payload) && !is_whole_register(options_, region_, payload)) return payload.set_response_status(respond(payload, delay));
  if (!region_.access(payload, delay)) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (dmi_hint_) payload.set_dmi_allowed(true);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

/// As is_plain and is_whole_register: what they see in a payload, the initiator promises, and the region checks the rest.
WordRoute TargetPort::word_route(Address, Bytes length) {
  WordRoute route;
  route.size = options_.size & ~(length - 1);
  route.length = length;
  if (length != options_.min_access && !is_memory_) return route;
  route.region = &region_;
  route.at_target = &transactions_;
  return route;
}

// The order of checks is that of spec/tlm.md 5.2: a bus and its target must never disagree on the code.
tlm::tlm_response_status TargetPort::respond(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_command command = payload.get_command();
  const Address address = payload.get_address();
  const Bytes length = payload.get_data_length();

  if (command == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;                           // T0
  if (length == 0 || payload.get_data_ptr() == nullptr) return tlm::TLM_GENERIC_ERROR_RESPONSE;  // T1
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) return tlm::TLM_GENERIC_ERROR_RESPONSE;

  const Bytes span = span_of(payload);
  if (span > options_.size || address > options_.size - span) return tlm::TLM_ADDRESS_ERROR_RESPONSE;  // T2
  if (!options_.uniform && !region_.covers(address, span)) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (command != tlm::TLM_READ_COMMAND && command != tlm::TLM_WRITE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;  // T3
  if (!options_.uniform && !region_.allows(command, address, span)) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  const bool lanes_off = has_disabled_lane(payload);
  if (lanes_off && !options_.byte_enables) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;  // T4
  if (span < length && !options_.streaming) return tlm::TLM_BURST_ERROR_RESPONSE;       // T5
  if (!accepts_size(address, length)) return tlm::TLM_BURST_ERROR_RESPONSE;

  region_.begin(command, address, length, delay);
  const bool done =
      lanes_off || span < length ? transfer_lanes(payload, span, delay) : transfer(command, address, payload.get_data_ptr(), length, delay);
  if (!done) return tlm::TLM_GENERIC_ERROR_RESPONSE;  // T6
  if (dmi_hint_) payload.set_dmi_allowed(true);
  return tlm::TLM_OK_RESPONSE;
}

bool TargetPort::accepts_size(Address address, Bytes length) const {
  if (length < options_.min_access || length > options_.max_access) return false;
  if (options_.split_bursts && length % options_.min_access != 0) return false;
  if (!options_.aligned_only) return true;
  const Bytes alignment = options_.split_bursts ? options_.min_access : (length & (~length + 1));
  return address % alignment == 0;
}

// Runs of enabled lanes that do not cross the streaming wrap are contiguous in the data and in the target.
bool TargetPort::transfer_lanes(tlm::tlm_generic_payload& payload, Bytes span, sc_core::sc_time& delay) {
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const Bytes enable_length = payload.get_byte_enable_length();
  const Bytes length = payload.get_data_length();
  const auto enabled = [&](Bytes lane) { return enables == nullptr || enables[lane % enable_length] != TLM_BYTE_DISABLED; };

  for (Bytes pulse = 0; pulse < length; pulse += span) {
    const Bytes end = std::min(length, pulse + span);
    for (Bytes lane = pulse; lane < end;) {
      Bytes run_end = lane;
      while (run_end < end && enabled(run_end)) ++run_end;
      if (run_end > lane &&
          !transfer(payload.get_command(), payload.get_address() + (lane - pulse), payload.get_data_ptr() + lane, run_end - lane, delay))
        return false;
      lane = std::max(run_end, lane + 1);
    }
  }
  return true;
}

bool TargetPort::transfer(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay) {
  const bool is_read = command == tlm::TLM_READ_COMMAND;
  if (!options_.split_bursts || length <= options_.min_access)
    return is_read ? region_.read(address, data, length, delay) : region_.write(address, data, length, delay);
  for (Bytes done = 0; done < length; done += options_.min_access) {
    const bool ok = is_read ? region_.read(address + done, data + done, options_.min_access, delay)
                            : region_.write(address + done, data + done, options_.min_access, delay);
    if (!ok) return false;
  }
  return true;
}

unsigned TargetPort::debug(tlm::tlm_generic_payload& payload) {
  const Address address = payload.get_address();
  const tlm::tlm_command command = payload.get_command();
  if (address >= options_.size || payload.get_data_ptr() == nullptr) return 0;
  const Bytes length = std::min<Bytes>(payload.get_data_length(), options_.size - address);
  if (length == 0) return 0;
  if (command == tlm::TLM_READ_COMMAND) return static_cast<unsigned>(region_.debug_read(address, payload.get_data_ptr(), length));
  if (command == tlm::TLM_WRITE_COMMAND) return static_cast<unsigned>(region_.debug_write(address, payload.get_data_ptr(), length));
  return 0;
}

bool TargetPort::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Address address = payload.get_address();
  const tlm::tlm_command command = payload.get_command();
  const bool is_access = command == tlm::TLM_READ_COMMAND || command == tlm::TLM_WRITE_COMMAND;
  if (address < options_.size && is_access && region_.direct_memory(command, address, dmi)) return true;
  // A refusal names the range it is for: all of the window, or all beyond it (T18).
  const bool inside = address < options_.size;
  dmi.init();
  dmi.set_start_address(inside ? 0 : options_.size);
  dmi.set_end_address(inside ? options_.size - 1 : std::numeric_limits<Address>::max());
  return false;
}

void TargetPort::invalidate_dmi(Address start, Address end) {
  // Before elaboration has bound the socket there is nobody to tell.
  if (get_base_port().get_interface() != nullptr) (*this)->invalidate_direct_mem_ptr(start, end);
}

}  // namespace snnvp
