// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

class Platform;
struct Plan;
struct RunReport;

/// A workload that is no list of jobs: packets, frames, memory accesses, a program for a CPU. It finds its blocks by what they
/// can do (interfaces in platform/block), gives them their work, and tells what came out. One per run.
class WorkloadDriver {
public:
  virtual ~WorkloadDriver() = default;
  /// Can the workload run on this platform at all? Problems are told at `pos`, before anything is built.
  virtual void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const = 0;
  /// All blocks exist and are bound; elaboration has not ended.
  virtual void attach(Platform& platform) = 0;
  /// Just before time 0: data may be placed by debug access.
  virtual void start() {}
  /// Nothing is left to do. A run in which nothing is pending before that is a deadlock.
  virtual bool is_finished() const = 0;
  /// Grows while work gets done, in any unit: the watchdog and the progress line look at it.
  virtual std::uint64_t work_done() const = 0;
  virtual std::uint64_t work_total() const { return 0; }
  /// How its end is to be called, "ok" or another status word; asked once the simulation has ended.
  virtual std::string status() const { return "ok"; }
  /// Adds results: `totals`, `sections`, `files`, `summary_lines`, what was compared, diagnoses.
  virtual void collect(RunReport& report) = 0;
};

}  // namespace snnvp
