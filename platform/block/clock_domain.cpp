// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/block/clock_domain.h>

#include <limits>
#include <stdexcept>
#include <string>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t ps_per_second = 1'000'000'000'000;

std::uint64_t narrow(Wide value) {
  if (value > std::numeric_limits<std::uint64_t>::max())
    throw std::overflow_error("simulated time or a cycle count would pass 2^64 (213 days in picoseconds)");
  return static_cast<std::uint64_t>(value);
}

std::uint64_t checked(std::uint64_t hz) {
  if (hz == 0 || hz > ps_per_second)
    throw InputError("a clock of " + std::to_string(hz) + " Hz is outside 1 Hz to 1 THz: time is counted in whole picoseconds");
  return hz;
}

Picoseconds whole_period(std::uint64_t hz) { return ps_per_second % hz == 0 ? ps_per_second / hz : 0; }

}  // namespace

ClockDomain::ClockDomain(std::uint64_t hz) : hz_(checked(hz)), period_(whole_period(hz)) {}

Picoseconds ClockDomain::time_ps(Cycles cycle) const {
  const Cycles since = cycle > cycle0_ ? cycle - cycle0_ : 0;
  return narrow(Wide{time0_} + duration_ps(since));
}

Picoseconds ClockDomain::duration_ps(Cycles cycles) const {
  if (period_ != 0) return narrow(Wide{cycles} * period_);
  return narrow((Wide{cycles} * ps_per_second + hz_ / 2) / hz_);
}

Cycles ClockDomain::cycle_at(Picoseconds time) const {
  if (time <= time0_) return cycle0_;
  const Picoseconds since = time - time0_;
  if (period_ != 0) return narrow(Wide{cycle0_} + ceil_div(since, period_));
  // floor((c * 10^12 + f/2) / f) >= since  <=>  c * 10^12 >= since * f - f/2
  const Wide least = Wide{since} * hz_ - hz_ / 2;
  return narrow(Wide{cycle0_} + (least + ps_per_second - 1) / ps_per_second);
}

void ClockDomain::set_frequency(std::uint64_t hz, Picoseconds now) {
  checked(hz);
  const Cycles edge = cycle_at(now);
  const Picoseconds edge_time = time_ps(edge);
  hz_ = hz;
  period_ = whole_period(hz);
  cycle0_ = edge;
  time0_ = edge_time;
}

}  // namespace snnvp
