// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include <snnvp/interconnect/switch/output_port.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/reservation.h>
#include <snnvp/workloads/frames/frame_format.h>

// An output-queued packet switch in integer picoseconds, without SystemC.
namespace snnvp::net {

struct SwitchSettings {
  unsigned inputs = 1, outputs = 1;
  FrameFormat format = FrameFormat::ethernet;
  std::uint64_t input_bps = 100'000'000'000;
  bool cut_through = true;                                ///< where the output is not faster than the input; else the whole frame is stored
  Picoseconds pipeline = 500'000;                         ///< from the header (or the whole frame) to the output queue
  bool flood_unknown = false;                             ///< frames of a group without entry: to all ports, or dropped
  std::map<std::uint32_t, std::vector<unsigned>> groups;  ///< multicast table: group -> output ports
  std::vector<PortSettings> ports;                        ///< one per output
  double loss = 0;                                        ///< probability that a frame is lost at the input
  Picoseconds jitter = 0;                                 ///< standard deviation of what is added to the pipeline (never negative)
  std::uint64_t seed = 1;
  std::string name;  ///< of its random stream
};

/// What happened to frames. in + copies = out + dropped + in flight, always.
struct SwitchCounts {
  std::uint64_t in = 0, copies = 0, out = 0;
  std::uint64_t dropped_unknown = 0, dropped_malformed = 0, dropped_loss = 0, dropped_buffer = 0, dropped_residence = 0;

  std::uint64_t dropped() const { return dropped_unknown + dropped_malformed + dropped_loss + dropped_buffer + dropped_residence; }
};

/// A frame on its way out.
struct Departure {
  unsigned port = 0;
  Picoseconds start = 0;  ///< its first bit leaves
  Picoseconds end = 0;    ///< and its gap is over
  std::uint32_t handle = 0;
};

class SwitchCore {
public:
  explicit SwitchCore(SwitchSettings settings);

  /// The first bit of a frame is at an input at `start`; it waits for the frame before it on the wire. Calls of one port come in
  /// order of time. `handle` is the caller's; every copy that leaves or is dropped is one release of it.
  void arrive(unsigned port, Picoseconds start, const std::uint8_t* data, Bytes length, std::uint32_t handle);
  /// When something happens next; no_time if nothing is under way.
  Picoseconds next_event();
  /// Does what is due up to and including `now`; departures and releases of handles are appended in order.
  void advance(Picoseconds now, std::vector<Departure>& departures, std::vector<std::uint32_t>& released);

  const SwitchCounts& counts() const { return counts_; }
  std::uint64_t in_flight() const;
  /// What does not add up, in words; empty if all does. Little's law is checked where a port is empty.
  std::string imbalance() const;
  const OutputPort& port(unsigned index) const { return ports_[index]; }
  OutputPort& port(unsigned index) { return ports_[index]; }
  const SwitchSettings& settings() const { return settings_; }
  /// The programmable part: table, mode, pipeline, unknown groups.
  SwitchSettings& programmable() { return settings_; }
  /// As after construction, with the table and the settings as they are.
  void reset();

private:
  struct Ready {
    Picoseconds time;
    unsigned in_port;
    std::uint64_t order;  ///< within the input port
    unsigned out_port;
    std::uint8_t priority;
    QueuedFrame frame;
    bool operator>(const Ready& o) const {
      if (time != o.time) return time > o.time;
      if (in_port != o.in_port) return in_port > o.in_port;
      return order != o.order ? order > o.order : out_port > o.out_port;
    }
  };

  Picoseconds noise(RandomStream& random) const;
  void release(std::uint32_t handle, std::vector<std::uint32_t>& released) { released.push_back(handle); }

  SwitchSettings settings_;
  std::vector<OutputPort> ports_;
  std::vector<Reservation> wires_;  // of the inputs
  std::vector<std::uint64_t> orders_;
  std::vector<unsigned> all_ports_;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready_;
  std::vector<std::uint32_t> refused_;  // handles of frames that were dropped on arrival
  Picoseconds now_ = 0;
  std::vector<RandomStream> random_;  // of each input, so that no result depends on the order of calls between inputs
  SwitchCounts counts_;
};

}  // namespace snnvp::net
