// SPDX-License-Identifier: Apache-2.0
// The workload kind `frames`: flows of frames through packet switches, and how long they take.
#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/frame_station.h>
#include <snnvp/platform/elaborate/plan.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/workloads/frames/frame_format.h>

namespace snnvp {
namespace {

struct Flow {
  std::string station;
  unsigned port = 0;
  net::FrameFormat format = net::FrameFormat::ethernet;
  net::FrameHeader header;
  std::uint64_t frames = 1;
  Bytes bytes = 64;
  std::string pattern;
  Picoseconds interval = 0, start = 0;
};

struct FlowResult {
  std::uint64_t received = 0;
  Picoseconds largest = 0;
  double sum = 0;
};

class FramesDriver : public WorkloadDriver {
public:
  FramesDriver(std::vector<Flow> flows, std::uint64_t seed) : flows_(std::move(flows)), seed_(seed), results_(flows_.size()) {}

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override {
    std::vector<std::string> stations;
    for (const auto& [name, block] : plan.blocks)
      if (block.kind->kind == "models.nic") stations.push_back(name);
    if (stations.empty()) return diagnostics.error(pos, "workload.kind", "no block of this platform sends frames", "add a models.nic");
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      const Flow& flow = flows_[i];
      const std::string where = fmt::format("workload.flows[{}]", i);
      const std::string station = flow.station.empty() ? stations.front() : flow.station;
      if (std::find(stations.begin(), stations.end(), station) == stations.end()) {
        diagnostics.error(pos, where + ".from", quote(station) + " is no models.nic of this platform", "allowed: " + join_names(stations));
        continue;
      }
      const std::size_t outputs = plan.blocks.at(station).params.peers("out").size();
      if (flow.port >= outputs)
        diagnostics.error(pos, where + ".port", fmt::format("{} has {} links from out", station, outputs), "ports count from 0");
    }
  }

  void attach(Platform& platform) override {
    for (const auto& [name, module] : platform.blocks())
      if (auto* station = dynamic_cast<FrameStation*>(module.get())) {
        stations_[name] = station;
        station->on_frame(
            [this](unsigned, Picoseconds at, const std::vector<std::uint8_t>& bytes, const FrameNote& note) { receive(at, bytes, note); });
      }
  }

  /// Each flow's frames; what is drawn depends on the flow alone.
  void start() override {
    std::map<FrameStation*, std::vector<StationFrame>> by_station;
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      const Flow& flow = flows_[i];
      FrameStation* station = flow.station.empty() ? stations_.begin()->second : stations_.at(flow.station);
      const std::vector<std::uint8_t> bytes = flow.format == net::FrameFormat::ethernet
                                                  ? net::make_frame(flow.header, flow.bytes)
                                                  : net::make_spike_frame(flow.format, flow.header, {});
      contents_.push_back(bytes);
      RandomStream random(seed_, fmt::format("frames/{}", i));
      Picoseconds at = flow.start;
      for (std::uint64_t n = 0; n < flow.frames; ++n) {
        StationFrame f;
        f.port = flow.port;
        f.at = at;
        f.bytes = bytes;
        f.note = {at, true, static_cast<double>(i)};  // which flow it belongs to
        by_station[station].push_back(std::move(f));
        if (flow.pattern == "periodic") at += flow.interval;
        if (flow.pattern == "random") at += random.below(2 * flow.interval + 1);
      }
      sent_ += flow.frames;
    }
    for (auto& [station, frames] : by_station) station->send_frames(std::move(frames));
  }

  /// Frames may be dropped, so there is no number to wait for: the run ends when nothing is under way.
  bool is_finished() const override { return true; }
  std::uint64_t work_done() const override { return received_; }
  std::uint64_t work_total() const override { return sent_; }

