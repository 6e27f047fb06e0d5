// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// A resource that serves one request at a time, first come first served.
///
/// Contention costs arithmetic, not kernel events: a request asks when it may start and the
/// resource remembers how long it is taken. Time is in whatever unit the caller uses throughout.
class Reservation {
public:
  /// Books `duration`, not before `earliest`. Returns when service starts.
  std::uint64_t book(std::uint64_t earliest, std::uint64_t duration) {
    const std::uint64_t start = std::max(earliest, busy_until_);
    waited_ += start - earliest;
    busy_ += duration;
    busy_until_ = start + duration;
    return start;
  }

  std::uint64_t busy_until() const { return busy_until_; }
  std::uint64_t busy() const { return busy_; }
  std::uint64_t waited() const { return waited_; }
  void reset() { *this = Reservation{}; }

private:
  std::uint64_t busy_until_ = 0;
  std::uint64_t busy_ = 0;
  std::uint64_t waited_ = 0;
};

}  // namespace snnvp
