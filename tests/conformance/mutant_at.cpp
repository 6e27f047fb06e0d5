// SPDX-License-Identifier: Apache-2.0
#include "mutant_at.h"

#include <algorithm>

namespace snnvp::conformance {

using sc_core::SC_NS;
using sc_core::sc_time;

MutantAtMemory::MutantAtMemory(const sc_core::sc_module_name& name, std::size_t size, Style style, unsigned fault)
    : sc_module(name), in("in"), style_(style), fault_(fault), bytes_(size) {
  in.register_b_transport(this, &MutantAtMemory::b_transport);
  in.register_nb_transport_fw(this, &MutantAtMemory::forward);
  in.register_transport_dbg(this, &MutantAtMemory::debug);
  in.register_get_direct_mem_ptr(this, &MutantAtMemory::direct);
  SC_THREAD(serve);
}

tlm::tlm_response_status MutantAtMemory::access(tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length(), enable_length = payload.get_byte_enable_length();
  unsigned char* data = payload.get_data_ptr();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  if (!payload.is_read() && !payload.is_write()) return tlm::TLM_OK_RESPONSE;
  if (data == nullptr || length == 0 || (enables != nullptr && enable_length == 0)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  const unsigned width = payload.get_streaming_width() == 0 ? length : std::min(length, payload.get_streaming_width());
  if (width > bytes_.size() || payload.get_address() > bytes_.size() - width) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  for (unsigned i = 0; i < length; ++i) {
    if (enables != nullptr && enables[i % enable_length] == 0) continue;
    std::uint8_t& byte = bytes_[payload.get_address() + i % width];
    payload.is_write() ? byte = data[i] : data[i] = byte;
  }
  return tlm::TLM_OK_RESPONSE;
}

void MutantAtMemory::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  payload.set_response_status(access(payload));
  delay += access_time();
}

unsigned MutantAtMemory::debug(tlm::tlm_generic_payload& payload) {
  if (payload.get_address() >= bytes_.size()) return 0;
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), bytes_.size() - payload.get_address()));
  std::uint8_t* bytes = bytes_.data() + payload.get_address();
  payload.is_write() ? std::copy_n(payload.get_data_ptr(), length, bytes) : std::copy_n(bytes, length, payload.get_data_ptr());
  return length;
}

bool MutantAtMemory::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() < bytes_.size())
    dmi.set_end_address(bytes_.size() - 1);
  else
    dmi.set_start_address(bytes_.size());
  return false;
}

tlm::tlm_sync_enum MutantAtMemory::forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
  if (phase == tlm::END_RESP) {
    response_open_ = false;
    finish(payload);
    ended_.notify(sc_core::SC_ZERO_TIME);
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  ++served_;
  if (style_ == Style::early) {
    const tlm::tlm_response_status status = access(payload);
    if (!has(3)) payload.set_response_status(status);
    if (!has(2)) delay += access_time();
    return tlm::TLM_COMPLETED;
  }
  if (!has(1)) payload.acquire();
  if (has(7) && served_ % 10 == 0) payload.acquire();
  const bool is_lost = (has(12) && served_ % 50 == 0) || (has(8) && !requests_.empty());
  if (!is_lost) requests_.push_back({&payload, sc_core::sc_time_stamp() + delay});
  arrived_.notify(sc_core::SC_ZERO_TIME);
  if (style_ != Style::updated) return tlm::TLM_ACCEPTED;
  if (!has(5)) phase = tlm::END_REQ;
  if (has(4)) delay = sc_core::SC_ZERO_TIME;
  return tlm::TLM_UPDATED;
}

void MutantAtMemory::send(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_time& delay) {
  tlm::tlm_phase sent = phase;
  sc_time at = delay;
  const tlm::tlm_sync_enum answer = in->nb_transport_bw(payload, sent, at);
  if (phase != tlm::BEGIN_RESP) return;
  response_open_ = answer == tlm::TLM_ACCEPTED;
  if (!response_open_) finish(payload);
}

void MutantAtMemory::finish(tlm::tlm_generic_payload& payload) {
  if (!has(1)) payload.release();
}

void MutantAtMemory::serve() {
  for (;;) {
    while (requests_.empty()) wait(arrived_);
    const Request request = requests_.front();
    if (request.at > sc_core::sc_time_stamp()) wait(request.at - sc_core::sc_time_stamp());
    tlm::tlm_generic_payload& payload = *request.payload;
    if (style_ == Style::four_phases) {
      wait(sc_time(1, SC_NS));
      if (has(9)) send(payload, tlm::BEGIN_REQ);
      send(payload, tlm::END_REQ, has(13) ? sc_time(9, SC_NS) : sc_core::SC_ZERO_TIME);
      if (has(11)) send(payload, tlm::END_REQ);
    }
    wait(access_time());
    while (response_open_ && !has(16)) wait(ended_);
    requests_.pop_front();
    respond(payload);
  }
}

void MutantAtMemory::respond(tlm::tlm_generic_payload& payload) {
  const tlm::tlm_response_status status = access(payload);
  if (!has(17)) payload.set_response_status(status);
  if (has(14)) payload.set_data_length(payload.get_data_length() + 1);
  if (has(15)) payload.set_address(payload.get_address() + 4);
  if (has(6)) payload.acquire();
  send(payload, has(10) ? tlm::END_RESP : tlm::BEGIN_RESP);
  if (has(1)) payload.set_response_status(tlm::TLM_OK_RESPONSE);  // the initiator may be done with it
  if (!has(6)) return;
  while (response_open_) wait(ended_);
  send(payload, tlm::BEGIN_RESP);
}

}  // namespace snnvp::conformance
