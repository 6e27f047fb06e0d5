// SPDX-License-Identifier: Apache-2.0
#include "run_files.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <systemc>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/canonical.h>

namespace snnvp::cli {
namespace {

void write(const std::string& path, const std::string& text) {
  std::string problem;
  if (!write_file_atomically(path, text, problem)) throw InputError(problem);
}

InputFile digest(const std::string& shown, const std::string& real) {
  std::string problem;
  const auto sha = sha256_of_file(real, problem);
  if (!sha) throw InputError(problem);
  return {shown, *sha};
}

nlohmann::ordered_json manifest(const Prepared& prepared, const RunOutcome& outcome, const std::vector<std::string>& command_line) {
  nlohmann::ordered_json j;
  j["tool"] = {{"name", "snnvp"},
               {"version", tool_version()},
               {"compiler", __VERSION__},
               {"cplusplus", __cplusplus},
               {"systemc", sc_core::sc_version()}};
  nlohmann::ordered_json scenario_files = nlohmann::ordered_json::array();
  for (const std::string& file : prepared.scenario->read_files) {
    const InputFile d = digest(file, file);
    scenario_files.push_back({{"path", d.path}, {"sha256", d.sha256}});
  }
  j["scenario"] = {{"name", prepared.scenario->name}, {"hash", prepared.hash}, {"files", scenario_files}};
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (const InputFile& file : outcome.report.inputs) inputs.push_back({{"path", file.path}, {"sha256", file.sha256}});
  j["inputs"] = inputs;
  j["seed"] = outcome.report.seed;
  j["command_line"] = command_line;
  return j;
}

nlohmann::ordered_json host_facts(const RunOutcome& outcome) {
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
  return j;
}

}  // namespace

std::vector<InputFile> digest_inputs(const Prepared& prepared) {
  std::vector<InputFile> files;
  for (std::size_t i = 0; i < prepared.layers.input_files.size(); ++i)
    files.push_back(digest(prepared.layers.input_files[i], prepared.layers.real_files[i]));
  for (const LoadedPlugin& plugin : prepared.plugins) files.push_back(digest(plugin.shown, plugin.path));
  const std::string data = data_dir();
  for (const std::string& file : prepared.technology->read_files()) {
    const std::string shown = file.rfind(data, 0) == 0 ? file.substr(data.size() + 1) : file;
    files.push_back(digest(shown, file.rfind('/', 0) == 0 || file.rfind(data, 0) == 0 ? file : data + "/tech/" + file));
  }
  return files;
}

void make_output_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder))
    throw InputError("cannot make the output folder " + quote(folder) + (error ? ": " + error.message() : ""));
  if (access(folder.c_str(), W_OK) != 0) throw InputError("the output folder " + quote(folder) + " is not writable");
}

void write_run_folder(const std::string& folder, const Prepared& prepared, const RunOutcome& outcome,
                      const std::vector<std::string>& command_line) {
  // Can be run from anywhere: paths are absolute here, while the scenario's hash is over them as written.
  nlohmann::json resolved = prepared.resolved;
  for (const auto& [key, path] : prepared.workload_paths) resolved["workload"][nlohmann::json::json_pointer(key)] = path;
  for (std::size_t i = 0; i < prepared.plugins.size(); ++i) resolved["plugins"][i]["path"] = prepared.plugins[i].path;
  write(folder + "/resolved.yaml", to_yaml(resolved));
  write(folder + "/memory_map.txt", outcome.memory_map);
  write(folder + "/manifest.json", to_json_text(manifest(prepared, outcome, command_line)));
  write(folder + "/host.json", to_json_text(host_facts(outcome)));
  const std::vector<std::string>& outputs = prepared.scenario->run.outputs;
  write_report_files(outcome.report, folder, outputs);
  const auto is_wanted = [&outputs](const char* name) { return std::find(outputs.begin(), outputs.end(), name) != outputs.end(); };
  if (!outcome.recordings.empty() && (outputs.empty() || is_wanted("spikes.nir")))
    write_nir_data(folder + "/spikes.nir", outcome.recordings);
}

}  // namespace snnvp::cli
