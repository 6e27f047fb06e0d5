// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp::mesh {

/// What happens in the cycles ahead, in a ring of slots: adding and taking cost a few nanoseconds, empty cycles are skipped,
/// vectors keep their storage. Delays lie between 1 and the size given.
class CycleWheel {
public:
  struct Event {
    std::uint32_t where = 0, what = 0;
  };
  struct Slot {
    std::vector<Event> arrivals;
    std::vector<Event> routed;
    std::vector<std::uint32_t> credits, deliveries;
    bool is_empty() const { return arrivals.empty() && credits.empty() && deliveries.empty() && routed.empty(); }
  };

  explicit CycleWheel(unsigned most_cycles) {
    std::size_t size = 2;
    while (size <= most_cycles) size *= 2;
    slots_.resize(size);
    mask_ = size - 1;
  }

  Slot& at(Cycles cycle) { return slots_[cycle & mask_]; }
  /// Events that are in the ring, for a quick "nothing".
  std::uint64_t pending() const { return pending_; }
  void added() { ++pending_; }
  void taken(std::uint64_t events) { pending_ -= events; }

  /// The first cycle from `from` on with an event; pending() must not be 0.
  Cycles next(Cycles from) const {
    while (slots_[from & mask_].is_empty()) ++from;
    return from;
  }

private:
  std::vector<Slot> slots_;  // a power of two of them
  Cycles mask_ = 0;
  std::uint64_t pending_ = 0;
};

}  // namespace snnvp::mesh
