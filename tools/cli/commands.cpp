// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/run/run_trace.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/workload.h>

#include "command_table.h"
#include "desk.h"
#include "run_files.h"
#include "start.h"

namespace snnvp::cli {
namespace {

/// The first signal ends the run in good order, the second one kills.
void on_signal(int number) {
  if (stop_requested.exchange(true)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

void print_notices(const Prepared& prepared) {
  for (const auto& [rule, text] : prepared.layers.notices) say(fmt::format("notice: {}\n", text));
}

/// prepare(), and the output folder if one is named, with a closing line that says how much is wrong and that nothing has happened.
Prepared prepare_or_tell(const RunArguments& arguments) {
  try {
    Prepared prepared = prepare(arguments.file, arguments.overrides, all_kinds(), arguments.plugins);
    if (!arguments.out.empty()) make_output_folder(arguments.out);
    return prepared;
  } catch (const InputError& error) {
    std::string text = error.what();
    if (text.empty() || text.back() != '\n') text += '\n';
    const std::size_t n = error.error_count();
    throw InputError(fmt::format("{}{} error{}, nothing was simulated", text, n, n == 1 ? "" : "s"));
  }
}

}  // namespace

void say(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int run(const RunArguments& arguments, const std::vector<std::string>& command_line) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto started = std::chrono::steady_clock::now();
  Prepared prepared = prepare_or_tell(arguments);
  print_notices(prepared);
  if (!arguments.plots.empty() && arguments.out.empty())
    throw InputError("--plots: figures are drawn into the folder of --out\n    add --out FOLDER");
  RunOptions options;
  options.progress = !arguments.quiet;
  options.console_on_stdout = !arguments.json;
  options.signature = arguments.signature;
  settle_trace_file(prepared.scenario->run.trace, arguments.trace, arguments.out);
  const std::chrono::duration<double> load = std::chrono::steady_clock::now() - started;
  RunOutcome outcome = simulate(prepared, options);
  nlohmann::ordered_json phases = {{"load", load.count()}};
  phases.update(outcome.report.host_facts["wall_phases_s"]);
  outcome.report.host_facts["wall_phases_s"] = std::move(phases);
  outcome.report.inputs = digest_inputs(prepared);
  for (const auto& [rule, text] : prepared.layers.notices) outcome.report.diagnosis.push_back({rule, "notice", text, ""});
  if (!arguments.out.empty()) write_run_folder(arguments.out, prepared, outcome, command_line);
  if (arguments.json)
    fmt::print("{}", to_json_text(to_json(outcome.report)));
  else
    fmt::print("{}", wants_colour(STDOUT_FILENO) ? coloured(summary(outcome.report)) : summary(outcome.report));
  std::string drawn;
  if (!arguments.out.empty()) {
    const std::vector<std::string>& outputs = prepared.scenario->run.outputs;
    const auto is_wanted = [&outputs](const char* name) { return std::find(outputs.begin(), outputs.end(), name) != outputs.end(); };
    if (is_wanted("report.html")) drawn += "  " + write_html(arguments.out, "");
    if (!arguments.plots.empty() || is_wanted("plots")) drawn += "  drawn: " + write_figures(arguments.out);
  }
  if (outcome.trace) {
    const std::string done = write_trace(prepared, outcome);
    arguments.json ? say(done + "\n") : fmt::print("\n  {}\n", done);
  }
  if (!arguments.json && !arguments.out.empty())
    fmt::print(
        "\n  written to {0}: report.json and tables\n{1}  next: snnvp report {0} (one page of it), snnvp explain {0} totals.cycles\n",
        arguments.out, drawn);
  return outcome.exit_code;
}

int print_completion(const CLI::App& app, const std::string& shell) {
  const auto registry = all_kinds();
  std::vector<std::string> kinds;
  for (const KindDescriptor* kind : registry->all()) kinds.push_back(kind->kind);
  for (const WorkloadKind& kind : workload_kinds()) kinds.push_back(kind.kind);
  kinds.insert(kinds.end(), {"technology", "run"});
  fmt::print("{}", completion(app, shell, kinds));
  return 0;
}

int print_man_page(const CLI::App& app) {
  fmt::print("{}", man_page(app, tool_version()));
  return 0;
}

int check(const RunArguments& arguments) {
  if (arguments.estimate && is_sweep_file(arguments.file)) {
    fmt::print("{}\n", arguments.file);
    estimate(arguments);
    return 0;
  }
  const Prepared prepared = prepare_or_tell(arguments);
  print_notices(prepared);
  fmt::print("{}: ok, {} blocks, {} engines, hash {}\n", arguments.file, prepared.plan.blocks.size(), prepared.engines.size(),
             prepared.hash);
  if (arguments.estimate) estimate(arguments);
  return 0;
}

}  // namespace snnvp::cli
