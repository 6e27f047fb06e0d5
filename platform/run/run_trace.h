// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/report/series.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/trace/trace_file.h>

// The trace of a run: from run.trace to the file.
namespace snnvp {

/// Null if the scenario asks for no trace. InputError if this build cannot record.
std::shared_ptr<trace::Tracer> new_tracer(const Scenario& scenario);

/// The simulation has ended at `now` and its report is made: blocks record what is still under way, nothing is later; jobs get the names
/// of layers; what was measured in windows becomes curves.
void end_trace(trace::Tracer& tracer, const Platform& platform, const RunReport& report, const std::vector<Series::Row>& windows,
               Picoseconds now);

/// Where the trace of a run goes: `asked_for` (--trace, empty: not given) beats run.trace.file, which is meant in `folder` (--out) if it is
/// relative. Leaves the final path in run.trace and makes sure that it can be written. InputError.
void settle_trace_file(TraceDecl& trace, const std::string& asked_for, const std::string& folder);

/// Writes what was recorded, and says so in a sentence for people.
std::string write_trace(const Prepared& prepared, const RunOutcome& outcome);

}  // namespace snnvp
