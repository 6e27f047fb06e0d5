// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <snnvp/platform/block/clock_domain.h>

namespace snnvp {

/// Core-local interruptor: `mtime`, one `mtimecmp` and one `msip` per hart. Nothing ticks: times are computed. Pure C++.
class ClintCore {
public:
  static constexpr Bytes window = 0x1'0000;
  static constexpr std::uint64_t never = std::uint64_t{1} << 62;  ///< compare values from here on do not fire

  ClintCore(unsigned harts, std::uint64_t timebase_hz);

  std::uint64_t mtime(Picoseconds at) const;
  bool timer_level(unsigned hart, Picoseconds at) const { return mtimecmp_[hart] < never && mtime(at) >= mtimecmp_[hart]; }
  bool software_level(unsigned hart) const { return msip_[hart]; }
  /// The first time after `now` at which a timer fires, if one ever does.
  std::optional<Picoseconds> next_fire(Picoseconds now) const;

  bool exists(Address offset) const;
  std::uint32_t read(Address offset, Picoseconds at) const;
  void write(Address offset, std::uint32_t value, Picoseconds at);
  void reset();

private:
  std::uint64_t ticks(Picoseconds at) const;

  ClockDomain timebase_;
  std::vector<std::uint64_t> mtimecmp_;
  std::vector<bool> msip_;
  std::uint64_t offset_ = 0;  // mtime = ticks + offset, modulo 2^64
};

}  // namespace snnvp
