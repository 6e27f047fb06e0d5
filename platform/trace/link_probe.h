// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/trace/tracer.h>

namespace snnvp::trace {

/// Stands in a link between an initiator and a target and records every access: b_transport from its local time to the local time of its
/// return, nb_transport from BEGIN_REQ to BEGIN_RESP. Debug transport and accesses through DMI pointers take no simulated time of the
/// link's and are not seen. In a run without a trace no probe exists.
class LinkProbe : public sc_core::sc_module {
public:
  LinkProbe(const sc_core::sc_module_name& name, Tracer& tracer, Track track);

  tlm_utils::passthrough_target_socket<LinkProbe, 32> in;
  tlm_utils::simple_initiator_socket<LinkProbe, 32> out;

private:
  struct Open {
    const tlm::tlm_generic_payload* payload = nullptr;
    Picoseconds start = 0;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void close(const tlm::tlm_generic_payload& payload, Picoseconds end);

  Tracer& tracer_;
  Track track_;
  std::vector<Open> open_;  // non-blocking accesses under way
};

/// Records the level of an interrupt or another wire.
class WireProbe : public sc_core::sc_module {
public:
  WireProbe(const sc_core::sc_module_name& name, Tracer& tracer, Track track, const sc_core::sc_signal<bool>& signal);

private:
  void record();

  Tracer& tracer_;
  Track track_;
  const sc_core::sc_signal<bool>& signal_;
};

}  // namespace snnvp::trace
