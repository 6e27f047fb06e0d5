// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/bus/bus_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/tlm/direct_socket.h>

namespace snnvp {

/// Memory-mapped bus: decode and translation, occupancy by width, fair arbitration, debug and DMI pass-through
/// with translation and invalidation (spec/tlm.md 7). Timing rules: README.md of this folder.
///
/// A burst waits in here once if several initiators share the bus, so that ties are settled independently of the
/// order of processes; a word, a single initiator and a method process never wait.
class Bus : public sc_core::sc_module, public AddressRouter, public StatProvider, public Resettable, public IdleProvider {
public:
  struct Params {
    unsigned initiators = 1;                   ///< ports in[i], bound by initiators
    unsigned targets = 1;                      ///< ports out[j], bound to targets
    Bytes width_bytes = 0;                     ///< bytes per bus cycle; 0 = unlimited: no occupancy, nothing to arbitrate
    Cycles hop_cycles = 1;                     ///< from an initiator's port to a target's
    bool arbitrate_words = false;              ///< accesses of up to 8 bytes are arbitrated like bursts
    std::vector<std::string> initiator_names;  ///< by port, for the round robin and the report
  };

  Bus(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock);

  /// A port for an initiator.
  class TargetSocket final : public DirectSocket<tlm_utils::simple_target_socket_tagged<Bus>, TargetSocket> {
  public:
    TargetSocket(const char* name, Bus& bus, int port);

  private:
    friend DirectSocket;
    void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    WordRoute word_route(Address address, Bytes length) override;

    Bus& bus_;
    int port_;
  };
  using InitiatorSocket = tlm_utils::simple_initiator_socket_tagged<Bus, 32>;
  sc_core::sc_vector<TargetSocket> in;      ///< children in_0, in_1, ...
  sc_core::sc_vector<InitiatorSocket> out;  ///< children out_0, out_1, ...

  /// Adds a window; before elaboration ends. Throws InputError on overlaps, wraps and unknown ports.
  void map(const AddressWindow& window) override;
  /// The same for port out[target].
  void map(Address base, Bytes size, unsigned target, Address offset = 0) { map(AddressWindow{base, size, offset, target, {}}); }
  const AddressMap& address_map() const { return map_; }
  /// The address map as text, one line per window.
  std::string memory_map() const override { return map_.text(); }

  std::uint64_t transactions() const { return transactions_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t bursts() const { return bursts_; }
  Cycles busy_cycles() const { return arbiter_.busy_cycles(); }
  Cycles wait_cycles() const { return arbiter_.wait_cycles(); }
  /// Arbitrated transfers by port.
  const std::vector<std::uint64_t>& grants() const { return arbiter_.grants(); }
  /// Kernel activations spent in here: at most one per burst, one more for each place back in a tie.
  std::uint64_t waits() const { return waits_; }
  std::uint64_t tie_waits() const { return tie_waits_; }

  void report_stats(StatSink& sink) const override;
  /// Counts and occupancy as after construction; bursts that wait go on.
  void reset() override;
  bool is_idle() const override { return pending_.empty() && granted_.empty(); }
  std::string waiting_for() const override;

private:
  /// A burst on its way through arbitration; lives on the stack of the thread that waits for it.
  struct Request : BusRequest {
    bool is_granted = false;
    std::optional<sc_core::sc_event> turn;  // made only by a thread that woke before its predecessors
  };
  class Stay;

  /// The window a port used last, with all an access needs: consecutive accesses mostly stay in one.
  struct Route {
    const BusMapping* mapping = nullptr;
    Address base = 0;
    Bytes size = 0;
    Address shift = 0;                                  ///< to add to an address on its way to the target
    tlm::tlm_blocking_transport_if<>* timed = nullptr;  ///< the target; its base class, found once
    tlm::tlm_fw_transport_if<>* target = nullptr;
  };

  static constexpr Bytes word_bytes = 8;

  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  WordRoute word_route(int port, Address address, Bytes length);
  unsigned debug(int port, tlm::tlm_generic_payload& payload);
  bool direct(int port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end);

  const Route* decode(int port, Address address, Bytes span);
  const Route* look_up(int port, Address address, Bytes span);
  void word(const Route& route, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void burst(int port, const Route& route, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void wait_for_grant(Request& request);
  void grant_up_to(Cycles cycle);
  void leave(Request& request);

  Params params_;
  ClockDomain clock_;
  AddressMap map_;
  BusArbiter arbiter_;
  const sc_core::sc_time& kernel_time_;  // the kernel's own, read without a call
  sc_core::sc_time hop_time_;
  std::array<Picoseconds, word_bytes + 1> word_times_;  // hop and beats of an access of [n] bytes
  std::vector<Route> routes_;                           // last one of each port

  std::vector<BusRequest*> pending_;     // not yet granted
  std::vector<BusRequest*> contenders_;  // scratch of grant_up_to
  std::deque<Request*> granted_;         // in grant order, not yet forwarded
  std::uint64_t transactions_ = 0, bytes_ = 0, bursts_ = 0, waits_ = 0, tie_waits_ = 0;
  Picoseconds counted_since_ = 0;
};

class Registry;
/// Registers `interconnect.bus`.
void register_bus(Registry& registry);

}  // namespace snnvp
