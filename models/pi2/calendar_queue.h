// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

// The delay queue of a synapse: a ring of buckets, one per tick (spec/pi2.md 4.7).
namespace snnvp::pi2 {

/// The first tick at or after `time`: release = tick_of(time) * tick, so an event is late by less than one tick.
inline std::int64_t tick_of(double time, double tick) {
  auto n = static_cast<std::int64_t>(time / tick);
  while (static_cast<double>(n) * tick < time) ++n;
  while (n > 0 && static_cast<double>(n - 1) * tick >= time) --n;
  return n;
}

/// A calendar queue of values of type T: insertion O(1), release in order of ticks, ties in order of insertion.
///
/// Its horizon is buckets * tick from the current tick on. What lies beyond is refused (policy drop, counted) or waits in a second
/// list, from which it moves into the ring as time goes on.
template <typename T>
class CalendarQueue {
public:
  enum class Overflow { drop, list };

  CalendarQueue(double tick, std::size_t buckets, Overflow overflow) : tick_(tick), ring_(buckets), overflow_(overflow) {}

  /// False: beyond the horizon and dropped. A time before the current tick is released at the next one.
  bool insert(double time, T value) {
    const std::int64_t n = std::max(tick_of(time, tick_), now_);
    if (n - now_ >= static_cast<std::int64_t>(ring_.size())) {
      if (overflow_ == Overflow::drop) {
        ++dropped_;
        return false;
      }
      far_.push_back({n, std::move(value)});
    } else {
      bucket(n).push_back(std::move(value));
    }
    ++size_;
    return true;
  }

  /// Calls release(time, value) for everything due up to and including `time`, in order.
  template <typename Release>
  void advance(double time, Release&& release) {
    for (; static_cast<double>(now_) * tick_ <= time; ++now_) {
      if (size_ == 0) {  // nothing to meet on the way
        now_ = std::max(now_, static_cast<std::int64_t>(time / tick_));
        while (static_cast<double>(now_) * tick_ <= time) ++now_;
        return;
      }
      std::vector<T>& due = bucket(now_);
      for (T& value : due) release(static_cast<double>(now_) * tick_, value);
      size_ -= due.size();
      due.clear();
      pull_far(now_ + 1);
    }
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t dropped() const { return dropped_; }

private:
  struct Far {
    std::int64_t tick;
    T value;
  };

  std::vector<T>& bucket(std::int64_t n) { return ring_[static_cast<std::size_t>(n) % ring_.size()]; }

  /// What is within the horizon of `now` goes from the list into the ring, in order of insertion.
  void pull_far(std::int64_t now) {
    if (far_.empty()) return;
    const auto stays = [&](const Far& f) { return f.tick - now >= static_cast<std::int64_t>(ring_.size()); };
    for (Far& f : far_)
      if (!stays(f)) bucket(f.tick).push_back(std::move(f.value));
    far_.erase(std::remove_if(far_.begin(), far_.end(), [&](const Far& f) { return !stays(f); }), far_.end());
  }

  double tick_;
  std::vector<std::vector<T>> ring_;
  Overflow overflow_;
  std::vector<Far> far_;
  std::int64_t now_ = 0;
  std::uint64_t size_ = 0, dropped_ = 0;
};

}  // namespace snnvp::pi2
