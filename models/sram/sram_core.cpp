// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram_core.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

SramCore::SramCore(const Params& params) : params_(params) {
  if (params.size == 0) throw InputError("an SRAM needs a size of at least 1 byte");
  if (params.width_bytes == 0) throw InputError("an SRAM needs a port at least 1 byte wide");
  if ((params.width_bytes & (params.width_bytes - 1)) == 0)
    for (width_shift_ = 0; (Bytes{1} << width_shift_) < params.width_bytes;) ++width_shift_;
  if (params.banks == 0 || params.accesses == 0) throw InputError("an SRAM has at least one bank and serves at least one access");
  if (params.banks > 1 && (params.size % params.banks != 0 || params.size / params.banks < params.width_bytes))
    throw InputError(
        fmt::format("an SRAM of {} B cannot have {} equal banks of words of {} B", params.size, params.banks, params.width_bytes));
  if (params.banks == 1 && params.accesses == 1) return;
  turn_free_.assign(std::size_t{2} * params.banks, 0);
  access_free_.assign(std::size_t{2} * params.accesses, 0);
}

Cycles SramCore::access(bool is_write, Address address, Bytes length, Cycles earliest) {
  const std::uint64_t beats = words(address, length);
  count(is_write, address, length);
  if (!turn_free_.empty()) return banked_access(is_write, address, beats, earliest);
  const Cycles start = ports_[is_write && params_.separate_ports ? 1 : 0].book(earliest, beats);
  return start + params_.latency_cycles + (beats == 0 ? 0 : beats - 1);
}

// A burst goes round the banks one per cycle, so that first bank - start cycle stays the same: two bursts meet in no bank, or in every one.
// There are as many such turns as banks, and a burst starts in the first cycle whose turn is free.
Cycles SramCore::banked_access(bool is_write, Address address, std::uint64_t beats, Cycles earliest) {
  const bool second = is_write && params_.separate_ports;
  const auto first = access_free_.begin() + (second ? params_.accesses : 0);
  const auto port = std::min_element(first, first + params_.accesses);
  const Cycles ready = std::max(earliest, *port);
  if (beats == 0) return ready + params_.latency_cycles;
  const Cycles banks = params_.banks;
  Cycles* const turns = turn_free_.data() + (second ? banks : 0);
  const Cycles bank = address / params_.width_bytes % banks;
  Cycles start = ~Cycles{0}, turn = 0;
  for (Cycles t = 0; t < banks; ++t) {
    const Cycles from = std::max(ready, turns[t]);
    const Cycles at = from + (bank + 2 * banks - t - from % banks) % banks;  // (bank - at) mod banks = t
    if (at < start) start = at, turn = t;
  }
  turns[turn] = *port = start + beats;
  conflicts_ += start != ready;
  banked_waited_ += start - earliest;
  banked_busy_ += beats;
  return start + params_.latency_cycles + beats - 1;
}

std::string SramCore::event_key(bool is_write) const {
  return fmt::format("sram_{}.{}.{}{}", is_write ? "wr" : "rd", params_.size / params_.banks, params_.width_bytes * 8,
                     params_.separate_ports ? ".1r1w" : "");
}

EventCounts SramCore::events() const { return {{event_key(false), reads().words}, {event_key(true), writes().words}}; }

void SramCore::reset() {
  tallies_[0] = tallies_[1] = Tally();
  ports_[0].reset();
  ports_[1].reset();
  std::fill(turn_free_.begin(), turn_free_.end(), 0);
  std::fill(access_free_.begin(), access_free_.end(), 0);
  banked_busy_ = banked_waited_ = conflicts_ = 0;
}

}  // namespace snnvp
