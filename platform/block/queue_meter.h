// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Watches a queue of any kind: what goes in comes out, is inside, or was dropped on purpose (spec/chiplet.md 8.2, N11); and mean
/// occupancy = rate x mean residence (Little's law, N10), exact in integers when the queue is empty.
class QueueMeter {
public:
  /// Calls come in the order of time; an arrival may be told of late.
  void enter(Cycles arrived) {
    advance(arrived);
    occupancy_ += now_ - arrived;
    ++in_;
  }
  void leave(Cycles at, Cycles arrived) {
    advance(at);
    residence_ += at - arrived;
    ++out_;
  }
  /// Leaves without being served; counted apart.
  void drop(Cycles at, Cycles arrived) {
    leave(at, arrived);
    --out_;
    ++dropped_;
  }

  std::uint64_t in() const { return in_; }
  std::uint64_t out() const { return out_; }
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t inside() const { return in_ - out_ - dropped_; }
  /// Integral of `inside` over time, up to the last call.
  std::uint64_t occupancy_cycles() const { return occupancy_; }
  /// Sum over all that left of the time from arrival to leaving.
  std::uint64_t residence_cycles() const { return residence_; }
  /// Little's law; can only be asked of an empty queue.
  bool is_balanced() const { return inside() != 0 || occupancy_ == residence_; }

private:
  void advance(Cycles to) {
    if (to <= now_) return;
    occupancy_ += inside() * (to - now_);
    now_ = to;
  }

  std::uint64_t in_ = 0, out_ = 0, dropped_ = 0, occupancy_ = 0, residence_ = 0;
  Cycles now_ = 0;
};

}  // namespace snnvp
