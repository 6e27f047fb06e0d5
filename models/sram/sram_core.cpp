// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram_core.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

SramCore::SramCore(const Params& params) : params_(params) {
  if (params.size == 0) throw InputError("an SRAM needs a size of at least 1 byte");
  if (params.width_bytes == 0) throw InputError("an SRAM needs a port at least 1 byte wide");
  if ((params.width_bytes & (params.width_bytes - 1)) == 0)
    for (width_shift_ = 0; (Bytes{1} << width_shift_) < params.width_bytes;) ++width_shift_;
}

Cycles SramCore::access(bool is_write, Address address, Bytes length, Cycles earliest) {
  const std::uint64_t beats = words(address, length);
  count(is_write, address, length);
  const Cycles start = ports_[is_write && params_.separate_ports ? 1 : 0].book(earliest, beats);
  return start + params_.latency_cycles + (beats == 0 ? 0 : beats - 1);
}

std::string SramCore::event_key(bool is_write) const {
  return fmt::format("sram_{}.{}.{}{}", is_write ? "wr" : "rd", params_.size, params_.width_bytes * 8,
                     params_.separate_ports ? ".1r1w" : "");
}

EventCounts SramCore::events() const { return {{event_key(false), reads().words}, {event_key(true), writes().words}}; }

void SramCore::reset() {
  tallies_[0] = tallies_[1] = Tally();
  ports_[0].reset();
  ports_[1].reset();
}

}  // namespace snnvp
