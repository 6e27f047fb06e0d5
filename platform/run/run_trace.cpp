// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/run_trace.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/thermal_model.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

std::shared_ptr<trace::Tracer> new_tracer(const Scenario& scenario) {
  const TraceDecl& trace = scenario.run.trace;
  if (trace.file.empty()) return nullptr;
  if (!trace::is_built_in) throw InputError("run.trace: this program was built with SNNVP_TRACE=OFF and cannot record");
  return std::make_shared<trace::Tracer>(trace::Tracer::Options{trace.from, trace.to, trace.max_events});
}

namespace {

/// The hottest spot of each tier: from the start what the first epoch found, then the end of each.
void add_temperatures(trace::Tracer& tracer, const std::string& block, const ThermalModel& model) {
  const std::vector<EpochHeat> epochs = model.epoch_heat();
  for (unsigned tier = 0; tier < model.tiers(); ++tier) {
    std::vector<std::pair<Picoseconds, double>> points;
    for (const EpochHeat& epoch : epochs) {
      if (tier >= epoch.max_c.size()) continue;
      if (points.empty()) points.emplace_back(0, epoch.max_c[tier]);
      points.emplace_back(static_cast<Picoseconds>(epoch.end_s * 1e12 + 0.5), epoch.max_c[tier]);
    }
    tracer.add_curve(block, fmt::format("hottest spot of tier {}", tier),
                     "\xC2\xB0"
                     "C",
                     points);
  }
}

/// Mean power of each block that has any, and of all together, in each window.
void add_powers(trace::Tracer& tracer, const std::vector<Series::Row>& windows) {
  std::map<std::size_t, Picoseconds> begins;
  std::map<std::string, std::vector<std::pair<Picoseconds, double>>> powers;
  for (const Series::Row& row : windows)
    if (row.stat == "begin_s") begins[row.window] = static_cast<Picoseconds>(row.value * 1e12 + 0.5);
  for (const Series::Row& row : windows)
    if (row.stat == "power_w") powers[row.block].emplace_back(begins[row.window], row.value);
  for (const auto& [block, points] : powers)
    if (std::any_of(points.begin(), points.end(), [](const auto& point) { return point.second != 0; }))
      tracer.add_curve(block.empty() ? "platform" : block, "power", "W", points);
}

}  // namespace

void end_trace(trace::Tracer& tracer, const Platform& platform, const RunReport& report, const std::vector<Series::Row>& windows,
               Picoseconds now) {
  for (const auto& [name, module] : platform.blocks()) {
    if (auto* traced = dynamic_cast<trace::Traced*>(module.get())) traced->end_trace(now);
    if (const auto* model = dynamic_cast<const ThermalModel*>(module.get())) add_temperatures(tracer, name, *model);
  }
  for (const LayerRow& row : report.layers)
    if (row.record.part == 0 && !row.name.empty()) tracer.name_job(row.engine, row.record.tag, row.name);
  add_powers(tracer, windows);
  tracer.finish(now);
}

void settle_trace_file(TraceDecl& trace, const std::string& asked_for, const std::string& folder) {
  if (!asked_for.empty()) {
    if (const auto format = trace_format_of(asked_for)) trace.format = format;
    trace.file = asked_for;
  } else if (!trace.file.empty() && !folder.empty() && trace.file.front() != '/') {
    trace.file = folder + "/" + trace.file;
  }
  if (trace.file.empty()) return;
  if (const std::string problem = trace_problem(trace); !problem.empty())
    throw InputError((asked_for.empty() ? "run.trace.file: " : "--trace: ") + problem);
  const bool is_packed = trace.file.size() > 3 && trace.file.compare(trace.file.size() - 3, 3, ".gz") == 0;
  if (trace.gzip && !is_packed) trace.file += ".gz";
  trace.gzip = trace.gzip || is_packed;
  trace::check_writable(trace.file);
}

std::string write_trace(const Prepared& prepared, const RunOutcome& outcome) {
  const TraceDecl& trace = prepared.scenario->run.trace;
  trace::FileSettings settings;
  settings.path = trace.file;
  settings.format = trace.format ? *trace.format : trace_format_of(trace.file).value_or(TraceFormat::chrome);
  settings.gzip = trace.gzip;
  settings.scenario = prepared.scenario->name, settings.hash = prepared.hash, settings.version = tool_version();
  const trace::Written written = trace::write_file(*outcome.trace, settings);
  std::string text = fmt::format("trace of {} events written to {}", written.events, written.path);
  if (outcome.trace->end() == trace.from && trace.from != 0)
    text +=
        fmt::format("; the run ended before {} us, where run.trace.window begins", shortest_double(static_cast<double>(trace.from) * 1e-6));
  if (written.dropped != 0)
    text += fmt::format("; {} events from {} us on were dropped: raise run.trace.max_events or narrow run.trace.window", written.dropped,
                        shortest_double(static_cast<double>(outcome.trace->complete_until()) * 1e-6));
  return text;
}

}  // namespace snnvp
