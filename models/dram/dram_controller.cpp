// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_controller.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr Picoseconds longest_latency = 100'000'000;

const DramTiming& checked(const DramController::Params& params) {
  const DramTiming* timing = find_dram_timing(params.preset);
  if (!timing)
    throw InputError(
        fmt::format("the DRAM preset '{}' has no bank timing; those with: {}", params.preset, join_names(dram_timing_names(), 20)));
  if (params.policy.refresh == DramRefresh::per_bank && timing->refi_bank == 0)
    throw InputError(fmt::format("{} refreshes all banks at once: it has no per-bank refresh", timing->preset));
  if (params.size == 0) throw InputError("a DRAM needs a size of at least 1 byte");
  if (params.channels < 1 || params.channels > 1024) throw InputError("a DRAM has 1 to 1024 channels");
  if (params.policy.ranks < 1 || params.policy.ranks > 4) throw InputError("a DRAM channel has 1 to 4 ranks");
  if (params.policy.queue < 1 || params.policy.queue > 64) throw InputError("the queue of a DRAM controller has 1 to 64 places");
  if (params.controller_latency > longest_latency) throw InputError("the latency of a DRAM controller is at most 100 us each way");
  return *timing;
}

}  // namespace

DramController::DramController(const Params& params)
    : timing_(checked(params)),
      map_(params.mapping, timing_, params.channels, params.policy.ranks, params.size),
      latency_(params.controller_latency),
      closed_page_(params.policy.closed_page),
      units_(std::size_t{params.channels} * timing_.pseudo_channels, DramScheduler(timing_, params.policy)),
      next_command_(units_.size(), DramScheduler::never),
      slots_(64) {
  // Between the last response taken and the last burst decided: both latencies and a burst on its way.
  const Cycles needed = clock_of(2 * latency_) + 2 * Cycles{timing_.cl + timing_.cwl + timing_.burst} + 128;
  std::size_t size = 256;
  while (size < needed) size *= 2;
  wheel_first_.assign(size, nothing);
  wheel_last_.assign(size, nothing);
  wheel_bits_.assign(size / 64, 0);
}

template <typename Burst>
void DramController::for_each_burst(Address address, Bytes length, Burst&& burst) const {
  const Bytes bytes = timing_.burst_bytes;
  const Address end = address + length;
  for (Address at = address - address % bytes; at < end; at += bytes) burst(map_.place(at));
}

Picoseconds DramController::reserve(bool is_write, Address address, Bytes length, Picoseconds now) {
  const Cycles at = clock_of(now);
  const unsigned banks = timing_.banks();
  Cycles end = at;
  for_each_burst(address, length, [&](const DramPlace& place) {
    end = std::max(end, units_[place.unit].reserve(place.rank * banks + place.bank, place.row, is_write, at));
  });
  if (closed_page_)
    for (DramScheduler& unit : units_) unit.close_rows();
  return response_of(end);
}

bool DramController::has_room(Address address, Bytes length) const {
  bool room = true;
  for_each_burst(address, length, [&](const DramPlace& place) { room = room && units_[place.unit].has_room(); });
  return room;
}

void DramController::submit(std::uint32_t slot, bool is_write, Address address, Bytes length, Picoseconds now) {
  if (slot >= slots_.size()) slots_.resize(2 * std::size_t{slot} + 1);
  const Cycles arrival = clock_of(now);
  const unsigned banks = timing_.banks();
  Slot& s = slots_[slot];
  s = Slot();
  for_each_burst(address, length, [&](const DramPlace& place) {
    units_[place.unit].push({slot, place.rank * banks + place.bank, place.row, is_write, arrival});
    next_command_[place.unit] = std::min(next_command_[place.unit], arrival);
    ++s.bursts;
  });
  undecided_ += s.bursts;
  ++in_flight_;
}

