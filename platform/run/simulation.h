// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/elaborate/plan.h>
#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/plugin/loader.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/report/sram_latency.h>
#include <snnvp/platform/run/priced_run.h>
#include <snnvp/platform/run/program.h>
#include <snnvp/workloads/formats/nir_data.h>

namespace snnvp {

namespace trace {
class Tracer;
}

/// Set by a signal handler: the run ends at the next opportunity and writes what it has.
extern std::atomic<bool> stop_requested;

/// Everything that is settled before time 0: a scenario checked to the last parameter.
struct Prepared {
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Registry> registry;
  std::vector<LoadedPlugin> plugins;  ///< those of the command line first
  std::shared_ptr<const Technology> technology;
  Plan plan;
  PriceContext prices;
  std::vector<BlockDeclaration> declarations;
  std::vector<TableLatency> latencies;  ///< those at the technology's node and class
  LayerProgram layers;
  std::vector<std::string> engines;
  std::vector<std::string> helpers;                   ///< blocks beside them that the workload gives jobs to
  std::string host;                                   ///< block that drives, empty if there is none
  nlohmann::json resolved;                            ///< the scenario with every default filled in
  std::map<std::string, std::string> workload_paths;  ///< path parameters of the workload by JSON pointer, absolute
  std::string hash;
};

/// Reads and checks a scenario with everything it names, against the kinds of `registry`. All problems are in
/// the InputError it throws.
/// `plugins`: files to load besides those the scenario names.
Prepared prepare(const std::string& file, const std::vector<std::string>& overrides, std::unique_ptr<Registry> registry,
                 const std::vector<std::string>& plugins = {});
/// The same for a text instead of a file (tests).
Prepared prepare_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                      std::unique_ptr<Registry> registry);

/// The ports that must see the workload's memory: the driver's and the DMA port of each engine.
std::vector<PortRef> memory_users(const Prepared& prepared);

struct RunOptions {
  bool progress = true;                                                       ///< progress line or heartbeat on stderr
  bool console_on_stdout = true;                                              ///< what simulated consoles print may go to stdout
  std::string signature;                                                      ///< RunSettings::signature
  std::function<void(engine::JobDriver&, const MemoryProgram&)> on_placed;    ///< after data are placed, before time 0
  std::function<void(engine::JobDriver&, const MemoryProgram&)> on_finished;  ///< before results are read back
};

struct RunOutcome {
  RunReport report;
  MeasuredRun measured;  ///< what the report was priced from
  int exit_code = 0;     ///< 0 ok, 1 the simulation ended badly
  double wall_seconds = 0;
  std::uint64_t delta_count = 0;  ///< kernel delta cycles
  std::string memory_map;
  std::shared_ptr<trace::Tracer> trace;  ///< what was recorded, if run.trace asked for it; not yet written
  std::vector<Recording> recordings;  ///< of run.record
};

/// Builds and runs the platform; once per process (the kernel cannot be restarted).
RunOutcome simulate(Prepared& prepared, const RunOptions& options = {});

/// Folder with scenarios/tech and other data: SNNVP_DATA_DIR, else beside the executable, else the source tree.
std::string data_dir();

/// Version of this build.
std::string tool_version();

}  // namespace snnvp
