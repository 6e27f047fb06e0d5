// SPDX-License-Identifier: Apache-2.0
#include "sweep.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/sweep/collect.h>
#include <snnvp/platform/sweep/launch.h>
#include <snnvp/platform/sweep/metric.h>
#include <snnvp/platform/sweep/slurm.h>

#include "commands.h"
#include "points.h"
#include "run_files.h"

namespace snnvp::cli {

namespace {

using Clock = std::chrono::steady_clock;

std::string program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

unsigned jobs_of(const SweepArguments& arguments) {
  return arguments.jobs ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
}

sweep::Plan plan_of(const SweepArguments& arguments) {
  const sweep::SweepFile file = sweep::read_sweep_file(arguments.file);
  const std::vector<std::string> plugins = absolute_paths(arguments.plugins);
  sweep::Plan plan = sweep::make_plan(file, arguments.overrides, tool_build(), identify_points_of(file.base, plugins), jobs_of(arguments));
  plan.plugins = plugins;
  return plan;
}

/// Says how far a sweep is: one line that is rewritten on a terminal, a JSON line every ten seconds otherwise.
class SweepProgress {
public:
  SweepProgress(const sweep::Plan& plan, bool enabled) : plan_(plan), enabled_(enabled), terminal_(isatty(STDERR_FILENO) != 0) {
    goal_ = plan.pareto.empty() ? (plan.metrics.empty() ? sweep::Goal{} : sweep::Goal{plan.metrics.front(), false}) : plan.pareto.front();
  }

  void update(const sweep::Advance& now) {
    if (now.result) note_best(now);
    const auto time = Clock::now();
    const double wall = std::chrono::duration<double>(time - start_).count();
    if (!enabled_ || std::chrono::duration<double>(time - last_).count() < (terminal_ ? 0.2 : 10)) return;
    last_ = time;
    const double left = now.ran ? wall / static_cast<double>(now.ran) * static_cast<double>(now.total - now.done) : 0;
    if (terminal_) {
      const std::string eta = now.ran ? fmt::format("{:.0f} s left", left) : "time left unknown";
      say(fmt::format("\r{}: {} of {} points, {} failed, {}{}\033[K", plan_.name, now.done, now.total, now.failed, eta,
                      best_ ? fmt::format(", best {} {:.6g} at {}", goal_.metric, *best_, best_setting_) : ""));
      shown_ = true;
      return;
    }
    nlohmann::ordered_json line{{"sweep", plan_.name}, {"done", now.done}, {"total", now.total}, {"failed", now.failed}, {"wall_s", wall}};
    line["left_s"] = now.ran ? nlohmann::ordered_json(left) : nlohmann::ordered_json(nullptr);
    if (best_) line["best"] = {{"metric", goal_.metric}, {"value", *best_}, {"setting", best_setting_}};
    say(to_json_line(line) + "\n");
  }

  void finish() {
    if (shown_) say("\r\033[K");
  }

private:
  void note_best(const sweep::Advance& now) {
    if (!now.result->is_ok() || goal_.metric.empty()) return;
    const auto value = sweep::metric_of(now.result->report, goal_.metric);
    if (!value) return;
    const double v = *value;
    if (best_ && (goal_.maximise ? v <= *best_ : v >= *best_)) return;
    best_ = v;
    best_setting_ = sweep::setting_text(now.point->setting);
  }

