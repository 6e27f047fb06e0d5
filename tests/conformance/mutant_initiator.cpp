// SPDX-License-Identifier: Apache-2.0
#include "mutant_initiator.h"

namespace snnvp::conformance {

using sc_core::SC_NS;
using sc_core::sc_time;

MutantInitiator::MutantInitiator(const sc_core::sc_module_name& name, unsigned fault) : sc_module(name), out("out"), fault_(fault) {
  out.register_nb_transport_bw(this, &MutantInitiator::backward);
  if (fault == 7) {
    SC_METHOD(blocking);
  } else if (fault < 8) {
    SC_THREAD(blocking);
  }
  if (fault == 0 || fault >= 8) {
    SC_THREAD(phased);
  }
}

void MutantInitiator::prepare(Access& a, tlm::tlm_command command, sc_dt::uint64 address) {
  a.request_ended = a.has_response = a.is_over = false;
  a.payload.set_command(command);
  a.payload.set_address(address);
  a.payload.set_data_ptr(a.data.data());
  a.payload.set_data_length(8);
  a.payload.set_streaming_width(8);
  a.payload.set_byte_enable_ptr(a.enables.data());
  a.payload.set_byte_enable_length(8);
  a.payload.set_dmi_allowed(false);
  a.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

void MutantInitiator::send_blocking(tlm::tlm_command command) {
  Access& a = access_;
  const bool is_stale = has(1) && a.payload.get_response_status() == tlm::TLM_OK_RESPONSE;
  prepare(a, command, 0x40);
  if (is_stale) a.payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (has(2)) a.payload.set_dmi_allowed(true);
  if (has(3)) a.payload.set_streaming_width(0);
  if (has(4)) a.payload.set_byte_enable_length(0);
  if (has(5)) a.enables[1] = 1;
  if (has(6)) a.payload.set_data_ptr(nullptr);
  sc_time delay(5, SC_NS);
  out->b_transport(a.payload, delay);
}

void MutantInitiator::blocking() {
  for (const auto command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND, tlm::TLM_WRITE_COMMAND}) send_blocking(command);
}

void MutantInitiator::request(Access& a, sc_time delay) {
  tlm::tlm_phase phase = has(10) && &a == &second_ ? tlm::END_REQ : tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = out->nb_transport_fw(a.payload, phase, delay);
  a.request_ended = a.request_ended || answer != tlm::TLM_ACCEPTED;
  a.has_response = a.has_response || answer == tlm::TLM_COMPLETED;
  a.is_over = a.is_over || answer == tlm::TLM_COMPLETED;
}

void MutantInitiator::end(Access& a, sc_time delay) {
  if (a.is_over) return;
  a.is_over = true;
  tlm::tlm_phase phase = tlm::END_RESP;
  out->nb_transport_fw(a.payload, phase, delay);
}

void MutantInitiator::phased() {
  for (Access* a : {&first_, &second_}) {
    prepare(*a, a == &first_ ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, a == &first_ ? 0x80 : 0xC0);
    if (!has(8)) {
      a->payload.set_mm(this);
      a->payload.acquire();
    }
  }
  request(first_, sc_time(5, SC_NS));
  if (has(12)) first_.payload.set_address(0x88);
  if (has(13)) end(first_, sc_core::SC_ZERO_TIME);
  if (has(14)) {
    sc_time delay;
    out->b_transport(first_.payload, delay);
  }
  while (!first_.request_ended && !has(9)) wait(changed_);
  if (has(11)) request(first_, sc_core::SC_ZERO_TIME);
  request(second_, sc_core::SC_ZERO_TIME);
  while (!first_.has_response) wait(changed_);
  end(first_, sc_core::SC_ZERO_TIME);
  if (has(10)) return;
  while (!second_.has_response) wait(changed_);
  wait(sc_time(20, SC_NS));
  end(second_, sc_core::SC_ZERO_TIME);
}

tlm::tlm_sync_enum MutantInitiator::backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time&) {
  Access& a = &payload == &first_.payload ? first_ : second_;
  if (phase == tlm::END_REQ) a.request_ended = true;
  if (phase == tlm::BEGIN_RESP) a.request_ended = a.has_response = true;
  changed_.notify(sc_core::SC_ZERO_TIME);
  return tlm::TLM_ACCEPTED;
}

}  // namespace snnvp::conformance
