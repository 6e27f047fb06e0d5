// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <snnvp/platform/base/types.h>

// What a block does over time, told as it changes. Header-only, so that a plug-in needs no symbol of ours.
namespace snnvp {

/// A block with something to draw on a time line: a hart that runs or sleeps, an engine at a job.
class ActivitySource {
public:
  /// From `at` on it does `what`, until the next call; empty: nothing. Times of one block never go back.
  using Sink = std::function<void(Picoseconds at, const std::string& what)>;
  virtual ~ActivitySource() = default;
  /// Before time 0. Only changes are told, so that nobody pays for a sink that is not there.
  virtual void on_activity(Sink sink) = 0;
};

}  // namespace snnvp
