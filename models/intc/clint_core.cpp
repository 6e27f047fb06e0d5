// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/intc/clint_core.h>

#include <algorithm>
#include <stdexcept>

namespace snnvp {
namespace {
constexpr Address mtimecmp_base = 0x4000, mtime_base = 0xBFF8;

void set_half(std::uint64_t& value, bool high, std::uint32_t half) {
  value = high ? (value & 0xFFFFFFFF) | std::uint64_t{half} << 32 : (value & ~std::uint64_t{0xFFFFFFFF}) | half;
}
std::uint32_t half_of(std::uint64_t value, bool high) { return static_cast<std::uint32_t>(high ? value >> 32 : value); }
}  // namespace

ClintCore::ClintCore(unsigned harts, std::uint64_t timebase_hz) : timebase_(timebase_hz), mtimecmp_(harts), msip_(harts) { reset(); }

void ClintCore::reset() {
  std::fill(mtimecmp_.begin(), mtimecmp_.end(), ~std::uint64_t{0});
  std::fill(msip_.begin(), msip_.end(), false);
  offset_ = 0;
}

/// Whole ticks that have passed.
std::uint64_t ClintCore::ticks(Picoseconds at) const {
  const Cycles next = timebase_.cycle_at(at);
  return timebase_.time_ps(next) > at ? next - 1 : next;
}

std::uint64_t ClintCore::mtime(Picoseconds at) const { return ticks(at) + offset_; }

std::optional<Picoseconds> ClintCore::next_fire(Picoseconds now) const {
  std::optional<Picoseconds> first;
  const std::uint64_t current = mtime(now);
  for (const std::uint64_t compare : mtimecmp_) {
    if (compare >= never || compare <= current) continue;
    try {
      const Picoseconds at = timebase_.time_ps(ticks(now) + (compare - current));
      if (!first || at < *first) first = at;
    } catch (const std::overflow_error&) {  // later than time can be: never
    }
  }
  return first;
}

bool ClintCore::exists(Address offset) const {
  if (offset % 4 != 0) return false;
  if (offset < 4 * mtimecmp_.size()) return true;
  if (offset >= mtimecmp_base && offset < mtimecmp_base + 8 * mtimecmp_.size()) return true;
  return offset == mtime_base || offset == mtime_base + 4;
}

std::uint32_t ClintCore::read(Address offset, Picoseconds at) const {
  if (offset < mtimecmp_base) return msip_[offset / 4] ? 1 : 0;
  const bool high = (offset & 4) != 0;
  return half_of(offset >= mtime_base ? mtime(at) : mtimecmp_[(offset - mtimecmp_base) / 8], high);
}

void ClintCore::write(Address offset, std::uint32_t value, Picoseconds at) {
  if (offset < mtimecmp_base) {
    msip_[offset / 4] = (value & 1) != 0;
    return;
  }
  const bool high = (offset & 4) != 0;
  if (offset < mtime_base) return set_half(mtimecmp_[(offset - mtimecmp_base) / 8], high, value);
  std::uint64_t now = mtime(at);
  set_half(now, high, value);
  offset_ = now - ticks(at);
}

}  // namespace snnvp
