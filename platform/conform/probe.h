// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp::conform {

/// The kit's own memory, behind an interconnect or an initiator under test. It answers as spec/tlm.md 5 says, leaves a trace in a Mark,
/// and refuses what it is told to refuse, so that an interconnect has errors to pass on.
class Probe : public sc_core::sc_module {
public:
  struct Options {
    Bytes size = 65536;
    bool allow_dmi = false;
    bool read_only_quarter = false;  ///< writes to its second quarter are COMMAND_ERROR
  };
  Probe(const sc_core::sc_module_name& name, const Options& options);

  tlm_utils::simple_target_socket<Probe, 32> in;

  static constexpr Picoseconds access_ps = 2000;
  /// By byte, as PortModel wants it.
  std::vector<bool> read_only() const;
  /// Takes all DMI back.
  void reset();

private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_response_status answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool is_read_only(Address address) const {
    return options_.read_only_quarter && address >= options_.size / 4 && address < options_.size / 2;
  }

  Options options_;
  std::vector<unsigned char> bytes_;
};

}  // namespace snnvp::conform
