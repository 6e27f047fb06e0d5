// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/memory_device.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

constexpr Bytes default_footprint = Bytes{64} << 20;
constexpr std::uint64_t default_requests = 65536;  // per channel: twenty refresh intervals and more

double nanoseconds(Picoseconds ps) { return static_cast<double>(ps) / 1000; }

/// Loads a memory and tells its bandwidth, and its latency without load.
class MemoryTrafficDriver : public WorkloadDriver {
public:
  struct Settings {
    MemoryTraffic traffic;  ///< 0 where the memory decides
    std::string source, memory;
  };

  explicit MemoryTrafficDriver(Settings settings) : settings_(std::move(settings)) {}

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override {
    for (const auto& [key, name] : {std::pair("source", settings_.source), std::pair("memory", settings_.memory)}) {
      if (name.empty() || plan.blocks.count(name) != 0) continue;
      std::vector<std::string> names;
      for (const auto& block : plan.blocks) names.push_back(block.first);
      diagnostics.error(pos, fmt::format("workload.{}", key), fmt::format("there is no block '{}'", name), did_you_mean(name, names));
    }
  }

  void attach(Platform& platform) override {
    source_ = find<MemoryTrafficSource>(platform, "source", settings_.source, "sends memory accesses (models.memory_traffic)");
    memory_ = find<MemoryDevice>(platform, "memory", settings_.memory, "is a memory that states its timing (models.dram)");
    shape_ = memory_->memory_shape();
    MemoryTraffic& t = settings_.traffic;
    if (t.access == 0) t.access = shape_.burst_bytes;
    if (t.access % 8 != 0) throw InputError(fmt::format("workload.access: {} B is no multiple of 8", t.access));
    if (t.footprint == 0) t.footprint = std::min(shape_.size, default_footprint);
    t.footprint -= t.footprint % t.access;
    if (t.footprint == 0 || t.footprint > shape_.size)
      throw InputError(
          fmt::format("workload.footprint: at least one access of {} B, at most the memory's {}", t.access, bytes_text(shape_.size)));
    if (t.pattern == MemoryTraffic::Pattern::strided && (t.stride % t.access != 0 || t.stride > t.footprint))
      throw InputError(
          fmt::format("workload.stride: {} B is no multiple of the access of {} B, or more than the footprint", t.stride, t.access));
    if (t.requests == 0) t.requests = default_requests * shape_.channels;
    if (t.outstanding == 0) {
      // 32 in the queue of each channel; what the controller's latency and the data bus hold comes on top.
      const Picoseconds burst = std::max<Picoseconds>(shape_.burst_ps, 1);
      t.outstanding = shape_.channels * (queue_places + std::min<std::uint64_t>(ceil_div(shape_.on_the_way_ps, burst), 100'000));
    }
    for (const Address address : shape_.banks) t.unloaded.push_back(t.base + address);
    t.unloaded_edge = shape_.clock_ps;
    source_->set_traffic(t);
  }

  void start() override { source_->prepare(); }
  bool is_finished() const override { return source_->is_finished(); }
  std::uint64_t work_done() const override {
    const MemoryTrafficResult r = source_->traffic_result();
    return r.done + r.unloaded_reads;
  }
  std::uint64_t work_total() const override { return settings_.traffic.requests + settings_.traffic.unloaded.size(); }
  std::string status() const override { return source_->traffic_result().errors == 0 ? "ok" : "bus_error"; }

  void collect(RunReport& report) override {
    const MemoryTrafficResult r = source_->traffic_result();
    const MemoryCounts counts = memory_->memory_counts();
    const Picoseconds time = r.ended - r.started;
    const double bytes = static_cast<double>(r.done * settings_.traffic.access);
    // A memory that takes no time has no bandwidth.
    const bool has_bandwidth = time != 0, has_latency = r.unloaded_reads != 0;
    const double bandwidth = has_bandwidth ? bytes * 1e3 / static_cast<double>(time) : 0;
    const double latency = has_latency ? nanoseconds(r.unloaded_sum) / static_cast<double>(r.unloaded_reads) : 0;
    report.totals.emplace_back("bandwidth_gbs", has_bandwidth ? StatValue(bandwidth) : StatValue());
    report.totals.emplace_back("latency_ns", has_latency ? StatValue(latency) : StatValue());
    report.compared += r.compared;
    report.mismatches += r.mismatches;

    using Json = nlohmann::ordered_json;
    Json section;
    section["accesses"] = r.done;
    section["access_bytes"] = settings_.traffic.access;
    section["outstanding"] = settings_.traffic.outstanding;
    section["errors"] = r.errors;
    section["time_ns"] = nanoseconds(time);
    const bool has_peak = shape_.peak_bytes_per_s > 0;
    section["peak_gbs"] = has_peak ? Json(shape_.peak_bytes_per_s * 1e-9) : Json(nullptr);
    section["share_of_peak"] = has_peak && has_bandwidth ? Json(bandwidth * 1e9 / shape_.peak_bytes_per_s) : Json(nullptr);
    section["unloaded_latency_ns"] = {{"reads", r.unloaded_reads},
                                      {"min", nanoseconds(r.unloaded_min)},
                                      {"mean", has_latency ? Json(latency) : Json(nullptr)},
                                      {"max", nanoseconds(r.unloaded_max)}};
    section["loaded_latency_ns"] = {{"min", nanoseconds(r.loaded_min)}, {"mean", r.loaded_mean / 1000}, {"max", nanoseconds(r.loaded_max)}};
    if (counts.has_rows) {
      const std::uint64_t bursts = counts.row_hits + counts.row_misses + counts.row_conflicts;
      section["row_hits"] = counts.row_hits;
      section["row_misses"] = counts.row_misses;
      section["row_conflicts"] = counts.row_conflicts;
      section["row_hit_rate"] = bursts == 0 ? Json(nullptr) : Json(static_cast<double>(counts.row_hits) / static_cast<double>(bursts));
      section["activations"] = counts.activations;
      section["refreshes"] = counts.refreshes;
    }
    report.sections["memory_traffic"] = std::move(section);
    report.summary_lines.push_back(fmt::format("  memory    {:.2f} GB/s of {:.2f} peak, {:.1f} ns unloaded, {:.1f} ns loaded", bandwidth,
                                               shape_.peak_bytes_per_s * 1e-9, latency, r.loaded_mean / 1000));
    if (r.errors != 0)
      report.diagnosis.push_back({"memory_traffic.errors", "error",
                                  fmt::format("{} accesses had an error response; the first: {}", r.errors, r.error),
                                  "the address range of the workload must be mapped: base, footprint"});
  }

private:
  static constexpr std::uint64_t queue_places = 32;

  static std::string bytes_text(Bytes bytes) { return fmt::format("{} B", bytes); }

  template <typename T>
  static T* find(Platform& platform, const char* key, const std::string& name, const char* what) {
    std::vector<std::string> found;
    for (const auto& [block, module] : platform.blocks())
      if (dynamic_cast<T*>(module.get()) && (name.empty() || block == name)) found.push_back(block);
    if (found.empty() && name.empty()) throw InputError(fmt::format("workload: no block of the platform {}", what));
    if (found.empty()) throw InputError(fmt::format("workload.{}: {} is none that {}", key, name, what));
    if (found.size() > 1) throw InputError(fmt::format("workload.{}: name one of {}", key, join_names(found)));
    return platform.find<T>(found.front());
  }

  Settings settings_;
  MemoryTrafficSource* source_ = nullptr;
  MemoryDevice* memory_ = nullptr;
  MemoryShape shape_;
};

LayerProgram build_memory_traffic(const ParamSet& params) {
  MemoryTrafficDriver::Settings settings;
  MemoryTraffic& t = settings.traffic;
  const std::string pattern = params.get<std::string>("pattern");
  t.pattern = pattern == "random"    ? MemoryTraffic::Pattern::random
              : pattern == "strided" ? MemoryTraffic::Pattern::strided
                                     : MemoryTraffic::Pattern::sequential;
  t.base = params.get<Address>("base");
  t.footprint = params.get_optional<Bytes>("footprint").value_or(0);
  t.access = params.get_optional<Bytes>("access").value_or(0);
  t.stride = params.get<Bytes>("stride");
  t.requests = params.get_optional<std::uint64_t>("requests").value_or(0);
  t.outstanding = params.get_optional<std::uint64_t>("outstanding").value_or(0);
  t.write_share = params.get<double>("write_share");
  t.seed = params.get<std::uint64_t>("seed");
  settings.source = params.get<std::string>("source");
  settings.memory = params.get<std::string>("memory");
  LayerProgram program;
  program.driver = std::make_shared<MemoryTrafficDriver>(std::move(settings));
  return program;
}

}  // namespace

WorkloadKind memory_traffic_workload() {
  WorkloadKind kind;
  kind.kind = "memory_traffic";
  kind.doc = "Reads and writes as fast as a memory takes them: bandwidth, and latency without load";
  const auto nullable = [](ParamSpec spec) { return spec.optional_null(); };
  kind.params = {
      param("pattern", "sequential", "addresses of the load").choices({"sequential", "random", "strided"}),
      nullable(
          quantity("access", Dimension::bytes, Value(), "bytes of an access, a multiple of 8; null: the memory's burst").range(8, 65536)),
      quantity("stride", Dimension::bytes, Bytes{4096}, "pattern strided: from one access to the next").at_least(8),
      nullable(quantity("footprint", Dimension::bytes, Value(), "bytes that are touched; null: 64 MiB, or the whole of a smaller memory")
                   .at_least(8)),
      param("base", Address{0}, "address of the first byte, as the source sees it").at_least(0),
      nullable(param("requests", Value(), "accesses of the load; null: 65536 per channel or pseudo-channel")),
      nullable(param(
          "outstanding", Value(),
          "accesses under way at most; null: 32 in the queue of each channel or pseudo-channel, beside those on their way to and from it")),
      param("write_share", 0.0, "of the accesses that are writes").range(0, 1),
      param("source", "", "block that sends, if there are several"),
      param("memory", "", "memory that is measured, if there are several"),
  };
  for (ParamSpec& spec : kind.params) {
    if (spec.name == "requests") spec.type = ParamType::integer, spec.range(1, 1e12);
    if (spec.name == "outstanding") spec.type = ParamType::integer, spec.range(1, 1e6);
  }
  kind.main_param = "pattern";
  kind.uses_engines = false;
  kind.build = build_memory_traffic;
  return kind;
}

}  // namespace snnvp
