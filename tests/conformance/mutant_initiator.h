// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::conformance {

/// An initiator of a few transactions with one fault (MI1 to MI14; 0: none). Those from 8 on use phases.
class MutantInitiator : public sc_core::sc_module, private tlm::tlm_mm_interface {
public:
  SNNVP_HAS_PROCESS(MutantInitiator);
  MutantInitiator(const sc_core::sc_module_name& name, unsigned fault);

  tlm_utils::simple_initiator_socket<MutantInitiator, 32> out;

private:
  struct Access {
    tlm::tlm_generic_payload payload;
    std::array<unsigned char, 8> data{}, enables{0xFF, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF};
    bool request_ended = false, has_response = false, is_over = false;
  };

  void blocking();
  void phased();
  void prepare(Access& access, tlm::tlm_command command, sc_dt::uint64 address);
  void send_blocking(tlm::tlm_command command);
  void request(Access& access, sc_core::sc_time delay);
  void end(Access& access, sc_core::sc_time delay);
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void free(tlm::tlm_generic_payload*) override {}
  bool has(unsigned fault) const { return fault_ == fault; }

  unsigned fault_;
  Access access_, first_, second_;
  sc_core::sc_event changed_;
};

}  // namespace snnvp::conformance
