// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/peq_with_get.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <systemc>
#include <tlm>

// Three ways to drive a target, all with the same two calls: word by word, waiting after each access; loosely timed, running ahead
// within the global quantum; approximately timed, in four phases. W is the width of the socket.
namespace yours {

class Driver {
public:
  virtual ~Driver() = default;
  virtual void transfer(tlm::tlm_command command, sc_dt::uint64 address, unsigned char* data, unsigned length) = 0;
  /// Local time catches up with the kernel's.
  virtual void synchronise() {}

  void write(sc_dt::uint64 address, std::uint32_t value) {
    unsigned char bytes[4];
    std::memcpy(bytes, &value, 4);
    transfer(tlm::TLM_WRITE_COMMAND, address, bytes, 4);
  }
  std::uint32_t read(sc_dt::uint64 address) {
    unsigned char bytes[4] = {};
    transfer(tlm::TLM_READ_COMMAND, address, bytes, 4);
    std::uint32_t value;
    std::memcpy(&value, bytes, 4);
    return value;
  }

protected:
  static void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command, sc_dt::uint64 address, unsigned char* data,
                   unsigned length) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  static void check(const tlm::tlm_generic_payload& payload) {
    if (!payload.is_response_ok()) throw std::runtime_error("access refused: " + payload.get_response_string());
  }
};

/// Loosely timed with temporal decoupling: waits only when the quantum is used up, or when asked to.
template <unsigned W>
class LooselyTimed : public sc_core::sc_module, public Driver {
public:
  tlm_utils::simple_initiator_socket<LooselyTimed, W> out{"out"};

  LooselyTimed(const sc_core::sc_module_name& name, sc_core::sc_time quantum) : sc_module(name) {
    tlm::tlm_global_quantum::instance().set(quantum);
    keeper_.reset();
  }
  void transfer(tlm::tlm_command command, sc_dt::uint64 address, unsigned char* data, unsigned length) override {
    fill(payload_, command, address, data, length);
    sc_core::sc_time delay = keeper_.get_local_time();
    out->b_transport(payload_, delay);
    keeper_.set(delay);
    check(payload_);
    if (keeper_.need_sync()) keeper_.sync();
  }
  void synchronise() override { keeper_.sync(); }

private:
  tlm::tlm_generic_payload payload_;
  tlm_utils::tlm_quantumkeeper keeper_;
};

/// Approximately timed: BEGIN_REQ, END_REQ, BEGIN_RESP, END_RESP, one transaction at a time.
template <unsigned W>
class ApproximatelyTimed : public sc_core::sc_module, public Driver, private tlm::tlm_mm_interface {
public:
  tlm_utils::simple_initiator_socket<ApproximatelyTimed, W> out{"out"};

  explicit ApproximatelyTimed(const sc_core::sc_module_name& name) : sc_module(name) {
    out.register_nb_transport_bw(this, &ApproximatelyTimed::backward);
    payload_.set_mm(this);
  }
  void transfer(tlm::tlm_command command, sc_dt::uint64 address, unsigned char* data, unsigned length) override {
    fill(payload_, command, address, data, length);
    payload_.acquire();
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum answer = out->nb_transport_fw(payload_, phase, delay);
    const bool has_responded = answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP);
    if (!has_responded) sc_core::wait(response_), delay = response_delay_;
    sc_core::wait(delay);
    if (answer != tlm::TLM_COMPLETED) {
      phase = tlm::END_RESP;
      delay = sc_core::SC_ZERO_TIME;
      out->nb_transport_fw(payload_, phase, delay);
    }
    check(payload_);
    payload_.release();
  }

private:
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_RESP) {
      response_delay_ = delay;
      response_.notify(sc_core::SC_ZERO_TIME);
    }
    return tlm::TLM_ACCEPTED;
  }
  void free(tlm::tlm_generic_payload* payload) override { payload->reset(); }

  tlm::tlm_generic_payload payload_;
  sc_core::sc_event response_;
  sc_core::sc_time response_delay_;
};

}  // namespace yours
