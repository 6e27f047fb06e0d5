// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace snnvp::thermal {

/// A tier's answer to heat: slower clocks, and for DRAM faster refresh (spec/stack3d.md 6.4). Decided once per epoch, with
/// hysteresis: hot doubles the divider, cooler than the limit by the hysteresis halves it, in between nothing changes.
class Throttle {
public:
  struct Limits {
    double clock = 105;                  ///< degrees C above which the clock slows
    double refresh = 1e9;                ///< degrees C above which refresh doubles; DRAM only
    double hysteresis = 5;               ///< K
    static constexpr unsigned most = 8;  ///< largest divider
  };

  explicit Throttle(const Limits& limits) : limits_(limits) {}

  /// The epoch that ends had this maximum over the tier's cells.
  void end_epoch(double max_celsius) {
    if (max_celsius > limits_.clock) {
      if (divider_ < Limits::most) divider_ *= 2;
    } else if (max_celsius <= limits_.clock - limits_.hysteresis && divider_ > 1) {
      divider_ /= 2;
    }
    if (max_celsius > limits_.refresh)
      refresh_factor_ = 2;
    else if (max_celsius <= limits_.refresh - limits_.hysteresis)
      refresh_factor_ = 1;
  }

  const Limits& limits() const { return limits_; }
  unsigned divider() const { return divider_; }
  unsigned refresh_factor() const { return refresh_factor_; }

private:
  Limits limits_;
  unsigned divider_ = 1, refresh_factor_ = 1;
};

}  // namespace snnvp::thermal
