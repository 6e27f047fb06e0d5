// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/trace_decl.h>

#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

ParamSpec null_text(const char* name, const char* doc) {
  ParamSpec spec = required_param(name, ParamType::text, doc);
  spec.required = false;
  return spec.optional_null();
}

}  // namespace

std::optional<TraceFormat> trace_format_of(const std::string& path) {
  const std::string name = ends_with(path, ".gz") ? path.substr(0, path.size() - 3) : path;
  if (ends_with(name, ".json")) return TraceFormat::chrome;
  if (ends_with(name, ".vcd")) return TraceFormat::vcd;
  for (const char* end : {".sqlite", ".sqlite3", ".db"})
    if (ends_with(path, end)) return TraceFormat::sqlite;
  return std::nullopt;
}

std::string trace_problem(const TraceDecl& trace) {
  if (trace.file.empty()) return {};
  const auto format = trace.format ? trace.format : trace_format_of(trace.file);
  if (!format)
    return quote(trace.file, 200) + " does not tell its format; allowed ends: .json, .json.gz, .vcd, .vcd.gz, .sqlite, .sqlite3, .db";
  if (*format == TraceFormat::sqlite && (trace.gzip || ends_with(trace.file, ".gz"))) return "a database cannot be read through gzip";
  return {};
}

ParamSpec trace_params() {
  ParamSpec format = null_text("format", "chrome: for ui.perfetto.dev; vcd: for GTKWave; sqlite: for queries; null: by the file's name");
  return group(
      "trace",
      {null_text("file", "a record of what happened when; relative to the output folder if there is one; null: none"),
       format.choices({"chrome", "vcd", "sqlite"}),
       list_of("window", quantity("", Dimension::time, Picoseconds{0}, "a time"), "[from, to]: only this span; empty: all").range(0, 2),
       param("max_events", 2'000'000, "recording stops after so many and says so").range(100, 100'000'000),
       param("gzip", false, "pack chrome and vcd; .gz is added to the name")},
      "what happened when, for a viewer (also --trace FILE); it changes no result and no byte of the report");
}

TraceDecl read_trace(const Value& run, const Node* node, Diagnostics& diagnostics) {
  TraceDecl trace;
  const Node* written = node != nullptr && node->is_map() ? node->find("trace") : nullptr;
  const auto place = [&](const char* key) {
    if (written == nullptr) return SourcePos();
    const Node* member = written->is_map() ? written->find(key) : nullptr;
    return member != nullptr ? member->pos : written->pos;
  };
  if (const Value* file = run.find("trace.file"); file != nullptr && !file->is_null()) trace.file = file->as_text();
  if (const Value* format = run.find("trace.format"); format != nullptr && !format->is_null())
    trace.format = format->as_text() == "vcd"      ? TraceFormat::vcd
                   : format->as_text() == "sqlite" ? TraceFormat::sqlite
                                                   : TraceFormat::chrome;
  trace.max_events = run.find("trace.max_events")->as_u64();
  trace.gzip = run.find("trace.gzip")->as_bool();
  const std::vector<Value>& window = run.find("trace.window")->items();
  if (window.size() == 2) trace.from = window[0].as_u64(), trace.to = window[1].as_u64();
  if (window.size() == 1 || (window.size() == 2 && trace.from >= trace.to))
    diagnostics.error(place("window"), "run.trace.window", "two times are expected, the first before the second", "e.g. [0 us, 50 us]");
  if (const std::string problem = trace_problem(trace); !problem.empty()) diagnostics.error(place("file"), "run.trace.file", problem);
  return trace;
}

}  // namespace snnvp
