// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/frame_port.h>

#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/platform/tlm/target_region.h>

namespace snnvp {

FrameInPort::FrameInPort(const char* name, FrameReceiver& receiver, unsigned index)
    : DirectSocket(name), receiver_(receiver), index_(index) {
  register_b_transport(this, &FrameInPort::transport);
}

void FrameInPort::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_response_status(respond(payload, delay));
}

// The order of checks is that of every target (spec/tlm.md 5.2).
tlm::tlm_response_status FrameInPort::respond(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  constexpr Bytes longest = 65535;
  const Bytes length = payload.get_data_length();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
  if (length == 0 || payload.get_data_ptr() == nullptr) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  if (payload.get_address() != 0) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (payload.get_command() != tlm::TLM_WRITE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (has_disabled_lane(payload)) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const Bytes width = payload.get_streaming_width();  // 0 counts as the length
  if ((width != 0 && width < length) || length > longest) return tlm::TLM_BURST_ERROR_RESPONSE;
  const FrameNoteExtension* extension = nullptr;
  payload.get_extension(extension);
  const bool done = receiver_.receive(index_, now_ps(delay), payload.get_data_ptr(), length, extension ? extension->note : FrameNote());
  return done ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE;
}

FrameOutPort::FrameOutPort(const char* name) : simple_initiator_socket(name) { payload_.set_extension(&extension_); }

FrameOutPort::~FrameOutPort() { payload_.clear_extension(&extension_); }

tlm::tlm_response_status FrameOutPort::send(const std::uint8_t* data, Bytes length, Picoseconds at, const FrameNote& note) {
  payload_.set_command(tlm::TLM_WRITE_COMMAND);
  payload_.set_address(0);
  payload_.set_data_ptr(const_cast<std::uint8_t*>(data));
  payload_.set_data_length(static_cast<unsigned>(length));
  payload_.set_streaming_width(static_cast<unsigned>(length));
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_byte_enable_length(0);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  extension_.note = note;
  const Picoseconds now = now_ps();
  sc_core::sc_time delay = sc_time_of(at > now ? at - now : 0);
  (*this)->b_transport(payload_, delay);
  return payload_.get_response_status();
}

}  // namespace snnvp
