// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/interconnect/switch/switch_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/tlm/frame_port.h>
#include <snnvp/platform/tlm/register_bank.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

/// Output-queued packet switch with TLM-2.0 sockets for frames: README.md of this folder.
///
/// The core keeps its own wheel; the only process wakes when something is due and hands every frame on at the time its first bit
/// leaves.
class PacketSwitch : public sc_core::sc_module,
                     private FrameReceiver,
                     public StatProvider,
                     public EventProvider,
                     public Resettable,
                     public IdleProvider,
                     public trace::Traced {
public:
  struct Params {
    net::SwitchSettings core;
    bool has_registers = true;
  };

  sc_core::sc_vector<FrameInPort> in;
  sc_core::sc_vector<FrameOutPort> out;
  std::unique_ptr<TargetPort> regs;  ///< null if there are none
  sc_core::sc_out<bool> irq;

  PacketSwitch(const sc_core::sc_module_name& name, const Params& params);

  const net::SwitchCore& core() const { return core_; }

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  void reset() override;
  bool is_idle() const override { return core_.in_flight() == 0; }
  std::string waiting_for() const override;
  /// A slice per frame on each output's wire, a mark per drop.
  void trace_to(trace::Tracer& tracer, const std::string& block) override;

private:
  struct Held {
    std::vector<std::uint8_t> bytes;
    FrameNote note;
    std::uint64_t copies = 0;
  };

  bool receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) override;
  void run();
  void update_irq();
  void release(std::uint32_t handle);
  void wire_registers();

  net::SwitchCore core_;
  RegisterBank bank_;
  std::vector<Held> held_;           // by handle
  std::vector<std::uint32_t> free_;  // handles not in use
  std::vector<net::Departure> departures_;
  std::vector<std::uint32_t> released_;
  sc_core::sc_event wake_, irq_event_;
  std::uint64_t drops_seen_ = 0, bits_ = 0;
  std::uint64_t epoch_ = 0;  // counts resets
  bool table_error_ = false;
  std::uint64_t refused_ = 0;
  trace::Hook trace_;
  std::vector<trace::Track> trace_out_;  // by output
  trace::Track trace_drops_ = 0;
  trace::Text trace_frame_ = 0, trace_drop_ = 0;
};

class Registry;
/// Registers `interconnect.switch`.
void register_switch(Registry& registry);

}  // namespace snnvp
