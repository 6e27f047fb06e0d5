// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/probe.h>

#include <algorithm>

#include <snnvp/platform/conform/payload_pool.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::conform {

Probe::Probe(const sc_core::sc_module_name& name, const Options& options)
    : sc_module(name), in("in"), options_(options), bytes_(static_cast<std::size_t>(options.size)) {
  in.register_b_transport(this, &Probe::transport);
  in.register_transport_dbg(this, &Probe::debug);
  in.register_get_direct_mem_ptr(this, &Probe::direct);
}

std::vector<bool> Probe::read_only() const {
  std::vector<bool> marks(bytes_.size());
  for (std::size_t i = 0; i < marks.size(); ++i) marks[i] = is_read_only(i);
  return marks;
}

void Probe::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  Mark* mark = nullptr;
  payload.get_extension(mark);
  if (mark != nullptr) {
    ++mark->seen;
    mark->was_early = mark->was_early || now_ps(delay) < mark->sent;
  }
  payload.set_response_status(answer(payload, delay));
}

// Written from spec/tlm.md 5.1 and 5.2 alone, without the ports the blocks use.
tlm::tlm_response_status Probe::answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const unsigned length = payload.get_data_length(), enable_length = payload.get_byte_enable_length();
  unsigned char* data = payload.get_data_ptr();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  if (!payload.is_read() && !payload.is_write()) return tlm::TLM_OK_RESPONSE;
  if (data == nullptr || length == 0 || (enables != nullptr && enable_length == 0)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  const unsigned width = payload.get_streaming_width() == 0 ? length : std::min(length, payload.get_streaming_width());
  const Address address = payload.get_address();
  if (width > options_.size || address > options_.size - width) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (payload.is_write())
    for (unsigned i = 0; i < width; ++i)
      if (is_read_only(address + i)) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  for (unsigned i = 0; i < length; ++i) {
    if (enables != nullptr && enables[i % enable_length] == TLM_BYTE_DISABLED) continue;
    unsigned char& byte = bytes_[static_cast<std::size_t>(address + i % width)];
    payload.is_write() ? byte = data[i] : data[i] = byte;
  }
  delay += sc_time_of(access_ps);
  payload.set_dmi_allowed(options_.allow_dmi);
  return tlm::TLM_OK_RESPONSE;
}

unsigned Probe::debug(tlm::tlm_generic_payload& payload) {
  const Address address = payload.get_address();
  if (address >= options_.size || (!payload.is_read() && !payload.is_write())) return 0;
  const auto length = static_cast<unsigned>(std::min<Bytes>(payload.get_data_length(), options_.size - address));
  unsigned char* bytes = bytes_.data() + address;
  payload.is_read() ? std::copy_n(bytes, length, payload.get_data_ptr()) : std::copy_n(payload.get_data_ptr(), length, bytes);
  return length;
}

bool Probe::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  const bool inside = payload.get_address() < options_.size;
  dmi.set_start_address(inside ? 0 : options_.size);
  if (inside) dmi.set_end_address(options_.size - 1);
  if (!options_.allow_dmi || !inside) return false;
  dmi.set_dmi_ptr(bytes_.data());
  dmi.allow_read_write();
  dmi.set_read_latency(sc_time_of(access_ps));
  dmi.set_write_latency(sc_time_of(access_ps));
  return true;
}

void Probe::reset() {
  if (in.get_base_port().get_interface() != nullptr) in->invalidate_direct_mem_ptr(0, options_.size - 1);
}

}  // namespace snnvp::conform
