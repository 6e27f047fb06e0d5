// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/switch/output_port.h>

#include <algorithm>
#include <cmath>

namespace snnvp::net {
namespace {

constexpr double ps_per_s = 1e12;

double seconds(Picoseconds t) { return static_cast<double>(t) / ps_per_s; }
/// The first whole picosecond at or after a time in seconds, rounding errors of the conversion aside.
Picoseconds picoseconds(double t) { return t <= 0 ? 0 : static_cast<Picoseconds>(std::ceil(t * ps_per_s - 1e-3)); }

}  // namespace

OutputPort::OutputPort(PortSettings settings) : settings_(std::move(settings)), queues_(settings_.queues.size()) { make_shapers(); }

void OutputPort::make_shapers() {
  for (std::size_t q = 0; q < queues_.size(); ++q) {
    queues_[q].cbs.reset();
    queues_[q].ats.clear();
    queues_[q].group_eligibility.clear();
    const QueueSettings& s = settings_.queues[q];
    if (s.shaping != Shaping::cbs) continue;
    const double slope = static_cast<double>(s.rate_bps), rate = static_cast<double>(settings_.rate_bps);
    queues_[q].cbs.emplace(slope, rate, static_cast<double>(8 * (settings_.largest_frame + settings_.overhead)) * slope / rate);
  }
}

void OutputPort::configure(const PortSettings& settings) {
  settings_ = settings;
  settings_.queues.resize(queues_.size());  // their number is built in
  make_shapers();
}

Picoseconds OutputPort::wire_time(Bytes bytes) const {
  const Wide bits = 8 * (bytes + settings_.overhead);
  return static_cast<Picoseconds>((bits * 1'000'000'000'000u + settings_.rate_bps - 1) / settings_.rate_bps);
}

void OutputPort::settle_occupancy(Picoseconds now) {
  if (now <= counted_until_) return;
  statistics_.occupancy += static_cast<Wide>(now - counted_until_) * statistics_.waiting;
  counted_until_ = now;
}

Drop OutputPort::offer(QueuedFrame frame, unsigned priority, Picoseconds now) {
  const std::size_t q = std::min<std::size_t>(priority, queues_.size() - 1);
  Queue& queue = queues_[q];
  if (settings_.buffer != 0 && buffered_ + frame.bytes > settings_.buffer) return Drop::buffer;
  frame.arrived = frame.eligible = now;
  auto place = queue.frames.end();
  if (const QueueSettings& s = settings_.queues[q]; s.shaping == Shaping::ats) {
    const double residence = s.max_residence == no_time ? std::numeric_limits<double>::infinity() : seconds(s.max_residence);
    auto shaper = queue.ats.try_emplace(frame.stream, static_cast<double>(s.rate_bps), static_cast<double>(s.burst), residence).first;
    const double bits = static_cast<double>(8 * (frame.bytes + settings_.overhead));
    const auto eligible = shaper->second.eligible(seconds(now), bits, queue.group_eligibility[frame.in_port]);
    if (!eligible) return Drop::residence;
    frame.eligible = std::max(now, picoseconds(*eligible));
    place = std::upper_bound(queue.frames.begin(), queue.frames.end(), frame,
                             [](const QueuedFrame& a, const QueuedFrame& b) { return a.eligible < b.eligible; });
  }
  if (queue.cbs) queue.cbs->advance(seconds(now), !queue.frames.empty());
  settle_occupancy(now);
  queue.frames.insert(place, frame);
  buffered_ += frame.bytes;
  ++statistics_.accepted;
  statistics_.longest = std::max(statistics_.longest, ++statistics_.waiting);
  return Drop::none;
}

/// The gate opens at multiples of its cycle on the local clock; a transmission must end before it closes.
Picoseconds OutputPort::through_gate(Picoseconds time, Bytes bytes) const {
  if (settings_.gate_cycle == 0) return time;
  const auto cycle = static_cast<std::int64_t>(settings_.gate_cycle);
  const std::int64_t local = static_cast<std::int64_t>(time) + settings_.clock_offset;
  const std::int64_t phase = (local % cycle + cycle) % cycle;
  if (phase + static_cast<std::int64_t>(wire_time(bytes)) <= static_cast<std::int64_t>(settings_.gate_open)) return time;
  return time + static_cast<Picoseconds>(cycle - phase);
}

Picoseconds OutputPort::head_start(const Queue& queue, Picoseconds now) const {
  if (queue.frames.empty()) return no_time;
  Picoseconds time = std::max({now, busy_until_, queue.frames.front().eligible});
  if (queue.cbs) time = std::max(time, picoseconds(queue.cbs->eligible(seconds(now))));
  return through_gate(time, queue.frames.front().bytes);
}

Picoseconds OutputPort::next_start(Picoseconds now) const {
  Picoseconds next = no_time;
  for (const Queue& queue : queues_) next = std::min(next, head_start(queue, now));
  return next;
}

/// The queue to serve now, or -1: strict takes the highest priority, rr the next after the one served last, fifo the frame that came first.
int OutputPort::choose(Picoseconds now) const {
  int best = -1;
  const auto n = static_cast<unsigned>(queues_.size());
  for (unsigned i = 0; i < n; ++i) {
    const unsigned q = settings_.scheduler == Scheduler::strict ? n - 1 - i
                       : settings_.scheduler == Scheduler::rr   ? (last_served_ + 1 + i) % n
                                                                : i;
    if (head_start(queues_[q], now) > now) continue;
    if (settings_.scheduler != Scheduler::fifo) return static_cast<int>(q);
    if (best < 0 || queues_[q].frames.front().arrived < queues_[static_cast<unsigned>(best)].frames.front().arrived)
      best = static_cast<int>(q);
  }
  return best;
}

std::optional<QueuedFrame> OutputPort::start(Picoseconds now) {
  const int chosen = choose(now);
  if (chosen < 0) return std::nullopt;
  Queue& queue = queues_[static_cast<unsigned>(chosen)];
  settle_occupancy(now);
  const QueuedFrame frame = queue.frames.front();
  queue.frames.pop_front();
  buffered_ -= frame.bytes;
  --statistics_.waiting;
  ++statistics_.left;
  statistics_.residence += now - frame.arrived;
  const Picoseconds duration = wire_time(frame.bytes);
  if (queue.cbs) queue.cbs->transmit(seconds(now), seconds(duration), !queue.frames.empty());
  busy_until_ = now + duration;
  busy_ += duration;
  last_served_ = static_cast<unsigned>(chosen);
  return frame;
}

}  // namespace snnvp::net
