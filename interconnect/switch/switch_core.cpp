// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/switch/switch_core.h>

#include <cmath>

#include <fmt/format.h>

namespace snnvp::net {

SwitchCore::SwitchCore(SwitchSettings settings) : settings_(std::move(settings)), wires_(settings_.inputs), orders_(settings_.inputs) {
  settings_.ports.resize(settings_.outputs);
  for (const PortSettings& p : settings_.ports) ports_.emplace_back(p);
  for (unsigned i = 0; i < settings_.outputs; ++i) all_ports_.push_back(i);
  for (unsigned i = 0; i < settings_.inputs; ++i) random_.emplace_back(settings_.seed, fmt::format("switch/{}/{}", settings_.name, i));
}

/// Half of a normal distribution.
Picoseconds SwitchCore::noise(RandomStream& random) const {
  if (settings_.jitter == 0) return 0;
  return static_cast<Picoseconds>(std::fabs(sum_normal([&] { return random.uniform(); })) * static_cast<double>(settings_.jitter));
}

void SwitchCore::arrive(unsigned port, Picoseconds start, const std::uint8_t* data, Bytes length, std::uint32_t handle) {
  ++counts_.in;
  FrameHeader header;
  if (!parse_header(settings_.format, data, length, header)) {
    ++counts_.dropped_malformed;
    return refused_.push_back(handle);
  }
  const auto wire = [&](Bytes bytes, std::uint64_t bps) {
    return static_cast<Picoseconds>((Wide{8} * bytes * 1'000'000'000'000u + bps - 1) / bps);
  };
  const Bytes overhead = wire_overhead(settings_.format);
  start = wires_[port].book(start, wire(length + overhead, settings_.input_bps));
  if (settings_.loss > 0 && random_[port].bernoulli(settings_.loss)) {
    ++counts_.dropped_loss;
    return refused_.push_back(handle);
  }
  const auto entry = settings_.groups.find(header.group);
  if (entry == settings_.groups.end() && !settings_.flood_unknown) {
    ++counts_.dropped_unknown;
    return refused_.push_back(handle);
  }
  const std::vector<unsigned>& to = entry == settings_.groups.end() ? all_ports_ : entry->second;
  if (to.empty()) {
    ++counts_.dropped_unknown;
    return refused_.push_back(handle);
  }
  counts_.copies += to.size() - 1;
  const Picoseconds pipeline = settings_.pipeline + noise(random_[port]);
  // The preamble belongs to the frame that follows it, the gap does not.
  const Picoseconds stored = wire(length + (overhead != 0 ? 8 : 0), settings_.input_bps);
  for (const unsigned out : to) {
    const bool through = settings_.cut_through && settings_.ports[out].rate_bps <= settings_.input_bps;
    const Picoseconds known = through ? std::min(stored, wire(header_bytes(settings_.format), settings_.input_bps)) : stored;
    QueuedFrame frame;
    frame.handle = handle;
    frame.bytes = length;
    frame.stream = header.group;
    frame.in_port = port;
    ready_.push({start + known + pipeline, port, orders_[port], out, header.priority, frame});
  }
  ++orders_[port];
}

Picoseconds SwitchCore::next_event() {
  Picoseconds next = ready_.empty() ? no_time : ready_.top().time;
  if (!refused_.empty()) next = std::min(next, now_);
  for (const OutputPort& port : ports_) next = std::min(next, port.next_start(now_));
  return next;
}

void SwitchCore::advance(Picoseconds now, std::vector<Departure>& departures, std::vector<std::uint32_t>& released) {
  for (Picoseconds at = next_event(); at <= now && at != no_time; at = next_event()) {
    now_ = std::max(now_, at);
    for (const std::uint32_t handle : refused_) release(handle, released);
    refused_.clear();
    while (!ready_.empty() && ready_.top().time <= now_) {
      const Ready r = ready_.top();
      ready_.pop();
      const Drop drop = ports_[r.out_port].offer(r.frame, r.priority, now_);
      if (drop == Drop::none) continue;
      ++(drop == Drop::buffer ? counts_.dropped_buffer : counts_.dropped_residence);
      release(r.frame.handle, released);
    }
    for (unsigned p = 0; p < ports_.size(); ++p) {
      if (ports_[p].next_start(now_) > now_) continue;
      const auto frame = ports_[p].start(now_);
      if (!frame) continue;
      ++counts_.out;
      departures.push_back({p, now_ + ports_[p].settings().propagation, ports_[p].busy_until(), frame->handle});
    }
  }
  now_ = std::max(now_, now);
}

std::uint64_t SwitchCore::in_flight() const {
  std::uint64_t n = ready_.size();
  for (const OutputPort& port : ports_) n += port.statistics().waiting;
  return n;
}

std::string SwitchCore::imbalance() const {
  if (counts_.in + counts_.copies != counts_.out + counts_.dropped() + in_flight())
    return fmt::format("{} frames in and {} copies, but {} out, {} dropped and {} in flight", counts_.in, counts_.copies, counts_.out,
                       counts_.dropped(), in_flight());
  for (unsigned p = 0; p < ports_.size(); ++p) {
    const QueueStatistics& s = ports_[p].statistics();
    if (s.waiting == 0 && s.residence != s.occupancy) return fmt::format("port {}: residence times do not add up to its occupancy", p);
  }
  return {};
}

void SwitchCore::reset() {
  const SwitchSettings settings = std::move(settings_);
  *this = SwitchCore(settings);
}

}  // namespace snnvp::net
