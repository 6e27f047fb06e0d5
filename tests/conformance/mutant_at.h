// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::conformance {

/// A memory with phases of its own, written from spec/tlm.md 8, with one fault (MA1 to MA17; 0: none) or in one of the legal styles.
class MutantAtMemory : public sc_core::sc_module {
public:
  enum class Style { four_phases, no_end_request, updated, early };
  SNNVP_HAS_PROCESS(MutantAtMemory);
  MutantAtMemory(const sc_core::sc_module_name& name, std::size_t size, Style style, unsigned fault);

  tlm_utils::simple_target_socket<MutantAtMemory, 32> in;

  static sc_core::sc_time access_time() { return sc_core::sc_time(2, sc_core::SC_NS); }

private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum forward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  tlm::tlm_response_status access(tlm::tlm_generic_payload& payload);
  void serve();
  void respond(tlm::tlm_generic_payload& payload);
  void send(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay = {});
  void finish(tlm::tlm_generic_payload& payload);
  bool has(unsigned fault) const { return fault_ == fault; }

  struct Request {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_time at;
  };

  Style style_;
  unsigned fault_;
  std::vector<std::uint8_t> bytes_;
  std::deque<Request> requests_;
  unsigned served_ = 0;
  bool response_open_ = false;
  sc_core::sc_event arrived_, ended_;
};

}  // namespace snnvp::conformance
