// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>

#include <snnvp/platform/tlm/word_route.h>

namespace snnvp {

/// A simple target socket that is its own interface: b_transport reaches Owner::transport without the dispatch of the
/// socket's inner interface object, which a word access would notice. Everything else is the simple socket's, the
/// conversion of non-blocking calls included; bind and register as usual.
template <class SimpleSocket, class Owner>
class DirectSocket : public SimpleSocket, private DirectTarget {
public:
  using SimpleSocket::SimpleSocket;

  /// What an initiator is bound to.
  tlm::tlm_fw_transport_if<>& get_base_interface() override { return *this; }
  const tlm::tlm_fw_transport_if<>& get_base_interface() const override { return *this; }

private:
  tlm::tlm_fw_transport_if<>& inner() { return SimpleSocket::get_base_interface(); }

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) final {
    static_cast<Owner*>(this)->transport(payload, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) final {
    return inner().nb_transport_fw(payload, phase, delay);
  }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) final { return inner().get_direct_mem_ptr(payload, dmi); }
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) final { return inner().transport_dbg(payload); }
};

}  // namespace snnvp
