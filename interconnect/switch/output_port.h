// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <snnvp/interconnect/switch/shapers.h>
#include <snnvp/platform/base/types.h>

// One egress port of a switch: queues, shapers, scheduler, finite buffer, wire.
namespace snnvp::net {

__extension__ typedef unsigned __int128 Wide;  // times of years in ps, times frames

inline constexpr Picoseconds no_time = std::numeric_limits<Picoseconds>::max();

enum class Scheduler { fifo, strict, rr };
enum class Shaping { none, cbs, ats };

struct QueueSettings {
  Shaping shaping = Shaping::none;
  std::uint64_t rate_bps = 0;           ///< cbs: idle slope; ats: committed information rate
  Bits burst = 0;                       ///< ats: committed burst
  Picoseconds max_residence = no_time;  ///< ats
};

struct PortSettings {
  std::uint64_t rate_bps = 100'000'000'000;
  Bytes overhead = 20;  ///< preamble and gap of every frame
  Picoseconds propagation = 0;
  Scheduler scheduler = Scheduler::fifo;
  std::vector<QueueSettings> queues = std::vector<QueueSettings>(1);
  Bytes buffer = 0;            ///< bytes of waiting frames, all queues together; 0 = unlimited
  Bytes largest_frame = 1522;  ///< that may interfere: clamps the credit of cbs
  Picoseconds gate_cycle = 0;  ///< time-aware gate: open for gate_open of every cycle of the local clock; 0 = always
  Picoseconds gate_open = 0;
  std::int64_t clock_offset = 0;  ///< local clock ahead of the common time by this, ps
};

/// A frame in a queue; what it carries is behind the handle.
struct QueuedFrame {
  std::uint32_t handle = 0;
  Bytes bytes = 0;
  std::uint32_t stream = 0;  ///< ats has a shaper for each
  unsigned in_port = 0;
  Picoseconds arrived = 0;
  Picoseconds eligible = 0;
};

enum class Drop { none, buffer, residence };

/// Occupancy and residence of all its queues, counted independently: Little's law holds exactly when it is empty (N10).
struct QueueStatistics {
  std::uint64_t accepted = 0, left = 0, waiting = 0, longest = 0;
  Wide residence = 0;  ///< sum over frames, ps
  Wide occupancy = 0;  ///< integral over time, frames * ps
};

class OutputPort {
public:
  explicit OutputPort(PortSettings settings);

  /// A frame enters at `now`; calls come in order of time. Drop::none: it is in.
  Drop offer(QueuedFrame frame, unsigned priority, Picoseconds now);
  /// When a transmission could start next if nothing else arrived; no_time if nothing waits.
  Picoseconds next_start(Picoseconds now) const;
  /// Starts one transmission at `now`; nothing if none can start.
  std::optional<QueuedFrame> start(Picoseconds now);

  /// Time of a frame on the wire, preamble and gap included.
  Picoseconds wire_time(Bytes bytes) const;
  Picoseconds busy_until() const { return busy_until_; }
  Picoseconds busy() const { return busy_; }
  const PortSettings& settings() const { return settings_; }
  /// Replaces scheduler, buffer and shapers; frames that wait stay.
  void configure(const PortSettings& settings);
  const QueueStatistics& statistics() const { return statistics_; }
  double credit(unsigned queue) const { return queues_[queue].cbs ? queues_[queue].cbs->credit() : 0; }
  Bytes buffered() const { return buffered_; }

private:
  struct Queue {
    std::deque<QueuedFrame> frames;  // ats: by eligibility, others: by arrival
    std::optional<CreditShaper> cbs;
    std::map<std::uint32_t, AsyncShaper> ats;      // by stream
    std::map<unsigned, double> group_eligibility;  // by input port
  };

  void make_shapers();
  Picoseconds head_start(const Queue& queue, Picoseconds now) const;
  Picoseconds through_gate(Picoseconds time, Bytes bytes) const;
  int choose(Picoseconds now) const;
  void settle_occupancy(Picoseconds now);

  PortSettings settings_;
  std::vector<Queue> queues_;
  Bytes buffered_ = 0;
  Picoseconds busy_until_ = 0, busy_ = 0, counted_until_ = 0;
  unsigned last_served_ = 0;
  QueueStatistics statistics_;
};

}  // namespace snnvp::net
