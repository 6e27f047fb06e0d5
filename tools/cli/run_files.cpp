// SPDX-License-Identifier: Apache-2.0
#include "run_files.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <systemc>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/report_files.h>
#include <snnvp/platform/run/resolved.h>

namespace snnvp::cli {
namespace {

void write(const std::string& path, const std::string& text) {
  std::string problem;
  if (!write_file_atomically(path, text, problem)) throw InputError(problem);
}

nlohmann::ordered_json scenario_files(const Prepared& prepared) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const std::string& file : prepared.scenario->read_files) {
    const InputFile d = digest_file(file, file);
    files.push_back({{"path", d.path}, {"sha256", d.sha256}});
  }
  return files;
}

nlohmann::ordered_json manifest(const RunReport& report, const nlohmann::ordered_json& scenario_files,
                                const std::vector<std::string>& command_line) {
  nlohmann::ordered_json j;
  j["tool"] = {{"name", "snnvp"},
               {"version", tool_version()},
               {"compiler", __VERSION__},
               {"cplusplus", __cplusplus},
               {"systemc", sc_core::sc_version()}};
  j["scenario"] = {{"name", report.scenario_name}, {"hash", report.scenario_hash}, {"files", scenario_files}};
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (const InputFile& file : report.inputs) inputs.push_back({{"path", file.path}, {"sha256", file.sha256}});
  j["inputs"] = inputs;
  j["seed"] = report.seed;
  j["command_line"] = command_line;
  return j;
}

nlohmann::ordered_json host_facts(const RunOutcome& outcome, double write_seconds) {
  nlohmann::ordered_json j;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  j["host"] = name;
  j["wall_s"] = outcome.wall_seconds;
  j["user_s"] = static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
  j["peak_memory_kib"] = usage.ru_maxrss;
  j["kernel_delta_cycles"] = outcome.delta_count;
  for (const auto& [key, value] : outcome.report.host_facts.items()) j[key] = value;
  j["wall_phases_s"]["write"] = write_seconds;
  return j;
}

/// What the run read beside the technology tables.
std::vector<InputFile> digest_data(const Prepared& prepared) {
  std::vector<InputFile> files;
  for (std::size_t i = 0; i < prepared.layers.input_files.size(); ++i)
    files.push_back(digest_file(prepared.layers.input_files[i], prepared.layers.real_files[i]));
  for (const LoadedPlugin& plugin : prepared.plugins) files.push_back(digest_file(plugin.shown, plugin.path));
  return files;
}

Activity activity_of(const Prepared& prepared, RunOutcome& outcome, nlohmann::ordered_json scenario_files) {
  Activity a;
  a.tool_version = tool_version();
  a.run = std::move(outcome.measured);
  a.declarations = prepared.declarations;
  a.resolved = prepared.resolved;
  a.workload_paths = prepared.workload_paths;
  for (const LoadedPlugin& plugin : prepared.plugins) a.plugin_paths.push_back(plugin.path);
  a.scenario_files = std::move(scenario_files);
  a.inputs = digest_data(prepared);
  for (const auto& [rule, text] : prepared.layers.notices) a.notices.push_back({rule, "notice", text, ""});
  a.latencies = prepared.latencies;
  a.timing_node = prepared.prices.settings.timing_node;
  a.timing_sram_device = prepared.prices.settings.timing_sram_device;
  a.outputs = prepared.scenario->run.outputs;
  for (const auto& [name, content] : a.run.report.files)
    if (is_wanted_own_file(name, a.outputs)) a.files[name] = sha256(content);
  a.memory_map = outcome.memory_map;
  return a;
}

/// Everything but what only a simulation knows of its host.
void write_folder(const std::string& folder, const Activity& activity, const RunReport& report,
                  const std::vector<std::string>& command_line) {
  write(folder + "/resolved.yaml", runnable_yaml(activity.resolved, activity.workload_paths, activity.plugin_paths));
  write(folder + "/memory_map.txt", activity.memory_map);
  write(folder + "/manifest.json", to_json_text(manifest(report, activity.scenario_files, command_line)));
  write(folder + "/activity.json", activity_text(activity));
  write_report_files(report, folder, activity.outputs);
}

}  // namespace

std::vector<InputFile> digest_inputs(const Prepared& prepared) {
  std::vector<InputFile> files = digest_data(prepared);
  for (InputFile& file : digest_technology(*prepared.technology)) files.push_back(std::move(file));
  return files;
}

void make_output_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder))
    throw InputError("cannot make the output folder " + quote(folder) + (error ? ": " + error.message() : ""));
  if (access(folder.c_str(), W_OK) != 0) throw InputError("the output folder " + quote(folder) + " is not writable");
}

void write_run_folder(const std::string& folder, const Prepared& prepared, RunOutcome& outcome,
                      const std::vector<std::string>& command_line) {
  const auto started = std::chrono::steady_clock::now();
  const nlohmann::ordered_json files = scenario_files(prepared);
  write_folder(folder, activity_of(prepared, outcome, files), outcome.report, command_line);
  const std::vector<std::string>& outputs = prepared.scenario->run.outputs;
  const bool is_wanted = outputs.empty() || std::find(outputs.begin(), outputs.end(), "spikes.nir") != outputs.end();
  if (!outcome.recordings.empty() && is_wanted) write_nir_data(folder + "/spikes.nir", outcome.recordings);
  const std::chrono::duration<double> write_time = std::chrono::steady_clock::now() - started;
  write(folder + "/host.json", to_json_text(host_facts(outcome, write_time.count())));
}

void write_repriced_folder(const std::string& folder, const StoredRun& run, const RunReport& report,
                           const std::vector<std::string>& command_line) {
  write_folder(folder, run.activity(), report, command_line);
}

}  // namespace snnvp::cli
