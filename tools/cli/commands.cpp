// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/run/run_trace.h>
#include <snnvp/platform/run/simulation.h>

#include "run_files.h"

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
  Prepared prepared = prepare_or_tell(arguments);
  print_notices(prepared);
  RunOptions options;
  options.progress = !arguments.quiet;
  options.console_on_stdout = !arguments.json;
  options.signature = arguments.signature;
  settle_trace_file(prepared.scenario->run.trace, arguments.trace, arguments.out);
  RunOutcome outcome = simulate(prepared, options);
  outcome.report.inputs = digest_inputs(prepared);
  for (const auto& [rule, text] : prepared.layers.notices) outcome.report.diagnosis.push_back({rule, "notice", text, ""});
  if (!arguments.out.empty()) write_run_folder(arguments.out, prepared, outcome, command_line);
  if (arguments.json)
    fmt::print("{}", to_json_text(to_json(outcome.report)));
  else
    fmt::print("{}", summary(outcome.report));
  if (outcome.trace) {
    const std::string done = write_trace(prepared, outcome);
    arguments.json ? say(done + "\n") : fmt::print("\n  {}\n", done);
  }
  if (!arguments.json && !arguments.out.empty()) fmt::print("\n  written to {}: report.json and tables\n", arguments.out);
  return outcome.exit_code;
}

int check(const RunArguments& arguments) {
  const Prepared prepared = prepare_or_tell(arguments);
  print_notices(prepared);
  fmt::print("{}: ok, {} blocks, {} engines, hash {}\n", arguments.file, prepared.plan.blocks.size(), prepared.engines.size(),
             prepared.hash);
  return 0;
}

}  // namespace snnvp::cli