  const sweep::Plan& plan_;
  bool enabled_, terminal_;
  sweep::Goal goal_;
  std::optional<double> best_;
  std::string best_setting_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  bool shown_ = false;
};

int collect_and_tell(const sweep::Plan& plan, const std::string& folder) {
  const sweep::Collection collection = sweep::collect(plan, folder);
  fmt::print("{}\n  written to {}: sweep.db, sweep.csv{}\n", sweep::summary(plan, collection), folder,
             plan.pareto.empty() ? "" : ", pareto.csv");
  return collection.all_ok() ? 0 : 1;
}

sweep::Chunks chunks_of(const SweepArguments& arguments) { return {arguments.chunk, arguments.most_running, arguments.array_size}; }

void write(const std::string& path, const std::string& text) {
  std::string problem;
  if (!write_file_atomically(path, text, problem)) throw InputError(problem);
}

int launch(const SweepArguments& arguments) {
  make_output_folder(arguments.out);
  const sweep::FolderLock lock(arguments.out);
  const sweep::Plan plan = plan_of(arguments);
  sweep::write_plan(plan, arguments.out);
  const std::string folder = std::filesystem::absolute(arguments.out).lexically_normal().string();
  if (arguments.launch == "script") {
    write(folder + "/commands.txt", sweep::script_lines(plan, program(), folder, chunks_of(arguments)));
    fmt::print("{}: {} points planned; run every line of {}/commands.txt, then: snnvp sweep collect {}\n", plan.name, plan.points.size(),
               arguments.out, arguments.out);
    return 0;
  }
  if (arguments.launch == "slurm") {
    for (const sweep::JobScript& script : sweep::slurm_scripts(plan, program(), folder, chunks_of(arguments))) {
      write(folder + "/" + script.name, script.text);
      chmod((folder + "/" + script.name).c_str(), 0755);
    }
    fmt::print("{}: {} points planned; hand them over with: {}/submit.sh\n", plan.name, plan.points.size(), arguments.out);
    return 0;
  }
  stop_on_signals();
  SweepProgress progress(plan, !arguments.quiet);
  sweep::launch_local(plan, arguments.out, jobs_of(arguments), arguments.retry, stop_requested,
                      [&](const sweep::Advance& now) { progress.update(now); });
  progress.finish();
  const int code = collect_and_tell(plan, arguments.out);
  if (stop_requested) fmt::print("  interrupted: the same command goes on from here\n");
  return code;
}

int run_points(const SweepArguments& arguments) {
  const sweep::Plan plan = sweep::read_plan(arguments.folder);
  if (plan.tool_build != tool_build())
    throw InputError(fmt::format("{} was planned by another build of snnvp ({}); plan it again", arguments.folder, plan.tool_build));
  if (arguments.index >= plan.points.size())
    throw InputError(fmt::format("--index {}: the sweep has {} points", arguments.index, plan.points.size()));
  bool all_ok = true;
  const std::uint64_t end = std::min<std::uint64_t>(arguments.index + arguments.count, plan.points.size());
  for (std::uint64_t i = arguments.index; i < end; ++i) {
    auto result = sweep::load_result(arguments.folder, plan.points[i].key);
    if (!result || (arguments.retry && !result->is_ok())) result = sweep::run_point(plan, plan.points[i], arguments.folder);
    all_ok = all_ok && result && result->is_ok();
  }
  return all_ok ? 0 : 1;
}

int status(const std::string& folder) {
  const sweep::Plan plan = sweep::read_plan(folder);
  std::map<std::string, std::uint64_t> count;
  for (const sweep::PlannedPoint& point : plan.points) {
    const auto result = sweep::load_result(folder, point.key);
    ++count[result ? result->status : "missing"];
  }
  fmt::print("{}: {} points\n", plan.name, plan.points.size());
  for (const auto& [word, n] : count) fmt::print("  {:<16} {}\n", word, n);
  return count.size() == 1 && count.begin()->first == "ok" ? 0 : 1;
}

}  // namespace

void define_sweep(CLI::App& app, SweepArguments& a) {
  CLI::App* all = app.add_subcommand("sweep", "run a scenario at many points; the same command again goes on where it was");
  const auto planning = [&a](CLI::App* command, bool file_is_required) {
    CLI::Option* file = command->add_option("FILE", a.file, "sweep (YAML), e.g. scenarios/sweeps/tile_shapes.yaml");
    CLI::Option* out = command->add_option("--out", a.out, "folder for the plan, the results and sweep.db");
    if (file_is_required) file->required(), out->required();
    command->add_option("--set", a.overrides, "KEY=VALUE changes one value of the base scenario")->allow_extra_args(false);
    command->add_option("--plugin", a.plugins, "shared object with kinds of blocks, besides those the scenario names")
        ->allow_extra_args(false);
  };
  planning(all, false);
  all->add_option("--jobs,-j", a.jobs, "simulations at a time; default: one per processor")->check(CLI::Range(1, 1024));
  all->add_option("--launch", a.launch, "local: processes here; slurm: job scripts; script: one command per line")
      ->check(CLI::IsMember({"local", "slurm", "script"}));
  all->add_option("--chunk", a.chunk, "points per task of slurm and script")->check(CLI::Range(1, 1'000'000));
  all->add_option("--most-running", a.most_running, "tasks of slurm at a time; 0: no limit");
  all->add_option("--array-size", a.array_size, "tasks per job array: MaxArraySize less one")->check(CLI::Range(1, 4'000'000));
  all->add_flag("--retry", a.retry, "run points again that have failed");
  all->add_flag("--quiet", a.quiet, "no progress on stderr");
  all->require_subcommand(0, 1);
  all->footer(
      "Examples:\n"
      "  snnvp sweep scenarios/sweeps/tile_shapes.yaml --out out/tiles -j 4 && snnvp report out/tiles\n"
      "  snnvp sweep scenarios/sweeps/tile_shapes.yaml --out out/tiles --launch slurm --chunk 20 && out/tiles/submit.sh\n"
      "  snnvp sweep status out/tiles\n");
  const auto sub = [&](const char* name, const char* about) {
    CLI::App* command = all->add_subcommand(name, about);
    command->callback([&a, name] { a.command = name; });
    return command;
  };
  planning(sub("plan", "check all points and write the plan, run nothing"), true);
  const auto on_folder = [&](const char* name, const char* about) {
    CLI::App* command = sub(name, about);
    command->add_option("FOLDER", a.folder, "a sweep's folder")->required();
    return command;
  };
  CLI::App* run = on_folder("run-point", "run planned points that have no result yet");
  run->add_option("--index", a.index, "first point")->required();
  run->add_option("--count", a.count, "how many")->check(CLI::Range(1, 1'000'000));
  run->add_flag("--retry", a.retry, "also if it has failed before");
  on_folder("collect", "make sweep.db and sweep.csv of the results that are there");
  on_folder("status", "how many points are done, failed, missing");
}

int sweep(const SweepArguments& arguments) {
  if (arguments.command == "run-point") return run_points(arguments);
  if (arguments.command == "collect") return collect_and_tell(sweep::read_plan(arguments.folder), arguments.folder);
  if (arguments.command == "status") return status(arguments.folder);
  if (arguments.command == "plan") {
    make_output_folder(arguments.out);
    const sweep::FolderLock lock(arguments.out);
    const sweep::Plan plan = plan_of(arguments);
    sweep::write_plan(plan, arguments.out);
    fmt::print("{}: {} points, all of them checked; plan written to {}\n", plan.name, plan.points.size(), arguments.out);
    return 0;
  }
  if (arguments.file.empty()) throw InputError("a sweep file is needed\n    snnvp sweep FILE --out FOLDER");
  if (arguments.out.empty())
    throw InputError("--out is needed: a sweep's results stay in a folder, from which it can go on\n    snnvp sweep " + arguments.file +
                     " --out FOLDER");
  return launch(arguments);
}

}  // namespace snnvp::cli
