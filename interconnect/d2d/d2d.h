// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/interconnect/d2d/d2d_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/tlm/extensions.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

/// A die-to-die link with TLM-2.0 at both ends: a write to a_in[i] is a packet of its own bytes that comes out of b_out as a write to the
/// same address, and the other way round. Writes are posted. Timing rules: README.md of this folder.
class D2d : public sc_core::sc_module,
            public StatProvider,
            public EventProvider,
            public Resettable,
            public IdleProvider,
            public trace::Traced {
public:
  SNNVP_HAS_PROCESS(D2d);

  struct Params {
    D2dParams link;
    std::uint32_t input_queue = 16;  ///< packets of an input that may wait before its writer does
  };

  /// `link`: clock of the link; `a`, `b`: of the dies, equal to it or crossed by synchronisers of 2 cycles.
  D2d(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& link, const ClockDomain& a, const ClockDomain& b);

  using TargetSocket = tlm_utils::simple_target_socket_tagged<D2d, 32>;
  using InitiatorSocket = tlm_utils::simple_initiator_socket_optional<D2d, 32>;
  sc_core::sc_vector<TargetSocket> a_in;  ///< children a_in_0, ...: packets from die a
  sc_core::sc_vector<TargetSocket> b_in;
  InitiatorSocket a_out;  ///< packets to die a
  InitiatorSocket b_out;

  const D2dCore& core() const { return *core_; }
  /// Kernel activations of the block's own processes.
  std::uint64_t activations() const { return activations_; }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  void reset() override;
  bool is_idle() const override;
  std::string waiting_for() const override;
  /// A slice per packet from the link's input to its far end, and one for its delivery there.
  void trace_to(trace::Tracer& tracer, const std::string& block) override;

private:
  /// What the link does not carry: it belongs to the packet, not to the wires.
  struct Slot {
    Address address = 0;
    SpikeBurst burst;
    bool has_burst = false;
    Picoseconds pushed = 0;  ///< when it came to the link; kept for a trace only
  };
  struct Arrival {
    Picoseconds at = 0;
    std::uint32_t slot = 0;
    bool ends_flit = false;
    std::vector<std::uint8_t> bytes;
  };

  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run();
  void deliver_a() { deliver(1); }
  void deliver_b() { deliver(0); }
  void deliver(int side);
  void schedule();
  Cycles link_cycle(int side, Picoseconds local) const;
  InitiatorSocket& out(int side) { return side == 0 ? b_out : a_out; }

  Params params_;
  ClockDomain link_, die_[2];
  bool is_crossing_[2];
  std::unique_ptr<D2dCore> core_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::deque<Arrival> arrivals_[2];  // by direction
  sc_core::sc_event work_, room_, arrived_[2];
  std::uint64_t activations_ = 0, refused_ = 0, epoch_ = 0;
  Picoseconds counted_since_ = 0;
  trace::Hook trace_;
  trace::Track trace_flight_[2] = {}, trace_delivery_[2] = {};  // by direction
  trace::Text trace_packet_ = 0;
};

class Registry;
/// Registers `interconnect.d2d`.
void register_d2d(Registry& registry);

}  // namespace snnvp
