// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/engine/engine_core.h>

namespace snnvp {

class Platform;
struct Plan;
struct RunReport;

/// What a run asks of its workload beside the scenario.
struct RunSettings {
  Picoseconds limit = 0;          ///< simulated time after which the run ends; 0: none
  bool console_on_stdout = true;  ///< text of the simulated world may go to stdout
  std::string signature;          ///< file for the memory between begin_signature and end_signature; empty: none
  std::optional<GdbDecl> gdb;     ///< a debug server for the program
};

/// What a driver has that gives jobs to engines; settled before anything is built.
struct JobSetup {
  std::vector<std::string> engines;  ///< named by the scenario, else all
  std::vector<std::string> helpers;  ///< blocks beside them that take jobs and that the host reaches
  std::string host;                  ///< block that drives
  AddressWindow memory;              ///< seen by the host and the DMA ports of all engines and helpers at one address
  bool check_output = true;
};

/// Rows of the report that belong to one engine.
struct EngineRows {
  std::string engine;
  std::vector<std::pair<std::string, engine::LayerRecord>> rows;  ///< with the layer's name
};

/// A workload that is no list of jobs: packets, frames, memory accesses, a program for a CPU. It finds its blocks by what they
/// can do (interfaces in platform/block), gives them their work, and tells what came out. One per run.
class WorkloadDriver {
public:
  virtual ~WorkloadDriver() = default;
  /// Can the workload run on this platform at all? Problems are told at `pos`, before anything is built.
  virtual void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const = 0;
  /// Called once before `attach`; throws InputError if the workload cannot do what is asked.
  virtual void configure(const RunSettings& settings) {
    if (!settings.signature.empty()) throw InputError("--signature: only a program (workload kind firmware) has a signature");
    if (settings.gdb) throw InputError("run.gdb: only a program (workload kind firmware) can be debugged");
  }
  /// Wall time somebody held the simulation for, e.g. with a debugger: no limit counts it.
  virtual double held_seconds() const { return 0; }
  /// For kinds that use engines. Blocks beside the engines that the workload gives jobs to.
  virtual std::vector<std::string> helpers(const Plan&) const { return {}; }
  /// Likewise, after check(): can these engines do it, in this memory?
  virtual void check_jobs(const Plan&, const JobSetup&, const SourcePos&, Diagnostics&) {}
  /// Likewise: bytes of that memory it will use; known after check_jobs().
  virtual Bytes memory_needed() const { return 0; }
  /// Likewise: to be called when one engine has run everything and the next begins, and at the end; with the engines of that turn.
  void set_turn_end(std::function<void(const std::vector<std::string>&)> call) { turn_end_ = std::move(call); }
  /// Likewise, at the end: what the engines did, summed over samples.
  virtual std::vector<EngineRows> engine_rows() { return {}; }
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

protected:
  std::function<void(const std::vector<std::string>&)> turn_end_ = [](const std::vector<std::string>&) {};
};

}  // namespace snnvp
