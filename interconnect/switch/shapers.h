// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <optional>

// The standard traffic shapers of a switch queue (spec/pi2.md 4.7, after 802.1Qav and 802.1Qcr). Times are seconds or any other
// unit, as long as rates are per that unit; sizes are bits.
namespace snnvp::net {

/// Credit-Based Shaper (802.1Qav) of one queue.
///
/// Credit grows at idle_slope while frames wait or credit is negative, and falls at idle_slope - rate during a transmission and its
/// gap. A frame may start at credit >= 0; when the queue empties, positive credit is lost.
class CreditShaper {
public:
  /// `high` clamps the credit from above: the largest interfering frame times idle_slope / rate.
  CreditShaper(double idle_slope, double rate, double high = std::numeric_limits<double>::infinity())
      : idle_slope_(idle_slope), rate_(rate), high_(high) {}

  /// Brings the credit up to `now`. `waiting`: frames have been waiting since the last call.
  void advance(double now, bool waiting) {
    if (now <= at_) return;
    const double grown = credit_ + idle_slope_ * (now - at_);
    credit_ = waiting ? std::min(grown, high_) : credit_ < 0 ? std::min(grown, 0.0) : 0;
    at_ = now;
  }
  /// The earliest time from `now` on at which a waiting frame may start.
  double eligible(double now) const {
    const double from = std::max(now, at_);
    return credit_ >= 0 ? from : std::max(from, at_ - credit_ / idle_slope_);
  }
  /// A transmission of `duration`, gap included, starts at `now`; `waiting`: frames are left behind it.
  void transmit(double now, double duration, bool waiting) {
    advance(now, true);
    credit_ += (idle_slope_ - rate_) * duration;
    at_ = now + duration;
    if (!waiting) emptied();
  }
  /// The queue has no frame left.
  void emptied() { credit_ = std::min(credit_, 0.0); }
  double credit() const { return credit_; }

private:
  double idle_slope_, rate_, high_;
  double credit_ = 0, at_ = 0;
};

/// Asynchronous Traffic Shaping (802.1Qcr): a token bucket that gives each frame an eligibility time.
class AsyncShaper {
public:
  AsyncShaper(double cir, double burst, double max_residence = std::numeric_limits<double>::infinity())
      : cir_(cir), burst_(burst), max_residence_(max_residence), bucket_empty_(-burst / cir) {}

  /// When the frame may leave, or nothing if it would stay longer than max_residence: it is dropped then and takes no tokens.
  /// `group` is the eligibility of the last frame of its group; frames of a group keep their order.
  std::optional<double> eligible(double arrival, double bits, double& group) {
    const double recovery = bits / cir_, empty_to_full = burst_ / cir_;
    const double scheduler = bucket_empty_ + recovery, bucket_full = bucket_empty_ + empty_to_full;
    const double eligibility = std::max({arrival, group, scheduler});
    if (eligibility > arrival + max_residence_) return std::nullopt;
    group = eligibility;
    bucket_empty_ = eligibility < bucket_full ? scheduler : scheduler + eligibility - bucket_full;
    return eligibility;
  }

  /// The synapse of pi^2: the bucket is emptied at every arrival and the group is ignored, with CIR = bits/delay of this queue, so
  /// that release = arrival + delay in any order of arrivals. A delay of 0 bypasses the shaper.
  static double delay(double arrival, double by) { return arrival + by; }

private:
  double cir_, burst_, max_residence_, bucket_empty_;
};

}  // namespace snnvp::net
