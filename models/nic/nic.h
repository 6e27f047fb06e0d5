// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <queue>
#include <vector>

#include <systemc>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/frame_station.h>
#include <snnvp/platform/tlm/frame_port.h>

namespace snnvp {

/// Network interface of a host: sends the frames a workload gives it and hands on what comes in. It has no wire of its own: switches
/// serialise what arrives.
///
/// Frames that are known are handed over at once, ahead of their time (annotated delay), so that a burst costs one kernel event.
class Nic : public sc_core::sc_module,
            public FrameStation,
            private FrameReceiver,
            public StatProvider,
            public Resettable,
            public IdleProvider {
public:
  sc_core::sc_vector<FrameInPort> in;
  sc_core::sc_vector<FrameOutPort> out;

  Nic(const sc_core::sc_module_name& name, unsigned inputs, unsigned outputs);

  unsigned frame_outputs() const override { return static_cast<unsigned>(out.size()); }
  unsigned frame_inputs() const override { return static_cast<unsigned>(in.size()); }
  void send_frames(std::vector<StationFrame> frames) override;
  void on_frame(Receive receive) override { receive_ = std::move(receive); }
  void call_at(Picoseconds time, std::function<void()> call) override;

  void report_stats(StatSink& sink) const override;
  void reset() override;
  bool is_idle() const override { return to_send_.empty() && received_.empty(); }
  std::string waiting_for() const override;

private:
  struct Received {
    Picoseconds at;
    unsigned port;
    std::uint64_t order;
    std::vector<std::uint8_t> bytes;
    FrameNote note;
    bool operator>(const Received& o) const {
      if (at != o.at) return at > o.at;
      return port != o.port ? port > o.port : order > o.order;
    }
  };

  bool receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) override;
  void run();
  void wake_at(Picoseconds time);

  std::vector<StationFrame> to_send_;
  std::priority_queue<Received, std::vector<Received>, std::greater<>> received_;
  Receive receive_;
  std::function<void()> call_;
  Picoseconds call_time_ = 0;
  sc_core::sc_event wake_;
  std::uint64_t order_ = 0, refused_ = 0;
  Counter sent_, got_, bytes_sent_, bytes_got_;
};

class Registry;
/// Registers `models.nic`.
void register_nic(Registry& registry);

}  // namespace snnvp
