// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/workloads/traffic/traffic_run.h>

namespace snnvp {
namespace {

constexpr std::pair<const char*, traffic::Pattern> patterns[] = {
    {"uniform", traffic::Pattern::uniform},
    {"transpose", traffic::Pattern::transpose},
    {"bit-complement", traffic::Pattern::bit_complement},
    {"tornado", traffic::Pattern::tornado},
    {"neighbour", traffic::Pattern::neighbour},
    {"hotspot", traffic::Pattern::hotspot},
};

/// Offers open-loop traffic to the platform's network and tells what it measured.
class TrafficDriver : public WorkloadDriver {
public:
  TrafficDriver(traffic::TrafficSpec spec, std::string network, std::string trace)
      : spec_(std::move(spec)), network_name_(std::move(network)), trace_(std::move(trace)) {}

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override {
    // Which kinds carry packets is known from their blocks only; a name that does not exist is told here.
    if (!network_name_.empty() && plan.blocks.count(network_name_) == 0) {
      std::vector<std::string> names;
      for (const auto& [name, block] : plan.blocks) names.push_back(name);
      diagnostics.error(pos, "workload.block", fmt::format("there is no block '{}'", network_name_), did_you_mean(network_name_, names));
    }
  }

  void attach(Platform& platform) override {
    std::vector<std::string> found;
    for (const auto& [name, module] : platform.blocks())
      if (dynamic_cast<PacketNetwork*>(module.get()) && (network_name_.empty() || name == network_name_)) found.push_back(name);
    if (found.empty())
      throw InputError(
          network_name_.empty()
              ? "workload: no block of the platform carries packets; a traffic workload needs a network such as interconnect.mesh"
              : fmt::format("workload.block: {} does not carry packets", network_name_));
    if (found.size() > 1) throw InputError(fmt::format("workload.block: name one of the networks {}", join_names(found)));
    network_ = platform.find<PacketNetwork>(found.front());
    const NetworkShape shape = network_->network_shape();
    if (!trace_.empty()) spec_.trace = traffic::read_trace(trace_, shape.nodes(), shape.packet_flits);
    run_.emplace(spec_, shape);
    network_->attach(*run_);
  }

  bool is_finished() const override { return run_->is_finished(*network_); }
  std::uint64_t work_done() const override { return run_->cycles_done() + network_->packet_balance().out; }

  void collect(RunReport& report) override {
    const traffic::TrafficResult r = run_->result();
    check_balance(report);
    report.totals.emplace_back("latency_cycles", r.latency ? StatValue(*r.latency) : StatValue());
    report.totals.emplace_back("offered_rate", r.offered_rate);
    report.totals.emplace_back("accepted_rate", r.accepted_rate);
    report.totals.emplace_back("stable", r.is_stable);
    nlohmann::ordered_json section;
    const auto or_null = [](const std::optional<double>& value) {
      return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
    };
    section["verdict"] = r.verdict;
    section["packets"] = r.packets;
    section["missing_packets"] = r.missing;
    section["latency_cycles"] = {{"mean", or_null(r.latency)}, {"min", r.latency_min}, {"p50", r.latency_p50},
                                 {"p95", r.latency_p95},       {"p99", r.latency_p99}, {"max", r.latency_max}};
    section["queueing_cycles"] = or_null(r.queueing);
    section["routers"] = or_null(r.routers);
    section["source_backlog"] = {{"first_quarter", r.backlog_first}, {"last_quarter", r.backlog_last}};
    section["link_utilisation"] = {{"mean", r.link_mean}, {"max", r.link_max}};
    section["measured_from"] = run_->measure_from();
    section["measured_to"] = run_->measure_to();
    report.sections["traffic"] = std::move(section);
    report.files.emplace_back("links.csv", links_csv(r));
    report.summary_lines.push_back(fmt::format("  traffic   latency {} cycles, offered {:.4f}, accepted {:.4f} flits/node/cycle, {}",
                                               r.latency ? fmt::format("{:.2f}", *r.latency) : "-", r.offered_rate, r.accepted_rate,
                                               r.verdict));
  }

private:
  /// Nothing lost, nothing made; and, once empty, mean occupancy = rate x mean residence (Little's law), both exact.
  void check_balance(RunReport& report) const {
    const PacketBalance b = network_->packet_balance();
    if (b.in != b.out + b.inside)
      throw InternalError(fmt::format("packets are not conserved: {} in, {} out, {} inside", b.in, b.out, b.inside));
    if (b.inside == 0 && b.occupancy_cycles != b.residence_cycles)
      throw InternalError(
          fmt::format("Little's law does not hold: occupancy {}, residence {} packet cycles", b.occupancy_cycles, b.residence_cycles));
    report.summary_lines.push_back(fmt::format("  packets   {} in, {} out, {} inside: conserved", b.in, b.out, b.inside));
  }

