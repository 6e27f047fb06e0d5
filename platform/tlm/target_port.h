// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/tlm/direct_socket.h>
#include <snnvp/platform/tlm/target_region.h>

namespace snnvp {

/// A block that answers non-blocking calls itself (spec/tlm.md section 8) instead of through the socket's conversion to b_transport.
class NonBlockingTarget {
public:
  virtual ~NonBlockingTarget() = default;
  virtual tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) = 0;
};

/// A target socket that applies the full response rules of spec/tlm.md section 5 once for all blocks:
/// IGNORE, bad payloads, range, command, byte enables, streaming, size, alignment, debug, DMI hints.
class TargetPort : public DirectSocket<tlm_utils::simple_target_socket<TargetPort>, TargetPort> {
public:
  struct Options {
    Bytes size = 0;  ///< window; accesses beyond are ADDRESS_ERROR
    Bytes min_access = 1;
    Bytes max_access = std::numeric_limits<Bytes>::max();
    bool aligned_only = false;  ///< natural alignment of power-of-two sizes
    bool byte_enables = true;
    bool streaming = true;
    bool split_bursts = false;  ///< larger accesses are done as `min_access`-sized pieces in address order
    bool uniform = false;       ///< every byte exists and is readable and writable: the region is not asked
  };

  TargetPort(const char* name, TargetRegion& region, const Options& options);

  const Options& options() const { return options_; }
  /// Changes the window size (only before elaboration ends).
  void set_size(Bytes size) { options_.size = size; }
  /// T11: whether a DMI request for any address and command of the window would be granted now.
  void set_dmi_hint(bool granted) { dmi_hint_ = granted; }
  /// T19: tells every initiator that DMI for [start, end] (inclusive) is gone. Does nothing before binding.
  void invalidate_dmi(Address start, Address end);
  std::uint64_t transactions() const { return transactions_; }
  /// Hands non-blocking calls to `target`; before elaboration ends.
  void set_non_blocking(NonBlockingTarget& target);
  /// The function of a b_transport call: checks, bytes, response. The region adds its time to `delay`.
  void serve(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { transport(payload, delay); }

private:
  friend DirectSocket;

  WordRoute word_route(Address address, Bytes length) override;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_response_status respond(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  [[gnu::always_inline]] bool is_plain(const tlm::tlm_generic_payload& payload) const;
  bool accepts_size(Address address, Bytes length) const;
  bool transfer_lanes(tlm::tlm_generic_payload& payload, Bytes span, sc_core::sc_time& delay);
  bool transfer(tlm::tlm_command command, Address address, std::uint8_t* data, Bytes length, sc_core::sc_time& delay);
  unsigned debug(tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum non_blocking(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return non_blocking_->nb_transport_fw(payload, phase, delay);
  }
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  TargetRegion& region_;
  Options options_;
  bool is_memory_;  // nothing but the range can refuse a plain access
  bool dmi_hint_ = false;
  NonBlockingTarget* non_blocking_ = nullptr;
  std::uint64_t transactions_ = 0;
};

}  // namespace snnvp
