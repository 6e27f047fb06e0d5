// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/nic/nic.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

Nic::Nic(const sc_core::sc_module_name& name, unsigned inputs, unsigned outputs)
    : sc_module(name),
      in("in", inputs, [this](const char* port, std::size_t i) { return new FrameInPort(port, *this, static_cast<unsigned>(i)); }),
      out("out", outputs) {
  SNNVP_HAS_PROCESS(Nic);
  SC_THREAD(run);
}

void Nic::send_frames(std::vector<StationFrame> frames) {
  to_send_.insert(to_send_.end(), std::make_move_iterator(frames.begin()), std::make_move_iterator(frames.end()));
  wake_at(now_ps());
}

void Nic::call_at(Picoseconds time, std::function<void()> call) {
  call_ = std::move(call);
  call_time_ = time;
  wake_at(time);
}

/// Before the simulation starts the thread runs at time 0 anyway.
void Nic::wake_at(Picoseconds time) {
  if (sc_core::sc_get_status() < sc_core::SC_RUNNING) return;
  const Picoseconds now = now_ps();
  wake_.notify(sc_time_of(time > now ? time - now : 0));
}

bool Nic::receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) {
  got_.add(1);
  bytes_got_.add(length);
  received_.push({at, port, order_++, std::vector<std::uint8_t>(data, data + length), note});
  wake_at(received_.top().at);
  return true;
}

void Nic::run() {
  for (;;) {
    if (!to_send_.empty()) {
      std::vector<StationFrame> frames = std::move(to_send_);
      to_send_.clear();
      std::stable_sort(frames.begin(), frames.end(), [](const StationFrame& a, const StationFrame& b) { return a.at < b.at; });
      for (const StationFrame& f : frames) {
        sent_.add(1);
        bytes_sent_.add(f.bytes.size());
        if (out[f.port].send(f.bytes.data(), f.bytes.size(), f.at, f.note) != tlm::TLM_OK_RESPONSE) ++refused_;
      }
      continue;  // receivers may have answered at once
    }
    while (!received_.empty() && received_.top().at <= now_ps()) {
      const Received frame = received_.top();
      received_.pop();
      if (receive_) receive_(frame.port, frame.at, frame.bytes, frame.note);
    }
    if (call_ && call_time_ <= now_ps()) {
      const std::function<void()> call = std::move(call_);
      call_ = nullptr;
      call();
    }
    if (!to_send_.empty()) continue;
    Picoseconds next = ~Picoseconds{0};
    if (!received_.empty()) next = received_.top().at;
    if (call_) next = std::min(next, call_time_);
    if (next != ~Picoseconds{0}) wake_at(next);
    wait(wake_);
  }
}

void Nic::report_stats(StatSink& sink) const {
  sink.count("frames_sent", sent_);
  sink.count("frames_received", got_);
  sink.count("bytes_sent", bytes_sent_);
  sink.count("bytes_received", bytes_got_);
  Counter refused;
  refused.add(refused_);
  sink.count("frames_refused", refused);
}

void Nic::reset() {
  to_send_.clear();
  received_ = {};
  for (Counter* c : {&sent_, &got_, &bytes_sent_, &bytes_got_}) c->reset();
  refused_ = 0;
}

std::string Nic::waiting_for() const {
  return is_idle() ? std::string() : fmt::format("{} frames to send, {} to hand on", to_send_.size(), received_.size());
}

void register_nic(Registry& registry) {
  KindDescriptor kind;
  kind.kind = "models.nic";
  kind.doc = "Network interface: sends a workload's frames and receives what comes back";
  PortSpec in = target("in", "frames come in"), out = initiator("out", "frames leave");
  in.is_vector = out.is_vector = in.is_optional = out.is_optional = true;
  in.abilities = takes_packets(65535, true, false);
  kind.ports = {in, out};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Nic>(name, static_cast<unsigned>(set.peers("in").size()), static_cast<unsigned>(set.peers("out").size()));
  };
  kind.stats = {
      {"frames_sent", "1", StatKind::count, "frames given to the links"},
      {"frames_received", "1", StatKind::count, "frames that came in"},
      {"bytes_sent", "B", StatKind::bytes, "bytes of frames sent, without preamble and gap"},
      {"bytes_received", "B", StatKind::bytes, "bytes of frames received"},
      {"frames_refused", "1", StatKind::count, "frames sent that the receiver did not take"},
  };
  kind.sources = {{"no time of its own", Certainty::assumed, "the switch at the other end of the link serialises"}};
  kind.needs_clock = false;
  kind.energy_not_counted = "the host's interface is outside the modelled switch";
  registry.add(std::move(kind));
}

}  // namespace snnvp
