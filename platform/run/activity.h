// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/report/sram_latency.h>
#include <snnvp/platform/run/priced_run.h>

// `activity.json` of a run's folder: everything that prices are applied to, so that a run can be priced again (decision 68).
namespace snnvp {

/// Rises when a file of before can no longer be read.
constexpr int activity_format = 1;

/// A run without its prices.
struct Activity {
  std::string tool_version;
  MeasuredRun run;
  std::vector<BlockDeclaration> declarations;
  nlohmann::json resolved;                            ///< the scenario, paths as written
  std::map<std::string, std::string> workload_paths;  ///< by JSON pointer, absolute
  std::vector<std::string> plugin_paths;
  nlohmann::ordered_json scenario_files;  ///< as the manifest lists them
  std::vector<InputFile> inputs;          ///< without technology files
  std::vector<DiagnosisItem> notices;     ///< of the workload, told before the run
  std::vector<TableLatency> latencies;
  int timing_node = 28;  ///< what latencies are frozen at
  std::string timing_sram_device = "lstp";
  std::vector<std::string> outputs;          ///< `run.outputs`, which is no part of the scenario's hash
  std::map<std::string, std::string> files;  ///< digests of files in the folder that no price changes
  std::string memory_map;
};

/// The file's text: one line of JSON behind a head with format, version and digest. Equal runs give equal bytes.
std::string activity_text(const Activity& activity);

/// Kinds of plug-ins, which a registry of built-in kinds lacks: what a report shows of them.
using ForeignKinds = std::map<std::string, KindDescriptor>;

/// Reads activity.json of a run's folder. Blocks get the descriptors of `registry`, those of plug-ins are put into `foreign`, which must
/// outlive the activity. Throws InputError with a sentence if it is missing, a link, damaged, or of another version of snnvp.
Activity read_activity(const std::string& folder, const Registry& registry, ForeignKinds& foreign);

}  // namespace snnvp
