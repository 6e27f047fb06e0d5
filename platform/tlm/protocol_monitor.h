// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Checks one link: bound between an initiator and a target, it forwards everything and compares what it saw
/// before and after (rules M1 to M14 of spec/tlm.md 12.1). A violation is recorded, never repaired.
///
/// Where no monitor is wanted, none is instantiated, so that it costs nothing.
class ProtocolMonitor : public sc_core::sc_module {
public:
  enum class Mode { stop, count };  ///< stop: the first violation ends the simulation with sc_stop

  struct Violation {
    unsigned rule = 0;  ///< the number in M1..M14
    std::string text;   ///< rule, who is to blame, path of the link, local time, the full payload
  };

  /// Violations beyond this many are counted but their text is not kept.
  static constexpr std::size_t max_kept = 20;
  static constexpr unsigned last_rule = 14;

  /// `path` names the link in messages, such as "pu.dma -> bus.in[1]".
  ProtocolMonitor(const sc_core::sc_module_name& name, std::string path, Mode mode);

  tlm_utils::passthrough_target_socket<ProtocolMonitor, 32> in;
  tlm_utils::simple_initiator_socket<ProtocolMonitor, 32> out;

  const std::string& path() const { return path_; }
  const std::vector<Violation>& violations() const { return violations_; }
  std::uint64_t violation_count() const { return count_; }
  /// Violations of one rule.
  std::uint64_t count_of(unsigned rule) const { return rule < by_rule_.size() ? by_rule_[rule] : 0; }
  std::uint64_t transactions() const { return transactions_; }
  /// Calls seen: DMI requests, debug accesses, invalidations, transactions with phases.
  std::uint64_t debug_calls() const { return debug_calls_; }
  std::uint64_t dmi_calls() const { return dmi_calls_; }
  std::uint64_t invalidations() const { return invalidations_; }
  std::uint64_t phased_transactions() const { return phased_; }
  /// Transactions with phases that have not ended.
  std::size_t in_flight() const { return flights_.size(); }
  ~ProtocolMonitor() override {
    if (end_) end_(*this);
  }
  /// `call` gets the monitor when it goes away, with all its counts.
  void on_end(std::function<void(const ProtocolMonitor&)> call) { end_ = std::move(call); }
  /// `call` gets each violation as it happens, the kept ones and the others.
  void on_violation(std::function<void(const Violation&)> call) { call_ = std::move(call); }

private:
  /// A payload as it was before a call. Buffers are reused between calls of equal depth.
  struct Snapshot {
    tlm::tlm_command command;
    Address address;
    unsigned char* data;
    unsigned length, streaming_width;
    unsigned char* enables;
    unsigned enable_length;
    tlm::tlm_gp_option option;
    bool has_memory_manager;
    std::vector<unsigned char> data_bytes, enable_bytes;
    std::vector<tlm::tlm_extension_base*> extensions;
  };

  /// A transaction with phases, from BEGIN_REQ to its end (spec/tlm.md 8).
  struct Flight {
    Snapshot before;
    tlm::tlm_phase phase;      // the last one of the four, either way
    sc_core::sc_time last;     // its annotated time
    std::uint64_t number = 0;  // tells it from a later use of the same payload
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

  // protocol_monitor_phases.cpp
  Flight* flight_of(const tlm::tlm_generic_payload& payload);
  void begin_request(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void forward(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void backward(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  void end_request(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void begin_response(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void end_response(const tlm::tlm_generic_payload& payload);
  void advance(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);
  void check_unchanged(const char* way, const tlm::tlm_phase& sent, const tlm::tlm_phase& phase, const sc_core::sc_time& sent_delay,
                       const sc_core::sc_time& delay);

  Snapshot take(const tlm::tlm_generic_payload& payload);
  void give_back(Snapshot snapshot) { idle_.push_back(std::move(snapshot)); }
  void check_entry(const tlm::tlm_generic_payload& payload, bool is_blocking);
  void check_attributes(const Snapshot& before, const tlm::tlm_generic_payload& payload, unsigned address_rule, unsigned attribute_rule);
  void check_data(const Snapshot& before, const tlm::tlm_generic_payload& payload);
  void violation(unsigned rule, const std::string& what, const tlm::tlm_generic_payload* payload);

  std::string path_;
  Mode mode_;
  std::vector<Violation> violations_;
  std::uint64_t count_ = 0;
  std::uint64_t transactions_ = 0;
  std::vector<std::uint64_t> by_rule_;
  std::vector<Snapshot> idle_;  // pool: several threads may be inside at once
  std::function<void(const Violation&)> call_;
  std::function<void(const ProtocolMonitor&)> end_;
  std::uint64_t debug_calls_ = 0, dmi_calls_ = 0, invalidations_ = 0, phased_ = 0;
  std::map<const tlm::tlm_generic_payload*, Flight> flights_;  // looked up, never iterated
  const tlm::tlm_generic_payload* request_ = nullptr;          // has no END_REQ yet
  const tlm::tlm_generic_payload* response_ = nullptr;         // has no END_RESP yet
};

/// All attributes of a payload on one line, with the first bytes of its data.
std::string describe(const tlm::tlm_generic_payload& payload);

}  // namespace snnvp
