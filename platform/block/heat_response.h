// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a block can do about heat, found by dynamic_cast on the created module. Header-only, for plug-ins.
namespace snnvp {

/// A block whose clock can be divided while it runs.
class ClockThrottle {
public:
  virtual ~ClockThrottle() = default;
  /// From the next edge at or after now, its clock runs at 1/divider of its frequency; cycles keep counting.
  virtual void set_clock_divider(unsigned divider) = 0;
};

/// A memory that can refresh more often.
class RefreshControl {
public:
  virtual ~RefreshControl() = default;
  /// From now on, refreshes come `factor` times as often as the device's tREFI says.
  virtual void set_refresh_factor(unsigned factor) = 0;
};

}  // namespace snnvp
