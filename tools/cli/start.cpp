// SPDX-License-Identifier: Apache-2.0
#include "start.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/self_process.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/sweep/expand.h>

namespace snnvp::text {
extern const char* const template_engine;
extern const char* const template_network;
extern const char* const template_mesh;
extern const char* const template_firmware;
extern const char* const template_sweep;
}  // namespace snnvp::text

namespace snnvp::cli {

namespace {

namespace fs = std::filesystem;

constexpr double pilot_s = 3;

std::string template_text(const std::string& kind) {
  if (kind == "network") return text::template_network;
  if (kind == "mesh") return text::template_mesh;
  if (kind == "firmware") return text::template_firmware;
  if (kind == "sweep") return text::template_sweep;
  return text::template_engine;
}

void replace_all(std::string& text, const std::string& word, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size()) text.replace(at, word.size(), by);
}

std::string duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.2g} s", seconds);
  if (seconds < 3600) return fmt::format("{:.2g} min", seconds / 60);
  return fmt::format("{:.2g} h", seconds / 3600);
}

/// What a pilot says of a whole run.
struct Pilot {
  std::optional<double> seconds;  ///< of the whole run; none: no job ended
  double wall_s = 0, share = 1, memory_mib = 0;
};

Pilot fly(const RunArguments& arguments) {
  std::vector<std::string> words{
      "run", arguments.file, "--json", "--set", "run.heartbeat=50 ms", "--set", fmt::format("run.wall_limit={} s", pilot_s)};
  for (const std::string& setting : arguments.overrides) words.insert(words.end(), {"--set", setting});
  for (const std::string& plugin : arguments.plugins) words.insert(words.end(), {"--plugin", plugin});
  const Ended ended = run_self(words, static_cast<std::uint64_t>(20'000 * pilot_s));
  if (ended.exit_code == 2) throw InputError(ended.err);
  Pilot pilot;
  pilot.wall_s = ended.wall_s;
  pilot.memory_mib = static_cast<double>(ended.peak_memory_kib) / 1024;
  const auto report = nlohmann::json::parse(ended.out, nullptr, false);
  if (report.is_object() && report.value("status", "") != "timeout") {
    pilot.seconds = ended.wall_s;
    return pilot;
  }
  // The last sign of life tells how far it came.
  const std::size_t last = ended.err.rfind("{\"heartbeat\"");
  const auto line = last == std::string::npos
                        ? nlohmann::json()
                        : nlohmann::json::parse(ended.err.substr(last, ended.err.find('\n', last) - last), nullptr, false);
  pilot.share = 0;
  if (!line.is_object() || line.value("jobs_total", 0.0) <= 0) return pilot;
  pilot.share = line.value("jobs_done", 0.0) / line.value("jobs_total", 1.0);
  if (pilot.share > 0) pilot.seconds = ended.wall_s - line.value("wall_s", 0.0) + line.value("wall_s", 0.0) / pilot.share;
  return pilot;
}

}  // namespace

void define_new(CLI::App& app, NewArguments& a) {
  CLI::App* c = app.add_subcommand("new", "write a scenario, or a sweep, to begin with");
  c->add_option("FILE", a.file, "the file to write")->required();
  c->add_option("--template", a.kind, "engine, network, mesh, firmware or sweep")
      ->check(CLI::IsMember({"engine", "network", "mesh", "firmware", "sweep"}))
      ->capture_default_str();
  c->add_option("--base", a.base, "of a sweep: its scenario");
  c->add_flag("--force", a.force, "replace the file if it is there");
}

int new_scenario(const NewArguments& a) {
  if (fs::exists(a.file) && !a.force) throw InputError(quote(a.file) + " is there already\n    another name, or --force");
  if (a.kind == "sweep" && a.base.empty())
    throw InputError("a sweep needs the scenario it varies\n    add --base SCENARIO.yaml; snnvp new SCENARIO.yaml makes one");
  std::string text = template_text(a.kind);
  std::string name = fs::path(a.file).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-'; }, '_');
  replace_all(text, "@name@", name.empty() ? "first" : name);
  replace_all(text, "@file@", a.file);
  replace_all(text, "@data@", fs::absolute(data_dir()).string());
  // Paths in a file are relative to it.
  replace_all(text, "@base@", a.base.empty() ? "" : fs::absolute(a.base).lexically_relative(fs::absolute(a.file).parent_path()).string());
  std::error_code error;
  if (const fs::path folder = fs::path(a.file).parent_path(); !folder.empty()) fs::create_directories(folder, error);
  std::string problem;
  if (!write_file_atomically(a.file, text, problem)) throw InputError(problem);
  const bool is_plain = a.file.find_first_of(" \t'\"$`\\&;|<>()*?#") == std::string::npos;
  const std::string file = is_plain ? a.file : quote(a.file);  // as a shell takes it
  fmt::print("{}: written; next: snnvp {} {}{}\n", a.file, a.kind == "sweep" ? "sweep plan" : "check", file,
             a.kind == "sweep" ? " --out out/" + name : "");
  return 0;
}

bool is_sweep_file(const std::string& file) {
  std::string problem;
  const auto text = read_file(file, problem);
  return text && (text->rfind("sweep:", 0) == 0 || text->find("\nsweep:") != std::string::npos);
}

void estimate(const RunArguments& arguments) {
  RunArguments one = arguments;
  std::uint64_t points = 1;
  if (is_sweep_file(arguments.file)) {
    const sweep::SweepFile file = sweep::read_sweep_file(arguments.file);
    points = sweep::expand(file).size() * std::max<std::uint64_t>(1, file.replicas);
    one.file = file.base;
  }
  const Pilot pilot = fly(one);
  if (pilot.seconds)
    fmt::print("  time      {}{}\n", pilot.share < 1 ? "about " : "",
               duration(*pilot.seconds) + (pilot.share < 1 ? fmt::format(", by a pilot that did {:.2g} % of the jobs in {}",
                                                                         100 * pilot.share, duration(pilot.wall_s))
                                                           : ", by a run"));
  else
    fmt::print("  time      more than {}: a pilot of that length did not end one job\n", duration(pilot.wall_s));
  fmt::print("  memory    {}{:.0f} MiB\n", pilot.share < 1 ? "at least " : "", std::ceil(pilot.memory_mib));
  if (!is_sweep_file(arguments.file)) return;
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  fmt::print("  points    {}", points);
  if (pilot.seconds)
    fmt::print(": {} on the {} processors of this machine, if all are like the base scenario",
               duration(*pilot.seconds * static_cast<double>(points) / processors), processors);
  fmt::print("\n");
}

}  // namespace snnvp::cli
