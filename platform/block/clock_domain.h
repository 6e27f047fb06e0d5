// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Integer cycles of one clock; time is derived, never accumulated (spec/tlm.md 11.1).
///
/// time_ps(c) = time0 + floor(((c - cycle0) * 10^12 + f/2) / f), 128-bit intermediate;
/// cycle_at(t) = the smallest c with time_ps(c) >= t. A frequency change starts a new epoch; cycles and
/// times before the current epoch count as its start.
class ClockDomain {
public:
  /// 1 Hz to 1 THz (the kernel resolves 1 ps); throws InputError otherwise.
  explicit ClockDomain(std::uint64_t hz = 1'000'000'000);

  std::uint64_t hz() const { return hz_; }
  /// Throws std::overflow_error if the time does not fit in 64 bits (213 days).
  Picoseconds time_ps(Cycles cycle) const;
  Cycles cycle_at(Picoseconds time) const;
  /// Duration of `cycles` cycles counted from the epoch's start, rounded as time_ps.
  Picoseconds duration_ps(Cycles cycles) const;
  /// From the first edge at or after `now` on, the clock runs at `hz`.
  void set_frequency(std::uint64_t hz, Picoseconds now);

private:
  std::uint64_t hz_;
  Picoseconds period_;  // in ps if it is whole, else 0: spares the 128-bit arithmetic
  Cycles cycle0_ = 0;
  Picoseconds time0_ = 0;
};

}  // namespace snnvp
