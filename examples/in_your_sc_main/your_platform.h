// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstring>
#include <systemc>
#include <tlm>
#include <vector>

// The platform the engine drops into: a memory and a bus from nothing but TLM-2.0 utilities.
namespace yours {

/// RAM: one target socket, a fixed time per access, debug access.
class Memory : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<Memory> in{"in"};

  Memory(const sc_core::sc_module_name& name, std::size_t size, sc_core::sc_time access_time)
      : sc_module(name), bytes_(size), access_time_(access_time) {
    in.register_b_transport(this, &Memory::b_transport);
    in.register_transport_dbg(this, &Memory::debug);
  }

private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    delay += access_time_;
    if (payload.get_byte_enable_ptr() != nullptr) return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    if (payload.get_streaming_width() < payload.get_data_length()) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    const bool fits = debug(payload) == payload.get_data_length();
    payload.set_response_status(fits ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  unsigned debug(tlm::tlm_generic_payload& payload) {
    const auto at = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (at > bytes_.size() || length > bytes_.size() - at) return 0;
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &bytes_[at], length);
    if (payload.is_write()) std::memcpy(&bytes_[at], payload.get_data_ptr(), length);
    return length;
  }

  std::vector<unsigned char> bytes_;
  sc_core::sc_time access_time_;
};

/// A decoder: two initiators, two windows, a fixed time per hop.
class Bus : public sc_core::sc_module {
public:
  sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Bus>> in{"in", 2};
  tlm_utils::simple_initiator_socket<Bus> memory{"memory"}, registers{"registers"};

  Bus(const sc_core::sc_module_name& name, sc_dt::uint64 memory_base, sc_dt::uint64 registers_base, sc_core::sc_time hop)
      : sc_module(name), memory_base_(memory_base), registers_base_(registers_base), hop_(hop) {
    for (int i = 0; i < 2; ++i) {
      in[i].register_b_transport(this, &Bus::b_transport, i);
      in[i].register_transport_dbg(this, &Bus::debug, i);
    }
  }

private:
  void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    delay += hop_;
    const sc_dt::uint64 address = payload.get_address();
    payload.set_address(address - base_of(address));
    socket_of(address)->b_transport(payload, delay);
    payload.set_address(address);
  }
  unsigned debug(int, tlm::tlm_generic_payload& payload) {
    const sc_dt::uint64 address = payload.get_address();
    payload.set_address(address - base_of(address));
    const unsigned done = socket_of(address)->transport_dbg(payload);
    payload.set_address(address);
    return done;
  }
  sc_dt::uint64 base_of(sc_dt::uint64 address) const { return address >= memory_base_ ? memory_base_ : registers_base_; }
  tlm_utils::simple_initiator_socket<Bus>& socket_of(sc_dt::uint64 address) { return address >= memory_base_ ? memory : registers; }

  sc_dt::uint64 memory_base_, registers_base_;
  sc_core::sc_time hop_;
};

}  // namespace yours
