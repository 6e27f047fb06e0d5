// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <systemc>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/run/simulation.h>

#include "commands.h"

namespace {

/// The kernel prints its banner before sc_main runs; static initialisation is early enough (spec/tlm.md F7).
const int quiet_kernel = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);

struct Options {
  snnvp::cli::RunArguments run;
  std::string kind;
  bool json = false;
};

void define(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  app.set_version_flag("--version", snnvp::tool_version());
  const auto scenario = [&o](CLI::App* command) {
    command->add_option("FILE", o.run.file, "scenario (YAML)")->required();
    command->add_option("--set", o.run.overrides, "KEY=VALUE changes one value, e.g. platform.blocks.pu.params.tile_m=64")->allow_extra_args(false);
  };
  CLI::App* run = app.add_subcommand("run", "simulate a scenario, print a summary");
  scenario(run);
  run->add_option("--out", o.run.out, "folder for report.json and tables; without it nothing is written");
  run->add_flag("--json", o.run.json, "print report.json on stdout instead of the summary");
  run->add_flag("--quiet", o.run.quiet, "no progress on stderr");
  scenario(app.add_subcommand("check", "check a scenario completely, simulate nothing"));
  app.add_subcommand("list", "kinds of blocks and workloads")->add_flag("--json", o.json, "as JSON");
  CLI::App* describe = app.add_subcommand("describe", "parameters, ports, registers and sources of one kind");
  describe->add_option("KIND", o.kind, "e.g. models.prosperity")->required();
  describe->add_flag("--json", o.json, "as JSON");
}

int dispatch(const CLI::App& app, const Options& o, const std::vector<std::string>& command_line) {
  if (app.got_subcommand("run")) return snnvp::cli::run(o.run, command_line);
  if (app.got_subcommand("check")) return snnvp::cli::check(o.run.file, o.run.overrides);
  if (app.got_subcommand("list")) return snnvp::cli::list(o.json);
  return snnvp::cli::describe(o.kind, o.json);
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  static_cast<void>(quiet_kernel);
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  Options options;
  CLI::App app{"SNN-VP: a SystemC/TLM-2.0 virtual platform for spiking-neural-network hardware", "snnvp"};
  define(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return dispatch(app, options, {argv, argv + argc});
  } catch (const snnvp::InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const sc_core::sc_report& error) {
    fmt::print(stderr, "internal error in the simulation kernel: {}\n", error.what());
    return 3;
  } catch (const std::exception& error) {
    fmt::print(stderr, "internal error: {}\n", error.what());
    return 3;
  }
}
