// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>

namespace snnvp {

/// Joins an initiator whose socket is W bits wide (64, 128, 256) to a target of V bits: the width of a socket is only a type, the
/// bytes of a generic payload are the same. Takes no time; blocking, non-blocking, debug and direct access pass both ways.
/// width_adapter<32, W> joins one of our initiators to a wide target.
template <unsigned W, unsigned V = 32>
class width_adapter : public sc_core::sc_module, private tlm::tlm_fw_transport_if<>, private tlm::tlm_bw_transport_if<> {
public:
  tlm::tlm_target_socket<W> in;      ///< bound by the initiator
  tlm::tlm_initiator_socket<V> out;  ///< bound to the target

  explicit width_adapter(const sc_core::sc_module_name& name) : sc_module(name), in("in"), out("out") {
    in.bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    out.bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
  }

private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override { out->b_transport(payload, delay); }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
    return out->nb_transport_fw(payload, phase, delay);
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) override { return out->get_direct_mem_ptr(payload, dmi); }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override { return out->transport_dbg(payload); }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) override {
    return in->nb_transport_bw(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) override { in->invalidate_direct_mem_ptr(start, end); }
};

}  // namespace snnvp
