// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <snnvp/platform/base/types.h>

// A source and sink of frames, as a workload sees it. Header-only, so that a plug-in needs no symbol of ours.
namespace snnvp {

/// Bookkeeping beside a frame: what its bytes do not say. Never needed to handle it.
struct FrameNote {
  Picoseconds launched = 0;  ///< when its source meant it to leave
  bool has_ideal = false;
  double ideal = 0;  ///< pi^2: that time in algorithm units from the start of the window, exactly
};

struct StationFrame {
  unsigned port = 0;
  Picoseconds at = 0;  ///< first bit leaves; not in the past
  std::vector<std::uint8_t> bytes;
  FrameNote note;
};

class FrameStation {
public:
  using Receive = std::function<void(unsigned port, Picoseconds at, const std::vector<std::uint8_t>& bytes, const FrameNote& note)>;
  virtual ~FrameStation() = default;
  virtual unsigned frame_outputs() const = 0;
  virtual unsigned frame_inputs() const = 0;
  /// Frames leave in order of time, equal times in the order given here. They are handed over ahead of simulated time.
  virtual void send_frames(std::vector<StationFrame> frames) = 0;
  /// `receive` is called at the time the first bit of a frame arrives. One receiver per station.
  virtual void on_frame(Receive receive) = 0;
  /// Calls back at that time; one call at a time, a later request replaces an earlier one.
  virtual void call_at(Picoseconds time, std::function<void()> call) = 0;
};

}  // namespace snnvp