  std::string links_csv(const traffic::TrafficResult& r) const {
    std::string csv = "x,y,port,flits,utilisation\n";
    const auto cycles = static_cast<double>(run_->measure_to() - run_->measure_from());
    for (const LinkCount& link : r.links)
      csv +=
          fmt::format("{},{},{},{},{}\n", link.x, link.y, link.port, link.flits, shortest_double(static_cast<double>(link.flits) / cycles));
    return csv;
  }

  traffic::TrafficSpec spec_;
  std::string network_name_, trace_;
  PacketNetwork* network_ = nullptr;
  std::optional<traffic::TrafficRun> run_;
};

LayerProgram build_traffic(const ParamSet& params) {
  traffic::TrafficSpec spec;
  const std::string pattern = params.get<std::string>("pattern");
  for (const auto& [name, value] : patterns)
    if (pattern == name) spec.pattern = value;
  const std::string injection = params.get<std::string>("injection");
  spec.process = pattern == "bursty"      ? traffic::Process::bursty
                 : injection == "poisson" ? traffic::Process::poisson
                                          : traffic::Process::bernoulli;
  spec.rate = params.get<double>("rate");
  spec.burst_rate = params.get<double>("burst.rate");
  spec.burst_cycles = params.get<double>("burst.cycles");
  for (const Value& node : params.at("hotspot.nodes").items()) spec.hotspot.nodes.push_back(static_cast<std::uint32_t>(node.as_u64()));
  spec.hotspot.share = params.get<double>("hotspot.share");
  spec.fanout = params.get<unsigned>("fanout");
  spec.warmup = params.get<Cycles>("warmup");
  spec.measure = params.get<Cycles>("measure");
  spec.drain = params.get<Cycles>("drain");
  spec.seed = params.get<std::uint64_t>("seed");
  if (pattern == "hotspot" && spec.hotspot.nodes.empty()) throw InputError("pattern hotspot needs workload.hotspot.nodes");
  LayerProgram program;
  std::string trace;
  if (pattern == "trace") {
    if (params.is_null("trace") || params.get<std::string>("trace").empty())
      throw InputError("pattern trace needs workload.trace, a CSV file");
    trace = params.get<std::string>("trace");
    program.input_files.push_back(trace);
    program.real_files.push_back(trace);
  }
  program.driver = std::make_shared<TrafficDriver>(std::move(spec), params.get<std::string>("block"), trace);
  return program;
}

}  // namespace

WorkloadKind traffic_workload() {
  WorkloadKind kind;
  kind.kind = "traffic";
  kind.doc = "Open-loop packet traffic on a network: warm-up, measurement, drain, and a verdict on saturation";
  ParamSpec node = param("node", 0, "node").range(0, 1048575);
  kind.params = {
      param("pattern", "uniform", "where packets go; bursty: uniform with on and off phases; trace: as a file says")
          .choices({"uniform", "transpose", "bit-complement", "tornado", "neighbour", "hotspot", "bursty", "trace"}),
      param("rate", 0.1, "flits per node and cycle").range(0, 1),
      param("injection", "bernoulli",
            "bernoulli: in each cycle with the same probability; poisson: several packets may fall into one cycle")
          .choices({"bernoulli", "poisson"}),
      group("burst",
            {
                param("rate", 1.0, "flits per node and cycle in an on phase").range(0, 1),
                param("cycles", 16.0, "mean length of an on phase").unit("cycles").range(1, 1e9),
            },
            "pattern bursty"),
      group("hotspot",
            {
                list_of("nodes", node, "nodes that get more: x + width * y"),
                param("share", 0.2, "of the packets that go there").range(0, 1),
            },
            "pattern hotspot"),
      path_param("trace", "pattern trace: CSV file cycle,source,destination[,flits]"),
      param("fanout", 1, "destinations of each packet; all but the first are drawn uniformly").range(1, 65536),
      param("warmup", 10000, "before the measurement").unit("cycles").range(0, 1e12),
      param("measure", 50000, "length of the measurement; at least 20000 for a verdict on growing queues").unit("cycles").range(1, 1e12),
      param("drain", 50000, "at most, until the packets of the measurement have arrived").unit("cycles").range(0, 1e12),
      param("block", "", "the network, if there are several"),
  };
  kind.main_param = "pattern";
  kind.uses_engines = false;
  kind.build = build_traffic;
  return kind;
}

}  // namespace snnvp
