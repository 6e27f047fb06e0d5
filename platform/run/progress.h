// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Says on stderr that a run is alive: one rewritten line on a terminal, a JSON line per heartbeat otherwise.
class Progress {
public:
  Progress(bool enabled, std::string name, std::uint64_t jobs_total, double heartbeat_s);

  void update(std::uint64_t jobs_done, Picoseconds simulated);
  /// Clears the terminal line.
  void finish();

private:
  using Clock = std::chrono::steady_clock;
  bool enabled_, terminal_;
  std::string name_;
  std::uint64_t jobs_total_;
  double interval_s_;
  Clock::time_point start_, last_;
  bool shown_ = false;
};

}  // namespace snnvp
