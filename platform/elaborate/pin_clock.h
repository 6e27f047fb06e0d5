// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/run_control.h>

namespace snnvp {

/// The wires of a clock domain for foreign blocks that have clock and reset pins, such as RTL (our own blocks count cycles). `clk`
/// rises at every cycle from 1 on and falls half a cycle later; `reset` is high and `reset_n` low until the fourth rising edge has
/// passed. The clock stops when everything else has come to an end, so that the run can.
class PinClock : public sc_core::sc_module, public FreeRunning {
public:
  static constexpr Cycles reset_cycles = 4;

  PinClock(const sc_core::sc_module_name& name, const ClockDomain& clock);

  sc_core::sc_signal<bool> clk, reset, reset_n;

  void set_questions(Questions questions) override { questions_ = std::move(questions); }

private:
  void edge();

  ClockDomain clock_;
  Questions questions_;
  Cycles cycle_ = 0;  // of the last rising edge
  bool is_high_ = false;
};

}  // namespace snnvp
