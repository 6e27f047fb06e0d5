// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/traffic/traffic_run.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::traffic {
namespace {

constexpr std::size_t samples_per_quarter = 128;
constexpr std::size_t bins = 65'536;
constexpr auto later = [](const auto& a, const auto& b) { return a.cycle != b.cycle ? a.cycle > b.cycle : a.node > b.node; };

}  // namespace

TrafficRun::TrafficRun(const TrafficSpec& spec, const NetworkShape& shape)
    : spec_(spec),
      shape_(shape),
      destinations_(spec.trace.empty() ? spec.pattern : Pattern::uniform, {shape.width, shape.height}, spec.hotspot),
      first_backlog_(shape.nodes()),
      last_backlog_(shape.nodes()),
      sent_(shape.nodes()),
      histogram_(bins) {
  if (spec.fanout > shape.nodes()) throw InputError(fmt::format("fanout {}: the network has only {} nodes", spec.fanout, shape.nodes()));
  if (!spec.trace.empty()) {
    if (spec.fanout != 1) throw InputError("fanout goes with patterns, not with a trace");
    spec_.warmup = 0;
    spec_.measure = spec.trace.back().cycle + 1;
  } else if (spec.rate > 0) {  // else all sources are silent
    const double per_packet = shape.packet_flits;
    injection_.emplace(InjectionSpec{spec.process, spec.rate / per_packet, spec.burst_rate / per_packet, spec.burst_cycles});
    for (std::uint32_t node = 0; node < shape.nodes(); ++node) {
      sources_.push_back({RandomStream(spec.seed, fmt::format("traffic/{}", node)), {}});
      Source& source = sources_.back();
      source.state = injection_->start(source.random);
      due_.push_back({injection_->next(source.state, source.random), node});
    }
    std::make_heap(due_.begin(), due_.end(), later);
  }
  // Backlogs are looked at in the middle of equal parts of the first and the last quarter; both ends take the links' counts.
  samples_.push_back(measure_from());
  for (const Cycles quarter : {Cycles{0}, Cycles{3}})
    for (std::size_t i = 0; i < samples_per_quarter; ++i)
      samples_.push_back(measure_from() + spec_.measure * quarter / 4 + spec_.measure * (2 * i + 1) / (8 * samples_per_quarter));
  samples_.push_back(measure_to());
}

Cycles TrafficRun::next_cycle() const {
  Cycles next = sample_at_ < samples_.size() ? samples_[sample_at_] : never;
  if (is_stopped_) return next;
  if (now_ >= measure_to()) next = std::min(next, measure_to() + spec_.drain);
  if (!due_.empty()) next = std::min(next, due_.front().cycle);
  if (trace_at_ < spec_.trace.size()) next = std::min(next, spec_.trace[trace_at_].cycle);
  return std::max(next, now_);
}

void TrafficRun::act(Cycles cycle, PacketNetwork& network) {
  now_ = cycle;
  while (sample_at_ < samples_.size() && samples_[sample_at_] <= cycle) sample(network);
  if (cycle >= measure_to() && !is_stopped_ && (outstanding_ == 0 || cycle >= measure_to() + spec_.drain)) {
    is_stopped_ = true;
    missing_ = outstanding_;
  }
  if (is_stopped_) return;
  for (; trace_at_ < spec_.trace.size() && spec_.trace[trace_at_].cycle <= cycle; ++trace_at_) {
    const TracePacket& packet = spec_.trace[trace_at_];
    send(packet.source, packet.destination, packet.flits, network);
  }
  while (!due_.empty() && due_.front().cycle <= cycle) {
    std::pop_heap(due_.begin(), due_.end(), later);
    Due& due = due_.back();
    Source& source = sources_[due.node];
    send(due.node, destinations_.draw(due.node, source.random), shape_.packet_flits, network);
    due.cycle = injection_->next(source.state, source.random);
    std::push_heap(due_.begin(), due_.end(), later);
  }
}

void TrafficRun::send(std::uint32_t node, std::uint32_t destination, std::uint32_t flits, PacketNetwork& network) {
  const bool counts = is_measured(now_);
  if (counts) {
    outstanding_ += spec_.fanout;
    offered_flits_ += flits;
    ++sent_[node];
  }
  const PacketRequest packet{node, destination, flits, 0, 0};
  if (spec_.fanout == 1) return network.send_packet(packet);
  fan_.assign(1, destination);
  while (fan_.size() < spec_.fanout) {
    const auto drawn = static_cast<std::uint32_t>(sources_[node].random.below(shape_.nodes()));
    if (std::find(fan_.begin(), fan_.end(), drawn) == fan_.end()) fan_.push_back(drawn);
  }
  network.send_packets(packet, fan_);
}

