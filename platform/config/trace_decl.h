// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/config/document.h>
#include <snnvp/platform/registry/param.h>

namespace snnvp {

enum class TraceFormat { chrome, vcd, sqlite };

/// What is recorded of a run beside its report (run.trace); no part of the scenario's hash, and the report's bytes are the same with it.
struct TraceDecl {
  std::string file;                   ///< empty: no trace. A relative path is meant in the run's output folder, if it has one
  std::optional<TraceFormat> format;  ///< as asked for; else by the end of the file's name
  Picoseconds from = 0, to = std::numeric_limits<Picoseconds>::max();
  std::uint64_t max_events = 2'000'000;
  bool gzip = false;
};

/// By the end of its name: .json, .vcd (both also with .gz), .sqlite, .sqlite3 or .db.
std::optional<TraceFormat> trace_format_of(const std::string& path);

/// Why `trace` cannot be written as it is asked for; empty: it can.
std::string trace_problem(const TraceDecl& trace);

/// The group `trace` of the section `run`.
ParamSpec trace_params();
/// Reads it from the checked section `run`; `node`: that section as written, for places.
TraceDecl read_trace(const Value& run, const Node* node, Diagnostics& diagnostics);

}  // namespace snnvp