  void collect(RunReport& report) override {
    if (report.checked) {
      report.compared = received_;
      report.mismatches = changed_;
      if (changed_ != 0)
        report.diagnosis.push_back({"output_mismatch", "error", fmt::format("{} frames changed on their way", changed_), ""});
    }
    double sum = 0;
    Picoseconds largest = 0;
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      const FlowResult& r = results_[i];
      sum += r.sum;
      largest = std::max(largest, r.largest);
      nlohmann::ordered_json row = {{"flow", i}, {"sent", flows_[i].frames}, {"received", r.received}};
      row["mean_latency_ns"] =
          r.received == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(r.sum / static_cast<double>(r.received) / 1000);
      row["max_latency_ns"] = static_cast<double>(r.largest) / 1000;
      rows.push_back(row);
      report.summary_lines.push_back(
          fmt::format("flow {}: {} frames sent, {} received, latency mean {:.1f} ns, max {:.1f} ns", i, flows_[i].frames, r.received,
                      r.received == 0 ? 0 : r.sum / static_cast<double>(r.received) / 1000, static_cast<double>(r.largest) / 1000));
    }
    report.totals.emplace_back("frames_sent", sent_);
    report.totals.emplace_back("frames_received", received_);
    report.totals.emplace_back("mean_latency_ns", received_ == 0 ? StatValue() : StatValue(sum / static_cast<double>(received_) / 1000));
    report.totals.emplace_back("max_latency_ns", static_cast<double>(largest) / 1000);
    report.totals.emplace_back("last_arrival_us", static_cast<double>(last_) / 1e6);
    report.sections["flows"] = rows;
  }

private:
  void receive(Picoseconds at, const std::vector<std::uint8_t>& bytes, const FrameNote& note) {
    ++received_;
    last_ = std::max(last_, at);
    if (!note.has_ideal || !(note.ideal >= 0) || note.ideal >= static_cast<double>(results_.size())) return;
    FlowResult& r = results_[static_cast<std::size_t>(note.ideal)];
    const Picoseconds latency = at - note.launched;
    ++r.received;
    changed_ += bytes != contents_[static_cast<std::size_t>(note.ideal)];
    r.sum += static_cast<double>(latency);
    r.largest = std::max(r.largest, latency);
  }

  std::vector<Flow> flows_;
  std::uint64_t seed_;
  std::map<std::string, FrameStation*> stations_;
  std::vector<FlowResult> results_;
  std::vector<std::vector<std::uint8_t>> contents_;  // of each flow's frames
  std::uint64_t sent_ = 0, received_ = 0, changed_ = 0;
  Picoseconds last_ = 0;
};

LayerProgram build(const ParamSet& params) {
  std::vector<Flow> flows;
  std::uint64_t total = 0;
  for (const Value& item : params.at("flows").items()) {
    const ParamSet p(item);
    Flow f;
    f.station = p.get<std::string>("from");
    f.port = p.get<unsigned>("port");
    f.format = net::format_of(p.get<std::string>("format"));
    f.header = {p.get<std::uint32_t>("group"), p.get<std::uint8_t>("priority")};
    f.frames = p.get<std::uint64_t>("frames");
    f.bytes = p.get<Bytes>("bytes");
    f.pattern = p.get<std::string>("pattern");
    f.interval = p.get<Picoseconds>("interval");
    f.start = p.get<Picoseconds>("start");
    total += f.frames;
    flows.push_back(f);
  }
  if (flows.empty()) throw InputError("at least one flow is needed");
  if (total > 5'000'000) throw InputError("more than 5 million frames in one run");
  LayerProgram program;
  program.driver = std::make_shared<FramesDriver>(std::move(flows), params.get<std::uint64_t>("seed"));
  return program;
}

}  // namespace

WorkloadKind frames_workload() {
  ParamSpec flow = group("flow",
                         {
                             param("from", "", "models.nic that sends; default: the first by name"),
                             param("port", 0, "its output").range(0, 1023),
                             param("format", "ethernet", "that of the switch").choices({"ethernet", "noc", "aer"}),
                             param("group", 0, "multicast group").range(0, 65535),
                             param("priority", 0, "0 lowest").range(0, 7),
                             param("frames", 1, "how many").range(1, 5e6),
                             quantity("bytes", Dimension::bytes, Bytes{64}, "of an Ethernet frame, with check sequence").range(64, 9216),
                             param("pattern", "burst", "all at once, one every interval, or gaps drawn from 0 to 2 intervals")
                                 .choices({"burst", "periodic", "random"}),
                             quantity("interval", Dimension::time, Picoseconds{0}, "mean time between frames").range(0, 1e15),
                             quantity("start", Dimension::time, Picoseconds{0}, "of its first frame").range(0, 1e15),
                         },
                         "one flow");
  WorkloadKind kind;
  kind.kind = "frames";
  kind.doc = "Flows of frames through packet switches; latencies and losses";
  kind.params = {list_of("flows", flow, "flows, all at the same time")};
  kind.main_param = "flows";
  kind.uses_engines = false;
  kind.build = build;
  return kind;
}

}  // namespace snnvp
