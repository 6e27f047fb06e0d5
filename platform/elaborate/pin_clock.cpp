// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/pin_clock.h>

#include <algorithm>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

PinClock::PinClock(const sc_core::sc_module_name& name, const ClockDomain& clock)
    : sc_module(name), clk("clk", false), reset("reset", true), reset_n("reset_n", false), clock_(clock) {
  SNNVP_HAS_PROCESS(PinClock);
  SC_METHOD(edge);
}

void PinClock::edge() {
  if (ps_of(sc_core::sc_time_stamp()) == 0) {
    next_trigger(sc_time_of(clock_.time_ps(1)));
    return;
  }
  // Asked before anything is written: a write of our own is pending activity too.
  const bool is_last = is_high_ && cycle_ >= reset_cycles && questions_.others_are_done && questions_.others_are_done();
  is_high_ = !is_high_;
  clk.write(is_high_);
  if (is_last) return;  // and nothing more
  const Picoseconds now = now_ps();
  if (is_high_) {
    ++cycle_;
    next_trigger(sc_time_of(std::max<Picoseconds>(1, (clock_.time_ps(cycle_ + 1) - now) / 2)));
    return;
  }
  if (cycle_ == reset_cycles) {
    reset.write(false);
    reset_n.write(true);
  }
  const Picoseconds next = clock_.time_ps(cycle_ + 1);
  next_trigger(sc_time_of(next > now ? next - now : 1));
}

}  // namespace snnvp