void DramController::decided(std::uint32_t index, Cycles end) {
  Slot& slot = slots_[index];
  --undecided_;
  slot.end = std::max(slot.end, end);
  if (--slot.bursts != 0) return;
  const std::size_t at = slot.end & (wheel_first_.size() - 1);
  slot.next = nothing;
  if (wheel_first_[at] == nothing) {
    wheel_first_[at] = index;
    wheel_bits_[at / 64] |= std::uint64_t{1} << (at % 64);
  } else {
    slots_[wheel_last_[at]].next = index;
  }
  wheel_last_[at] = index;
  ++in_wheel_;
}

void DramController::advance(Picoseconds now) {
  if (undecided_ == 0) return;
  const Cycles until = clock_of(now);
  // After an idle time the wheel's window follows; nothing that is decided now is complete before now.
  if (in_wheel_ == 0 && now > 2 * latency_) wheel_now_ = std::max(wheel_now_, (now - 2 * latency_) / timing_.clock_ps);
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (next_command_[i] >= until) continue;
    units_[i].advance(until, [this](std::uint32_t slot, Cycles end) { decided(slot, end); });
    next_command_[i] = units_[i].next_command();
  }
}

/// The clock of the next completion; the wheel must not be empty.
Cycles DramController::first_in_wheel() const {
  const std::size_t size = wheel_first_.size(), start = wheel_now_ & (size - 1);
  std::uint64_t word = wheel_bits_[start / 64] >> (start % 64);
  if (word != 0) return wheel_now_ + static_cast<unsigned>(__builtin_ctzll(word));
  Cycles at = wheel_now_ - wheel_now_ % 64 + 64;
  while ((word = wheel_bits_[(at & (size - 1)) / 64]) == 0) at += 64;
  return at + static_cast<unsigned>(__builtin_ctzll(word));
}

bool DramController::take_done(Picoseconds now, std::uint32_t& slot) {
  if (in_wheel_ == 0) return false;
  wheel_now_ = first_in_wheel();
  if (response_of(wheel_now_) > now) return false;
  const std::size_t at = wheel_now_ & (wheel_first_.size() - 1);
  slot = wheel_first_[at];
  wheel_first_[at] = slots_[slot].next;
  if (wheel_first_[at] == nothing) wheel_bits_[at / 64] &= ~(std::uint64_t{1} << (at % 64));
  --in_wheel_;
  --in_flight_;
  return true;
}

Picoseconds DramController::next_time(Picoseconds now) {
  const Picoseconds known = in_wheel_ == 0 ? never : response_of(first_in_wheel());
  if (undecided_ == 0) return known;
  // Nothing undecided can end before that.
  const Cycles soonest = clock_of(now) + std::min(timing_.cl, timing_.cwl) + timing_.burst;
  if (known <= response_of(soonest)) return known;
  Cycles next = DramScheduler::never;
  for (std::size_t i = 0; i < units_.size(); ++i)
    if (next_command_[i] != DramScheduler::never) next = std::min(next, units_[i].next_end());
  return std::min(known, response_of(std::max(next, soonest)));
}

DramController::Totals DramController::totals(Picoseconds now) const {
  Totals totals;
  const Cycles at = now < latency_ ? 0 : (now - latency_) / timing_.clock_ps;
  for (const DramScheduler& unit : units_) {
    totals.activations += unit.banks().activations();
    totals.reads += unit.banks().reads();
    totals.writes += unit.banks().writes();
    totals.refreshes += unit.banks().refreshes(at);
    totals.row_hits += unit.row_hits();
    totals.row_misses += unit.row_misses();
    totals.row_conflicts += unit.row_conflicts();
  }
  return totals;
}

Picoseconds DramController::busy_ps(const Totals& totals) const {
  return (totals.reads + totals.writes) * timing_.burst * timing_.clock_ps / units_.size();
}

EventCounts DramController::events(Picoseconds now) const {
  const Totals t = totals(now);
  const Bits burst = 8 * timing_.burst_bytes;
  return {{"dram_act", t.activations}, {"dram_rd_bit", burst * t.reads}, {"dram_ref", t.refreshes}, {"dram_wr_bit", burst * t.writes}};
}

}  // namespace snnvp
