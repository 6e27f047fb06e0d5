// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include <snnvp/models/pi2/layer.h>
#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/reservation.h>

// The layers of a switch in real time: ports, windows, loop-back from layer to layer (spec/pi2.md 5). Times in ps, without SystemC.
namespace snnvp::pi2 {

inline constexpr Picoseconds not_scheduled = ~Picoseconds{0};

enum class Timing {
  ideal,  ///< algorithm times only
  link,   ///< plus serialisation and queueing at every port
  full    ///< plus pipeline, propagation, calendar tick and clock error
};

struct FabricSettings {
  Picoseconds time_unit = 1'100'000'000;  ///< one u
  unsigned ports = 64;
  std::uint64_t port_bps = 100'000'000'000;
  Bytes frame_bytes = 84;   ///< of a frame on the wire, preamble and gap included
  Bytes header_bytes = 26;  ///< until a cut-through switch knows the frame
  bool cut_through = true;
  Picoseconds pipeline = 500'000, propagation = 0;
  Timing timing = Timing::full;
  double loss = 0;             ///< probability
  bool loss_of_pairs = false;  ///< both frames of an input together
  double clock_offset = 0;     ///< this switch's clock ahead of the common time, u
  std::uint64_t seed = 1;
  bool compare_order = true;  ///< find how far real times change the K earliest events
};

/// A frame that leaves the last layer.
struct EgressFrame {
  std::uint32_t neuron = 0;
  bool minus = false;
  unsigned port = 0;
  Picoseconds at = 0;
  double ideal = 0;  ///< u of the common time
  std::uint16_t window = 0;
};

/// What real time did to order (spec/pi2.md 5.2).
struct Distortion {
  std::array<std::uint64_t, 64> histogram{};  ///< frames by 1 + floor(log2(late ps)); [0]: on time
  std::uint64_t frames = 0;
  std::uint64_t accepted = 0, disagreeing = 0;  ///< events that count; of them, those later than the ideal K-th
  double error_sum = 0, error_max = 0;          ///< |T - T ideal| over queues, less the mean shift of their window
  std::uint64_t queues = 0;
};

/// Layers one behind the other; the frames of one loop back into the next through ports of its own.
///
/// Once all frames of a layer's window are known it is computed at one go, before their time has come; otherwise frame by frame as
/// time goes on. Both give the same.
class Fabric {
public:
  Fabric(FabricSettings settings, std::vector<Layer> layers);

  /// Time 0 of a window. A window that nobody opened starts with its first frame.
  void open(std::uint16_t window, Picoseconds start);
  /// A frame's first bit is at input port `port`; false if there is no such layer or neuron. `ideal`: its exact time in u.
  bool arrive(std::size_t layer, std::uint32_t neuron, bool minus, std::uint16_t window, unsigned port, Picoseconds at,
              std::optional<double> ideal);
  Picoseconds next_event() const;
  void advance(Picoseconds now, std::vector<EgressFrame>& out);

  std::size_t size() const { return layers_.size(); }
  const Layer& layer(std::size_t index) const { return layers_[index]; }
  Layer& layer(std::size_t index) { return layers_[index]; }
  const FabricSettings& settings() const { return settings_; }
  const Distortion& distortion() const { return distortion_; }
  /// Frames that came to a window that was over, or twice.
  std::uint64_t late_frames() const { return late_frames_; }
  std::uint64_t windows() const { return windows_; }
  bool is_idle() const;
  /// All windows and counts are gone.
  void reset();

private:
  struct Pending {
    Picoseconds at;
    std::uint32_t frame;  ///< 2 * neuron + minus
    unsigned port;
    double ideal;
    bool operator>(const Pending& o) const { return at != o.at ? at > o.at : frame > o.frame; }
  };
  struct Outgoing {
    double time;  ///< u of the common time
    std::uint32_t frame;
    bool operator>(const Outgoing& o) const { return time != o.time ? time > o.time : frame > o.frame; }
  };
  template <typename T>
  using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

  /// A layer's current window.
  struct Stage {
    std::uint16_t window = 0;
    Picoseconds start = 0;
    bool is_open = false, is_stepping = false;
    std::uint64_t known = 0;  ///< frames of the window that have come or are known to be lost
    std::vector<std::uint8_t> seen;
    Earliest<Pending> pending;
    Earliest<Outgoing> outgoing;
    std::vector<Reservation> wires;
    double next_fire = never;
  };

  Picoseconds time_of(const Stage& stage, double u) const;
  double units_of(Picoseconds time) const { return static_cast<double>(time) / static_cast<double>(settings_.time_unit); }
  bool is_lost(std::size_t layer, std::uint16_t window, std::uint32_t frame) const;
  double arrival_of(Stage& stage, const Pending& frame);
  void start_stage(std::size_t layer, std::uint16_t window, Picoseconds start);
  void run_whole(std::size_t layer);
  void step(std::size_t layer, Picoseconds now);
  void finish(std::size_t layer);
  void emit(std::size_t layer, const std::vector<LayerOutput>& outputs);
  void flush(std::size_t layer, Picoseconds now, std::vector<EgressFrame>& out);
  Picoseconds next_of(std::size_t layer) const;
  void compare_order(std::size_t layer, const ArrivalTimes& ideal, const ArrivalTimes& actual);

  FabricSettings settings_;
  std::vector<Layer> layers_;
  std::vector<Stage> stages_;
  std::vector<Reservation> egress_;
  std::optional<std::pair<std::uint16_t, Picoseconds>> opened_;
  Distortion distortion_;
  std::uint64_t late_frames_ = 0, windows_ = 0;
};

}  // namespace snnvp::pi2
