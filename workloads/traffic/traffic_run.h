// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/block/packet_network.h>
#include <snnvp/workloads/traffic/injection.h>
#include <snnvp/workloads/traffic/pattern.h>

namespace snnvp::traffic {

struct TracePacket {
  Cycles cycle = 0;
  std::uint32_t source = 0, destination = 0, flits = 1;
};

/// Reads a CSV file `cycle,source,destination[,flits]`, a heading line allowed; packets come back in the order of their cycles.
/// Throws InputError with file and line.
std::vector<TracePacket> read_trace(const std::string& path, std::uint32_t nodes, std::uint32_t packet_flits);

/// Open-loop traffic: sources never wait for the network. Warm-up, measurement, and a drain in which sources go on until the packets
/// of the measurement have arrived (or `drain` cycles are over); then sources stop and the network empties.
struct TrafficSpec {
  Pattern pattern = Pattern::uniform;
  Hotspot hotspot;
  Process process = Process::bernoulli;
  double rate = 0.1;  ///< flits per node and cycle, 0 to 1
  double burst_rate = 1;
  double burst_cycles = 16;
  unsigned fanout = 1;  ///< destinations of a packet; the others are drawn uniformly
  Cycles warmup = 10'000, measure = 50'000, drain = 50'000;
  std::uint64_t seed = 1;
  std::vector<TracePacket> trace;  ///< if not empty, instead of pattern and rate: warmup 0, measured to its last cycle
};

/// What was measured. Latencies count from creation to delivery of the last flit, in cycles.
struct TrafficResult {
  std::uint64_t packets = 0;  ///< created in the measurement and delivered
  std::uint64_t missing = 0;  ///< created in the measurement and not delivered before sources stopped
  std::optional<double> latency, queueing, routers;  ///< means: all of it; of it in the source's queue; routers passed
  std::uint64_t latency_min = 0, latency_p50 = 0, latency_p95 = 0, latency_p99 = 0, latency_max = 0;
  double offered_rate = 0, accepted_rate = 0;  ///< flits per node and cycle of the measurement, created and delivered
  bool is_stable = true;
  std::string verdict;  ///< why
  double backlog_first = 0, backlog_last = 0;  ///< packets in source queues, mean of the first and the last quarter
  double link_mean = 0, link_max = 0;          ///< flits per cycle of the links between routers in the measurement
  std::vector<LinkCount> links;                ///< flits in the measurement
};

class TrafficRun : public PacketClient {
public:
  /// Mean latency beyond which a run counts as unstable (decision 35).
  static constexpr double latency_limit = 500;
  /// The verdict on growing queues needs a measurement of this length (decision 35).
  static constexpr Cycles least_measure = 20'000;

  /// Throws InputError if spec and network do not fit.
  TrafficRun(const TrafficSpec& spec, const NetworkShape& shape);

  Cycles next_cycle() const override;
  void act(Cycles cycle, PacketNetwork& network) override;
  void arrived(const PacketArrival& packet) override;

  bool is_finished(const PacketNetwork& network) const { return is_stopped_ && network.packet_balance().inside == 0; }
  std::uint64_t cycles_done() const { return now_; }
  Cycles measure_from() const { return spec_.warmup; }
  Cycles measure_to() const { return spec_.warmup + spec_.measure; }
  /// When the network is empty again.
  TrafficResult result() const;

private:
  struct Source {
    RandomStream random;
    Injection::State state;
  };
  struct Due {
    Cycles cycle = 0;
    std::uint32_t node = 0;
  };

  void send(std::uint32_t node, std::uint32_t destination, std::uint32_t flits, PacketNetwork& network);
  void sample(PacketNetwork& network);
  bool is_measured(Cycles created) const { return created >= measure_from() && created < measure_to(); }
  void judge(TrafficResult& result) const;

  TrafficSpec spec_;
  NetworkShape shape_;
  Destinations destinations_;
  std::optional<Injection> injection_;
  std::vector<Source> sources_;
  std::vector<Due> due_;  // heap, earliest on top
  std::size_t trace_at_ = 0;
  std::vector<std::uint32_t> fan_;  // destinations of the packet being sent

  std::vector<Cycles> samples_;  // when backlogs are looked at, then the end of the measurement
  std::size_t sample_at_ = 0;
  std::vector<std::uint64_t> first_backlog_, last_backlog_, sent_;  // by source; sums over samples; packets in the measurement
  std::vector<LinkCount> links_;

  bool is_stopped_ = false;
  Cycles now_ = 0, stopped_at_ = 0;
  std::uint64_t outstanding_ = 0, missing_ = 0;
  std::uint64_t offered_flits_ = 0, accepted_flits_ = 0;
  std::uint64_t delivered_ = 0, latency_sum_ = 0, queueing_sum_ = 0, routers_sum_ = 0, latency_min_ = ~std::uint64_t{0}, latency_max_ = 0;
  std::vector<std::uint64_t> histogram_;  // of latencies; the last bin is "that or more"
};

}  // namespace snnvp::traffic
