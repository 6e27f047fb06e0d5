// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/models/dram/dram_address.h>
#include <snnvp/models/dram/dram_scheduler.h>
#include <snnvp/platform/block/capabilities.h>

namespace snnvp {

/// All pseudo-channels of a memory with bank timing: addresses to bursts, time to clocks, and back. The device's clock edges lie the
/// controller's latency after multiples of tCK, so that a request on such a multiple waits for no edge. Pure C++.
class DramController {
public:
  struct Params {
    std::string preset;
    Bytes size = 0;
    unsigned channels = 1;
    std::string mapping = DramAddressMap::default_mapping;
    DramPolicy policy;
    Picoseconds controller_latency = 0;  ///< each way, at most 100 us
  };
  static constexpr Picoseconds never = ~Picoseconds{0} >> 1;

  /// Throws InputError: a preset without bank timing, per-bank refresh where the device has none, a wrong mapping, numbers out of range.
  explicit DramController(const Params& params);

  /// Blocking access: all its bursts in address order, behind everything reserved before. Returns when it is complete.
  Picoseconds reserve(bool is_write, Address address, Bytes length, Picoseconds now);

  /// Is there a place in the queue of every pseudo-channel the access touches?
  bool has_room(Address address, Bytes length) const;
  /// Queues an access that comes back from take_done() by `slot`, a small number not in use. Times never decrease.
  void submit(std::uint32_t slot, bool is_write, Address address, Bytes length, Picoseconds now);
  /// Decides what can be decided when nothing more arrives before `now`, which must not lie behind the time next_time() named.
  void advance(Picoseconds now);
  /// An access complete at `now`; false if there is none.
  bool take_done(Picoseconds now, std::uint32_t& slot);
  /// When to call advance() and take_done() again, unless something is submitted; `never` if nothing is under way.
  Picoseconds next_time(Picoseconds now);
  bool is_idle() const { return in_flight_ == 0; }

  const DramTiming& timing() const { return timing_; }
  unsigned units() const { return static_cast<unsigned>(units_.size()); }
  DramScheduler& unit(unsigned index) { return units_[index]; }
  const DramAddressMap& map() const { return map_; }
  Picoseconds latency() const { return latency_; }

  struct Totals {
    std::uint64_t activations = 0, reads = 0, writes = 0, refreshes = 0;
    std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
  };
  /// Commands up to now; refreshes by elapsed time.
  Totals totals(Picoseconds now) const;
  /// Time the data buses passed bursts, mean of all pseudo-channels.
  Picoseconds busy_ps(const Totals& totals) const;
  EventCounts events(Picoseconds now) const;

private:
  struct Slot {
    std::uint32_t bursts = 0;  // not decided yet
    std::uint32_t next = 0;    // in its wheel slot
    Cycles end = 0;
  };
  static constexpr std::uint32_t nothing = 0xffff'ffff;

  Cycles clock_of(Picoseconds time) const { return ceil_div(time, timing_.clock_ps); }
  Picoseconds response_of(Cycles end) const { return end * timing_.clock_ps + 2 * latency_; }
  void decided(std::uint32_t slot, Cycles end);
  Cycles first_in_wheel() const;
  template <typename Burst>
  void for_each_burst(Address address, Bytes length, Burst&& burst) const;

  const DramTiming& timing_;
  DramAddressMap map_;
  Picoseconds latency_;
  bool closed_page_;
  std::vector<DramScheduler> units_;
  std::vector<Cycles> next_command_;  // of each unit: none before
  std::vector<Slot> slots_;
  // Completions by clock: a ring of lists and a bit for each list that is not empty.
  std::vector<std::uint32_t> wheel_first_, wheel_last_;
  std::vector<std::uint64_t> wheel_bits_;
  Cycles wheel_now_ = 0;  // no completion before
  std::uint64_t in_wheel_ = 0, undecided_ = 0, in_flight_ = 0;
};

}  // namespace snnvp