void TrafficRun::sample(PacketNetwork& network) {
  const std::size_t index = sample_at_++;
  if (index == 0) {
    links_ = network.link_counts();
  } else if (index + 1 == samples_.size()) {
    const std::vector<LinkCount> end = network.link_counts();
    for (std::size_t i = 0; i < end.size(); ++i) links_[i].flits = end[i].flits - links_[i].flits;
  } else {
    std::vector<std::uint64_t>& backlog = index <= samples_per_quarter ? first_backlog_ : last_backlog_;
    for (std::uint32_t node = 0; node < shape_.nodes(); ++node) backlog[node] += network.queued(node);
  }
}

void TrafficRun::arrived(const PacketArrival& packet) {
  if (is_measured(packet.arrived)) accepted_flits_ += packet.flits;
  if (!is_measured(packet.created) || is_stopped_) return;
  --outstanding_;
  const std::uint64_t latency = packet.arrived - packet.created;
  ++delivered_;
  latency_sum_ += latency;
  queueing_sum_ += packet.entered - packet.created;
  routers_sum_ += packet.routers;
  latency_min_ = std::min(latency_min_, latency);
  latency_max_ = std::max(latency_max_, latency);
  ++histogram_[std::min<std::uint64_t>(latency, bins - 1)];
  // The last one ends the run; a trace has no later packet at which to notice.
  if (outstanding_ == 0 && packet.arrived >= measure_to()) is_stopped_ = true;
}

TrafficResult TrafficRun::result() const {
  TrafficResult result;
  result.packets = delivered_;
  result.missing = missing_;
  if (delivered_ != 0) {
    const auto mean = [this](std::uint64_t sum) { return static_cast<double>(sum) / static_cast<double>(delivered_); };
    result.latency = mean(latency_sum_);
    result.queueing = mean(queueing_sum_);
    result.routers = mean(routers_sum_);
    result.latency_min = latency_min_;
    result.latency_max = latency_max_;
    const auto percentile = [this](std::uint64_t percent) {
      const std::uint64_t rank = ceil_div(delivered_ * percent, 100);
      std::uint64_t below = 0;
      std::size_t latency = 0;
      while ((below += histogram_[latency]) < rank) ++latency;
      return std::min<std::uint64_t>(latency, latency_max_);
    };
    result.latency_p50 = percentile(50);
    result.latency_p95 = percentile(95);
    result.latency_p99 = percentile(99);
  }
  const double node_cycles = static_cast<double>(shape_.nodes()) * static_cast<double>(spec_.measure);
  result.offered_rate = static_cast<double>(offered_flits_) / node_cycles;
  result.accepted_rate = static_cast<double>(accepted_flits_) / node_cycles;
  result.links = links_;
  std::uint64_t links = 0, sum = 0, most = 0;
  for (const LinkCount& link : links_) {
    if (std::string(link.port) == "local") continue;
    ++links;
    sum += link.flits;
    most = std::max(most, link.flits);
  }
  const auto cycles = static_cast<double>(spec_.measure);
  result.link_mean = links == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(links) / cycles;
  result.link_max = static_cast<double>(most) / cycles;
  judge(result);
  return result;
}

/// A queue at the edge of stability wanders by some dozen packets; one that grows gains a fixed share of what its source makes. So a
/// queue counts as growing if it gained more than 3 % of the packets made between the middles of the two quarters, and 20 packets.
void TrafficRun::judge(TrafficResult& result) const {
  const auto mean = [](std::uint64_t sum) { return static_cast<double>(sum) / static_cast<double>(samples_per_quarter); };
  double worst = 0;
  std::uint32_t where = 0, growing = 0;
  for (std::uint32_t node = 0; node < shape_.nodes(); ++node) {
    const double first = mean(first_backlog_[node]), last = mean(last_backlog_[node]);
    result.backlog_first += first;
    result.backlog_last += last;
    const double made = 0.75 * static_cast<double>(sent_[node]);
    if (last - first <= std::max(20.0, 0.03 * made)) continue;
    ++growing;
    if (last - first > worst) worst = last - first, where = node;
  }
  if (result.latency && *result.latency > latency_limit) {
    result.is_stable = false;
    result.verdict = fmt::format("unstable: the mean latency exceeds {} cycles", latency_limit);
  } else if (growing != 0 && spec_.measure >= least_measure) {
    result.is_stable = false;
    result.verdict = fmt::format("unstable: {} source queues grow, that of node {} by {:.0f} packets", growing, where, worst);
  } else if (result.missing != 0) {
    result.is_stable = false;
    result.verdict = fmt::format("unstable: {} packets of the measurement had not arrived {} cycles after it", result.missing, spec_.drain);
  } else {
    result.verdict = spec_.measure < least_measure
                         ? fmt::format("stable by its latency; {} cycles are too few to tell growing queues", spec_.measure)
                         : "stable: no source queue grows";
  }
}

}  // namespace snnvp::traffic
