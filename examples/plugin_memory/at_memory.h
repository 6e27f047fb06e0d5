// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstring>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

namespace elsewhere {

// What the memory tells itself to do later.
DECLARE_EXTENDED_PHASE(due_end_req);
DECLARE_EXTENDED_PHASE(due_begin_resp);

/// An approximately-timed memory as others write them: non-blocking transport only, four phases, one request at a time, no blocking
/// transport, no DMI, debug access only if asked for. Takes `accept` to accept a request and `latency` to answer it.
class AtMemory : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<AtMemory> socket{"socket"};

  AtMemory(const sc_core::sc_module_name& name, std::size_t size, sc_core::sc_time accept, sc_core::sc_time latency, bool has_debug)
      : sc_module(name), queue_(this, &AtMemory::on_phase), bytes_(size), accept_(accept), latency_(latency) {
    socket.register_nb_transport_fw(this, &AtMemory::forward);
    if (has_debug) socket.register_transport_dbg(this, &AtMemory::copy);
  }

private:
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) payload.acquire();
    queue_.notify(payload, phase, delay);
    return tlm::TLM_ACCEPTED;
  }

  void on_phase(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase) {
    if (phase == tlm::BEGIN_REQ) {
      send(payload, tlm::END_REQ, accept_);
      payload.set_response_status(serve(payload));
      send(payload, tlm::BEGIN_RESP, accept_ + latency_);
    } else if (phase == tlm::END_RESP) {
      end(payload);
    } else if (phase == due_begin_resp && is_responding_) {
      ready_.push_back(&payload);  // one response at a time
    } else {                       // one of our own, due now
      is_responding_ = is_responding_ || phase == due_begin_resp;
      tlm::tlm_phase due = phase == due_end_req ? tlm::END_REQ : tlm::BEGIN_RESP;
      sc_core::sc_time delay;
      const bool ends = socket->nb_transport_bw(payload, due, delay) == tlm::TLM_COMPLETED || due == tlm::END_RESP;
      if (ends && phase == due_begin_resp) end(payload);
    }
  }

  void end(tlm::tlm_generic_payload& payload) {
    payload.release();
    is_responding_ = false;
    if (ready_.empty()) return;
    queue_.notify(*ready_.front(), due_begin_resp, sc_core::SC_ZERO_TIME);
    ready_.pop_front();
  }

  /// What it cannot do it refuses before it touches a byte.
  tlm::tlm_response_status serve(tlm::tlm_generic_payload& payload) {
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
    if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (payload.get_streaming_width() < payload.get_data_length()) return tlm::TLM_BURST_ERROR_RESPONSE;
    return copy(payload) == payload.get_data_length() ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }

  void send(tlm::tlm_generic_payload& payload, tlm::tlm_phase_enum phase, sc_core::sc_time after) {
    queue_.notify(payload, phase == tlm::END_REQ ? due_end_req : due_begin_resp, after);
  }

  unsigned copy(tlm::tlm_generic_payload& payload) {
    const sc_dt::uint64 at = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (at > bytes_.size() || length > bytes_.size() - at) return 0;
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), &bytes_[at], length);
    if (payload.is_write()) std::memcpy(&bytes_[at], payload.get_data_ptr(), length);
    return length;
  }

  tlm_utils::peq_with_cb_and_phase<AtMemory> queue_;
  std::vector<unsigned char> bytes_;
  sc_core::sc_time accept_, latency_;
  std::deque<tlm::tlm_generic_payload*> ready_;  // answered, behind a response that has not ended
  bool is_responding_ = false;
};

}  // namespace elsewhere
