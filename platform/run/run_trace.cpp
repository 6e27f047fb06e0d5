// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/run_trace.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

std::shared_ptr<trace::Tracer> new_tracer(const Scenario& scenario) {
  const TraceDecl& trace = scenario.run.trace;
  if (trace.file.empty()) return nullptr;
  if (!trace::is_built_in) throw InputError("run.trace: this program was built with SNNVP_TRACE=OFF and cannot record");
  return std::make_shared<trace::Tracer>(trace::Tracer::Options{trace.from, trace.to, trace.max_events});
}

void end_trace(trace::Tracer& tracer, const Platform& platform, Picoseconds now) {
  for (const auto& [name, module] : platform.blocks())
    if (auto* traced = dynamic_cast<trace::Traced*>(module.get())) traced->end_trace(now);
  tracer.finish(now);
}

void name_jobs(trace::Tracer& tracer, const RunReport& report) {
  for (const LayerRow& row : report.layers)
    if (row.record.part == 0 && !row.name.empty()) tracer.name_job(row.engine, row.record.tag, row.name);
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
  if (written.dropped != 0)
    text += fmt::format("; {} events from {} us on were dropped: raise run.trace.max_events or narrow run.trace.window", written.dropped,
                        shortest_double(static_cast<double>(outcome.trace->complete_until()) * 1e-6));
  return text;
}

}  // namespace snnvp
