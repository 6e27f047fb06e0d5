// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/block/capabilities.h>

namespace snnvp::conformance {

/// A small interconnect written from spec/tlm.md 7, without the project's own helpers, with one fault (MB1 to MB19; 0: none).
class MutantRouter : public sc_core::sc_module, public AddressRouter {
public:
  MutantRouter(const sc_core::sc_module_name& name, unsigned initiators, unsigned targets, unsigned fault);

  sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<MutantRouter, 32>> in;
  sc_core::sc_vector<tlm_utils::simple_initiator_socket_tagged<MutantRouter, 32>> out;

  void map(const AddressWindow& window) override { windows_.push_back(window); }
  std::string memory_map() const override { return {}; }
  static sc_core::sc_time hop() { return sc_core::sc_time(3, sc_core::SC_NS); }

private:
  const AddressWindow* find(Address address, Bytes span) const;
  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int port, tlm::tlm_generic_payload& payload);
  bool direct(int port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end);
  bool has(unsigned fault) const { return fault_ == fault; }

  unsigned fault_;
  std::vector<AddressWindow> windows_;
};

}  // namespace snnvp::conformance
