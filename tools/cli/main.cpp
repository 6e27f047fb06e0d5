// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <systemc>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/simulation.h>

#include "command_table.h"
#include "commands.h"
#include "conform.h"
#include "desk.h"
#include "export.h"
#include "firmware.h"
#include "import.h"
#include "search.h"
#include "start.h"
#include "reprice.h"
#include "sweep.h"

namespace {

/// The kernel prints its banner before sc_main runs; static initialisation is early enough (spec/tlm.md F7).
const int quiet_kernel = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);

struct Options {
  snnvp::cli::RunArguments run;
  snnvp::cli::SearchArguments search;
  snnvp::cli::ImportArguments import;
  snnvp::cli::SweepArguments sweep;
  snnvp::cli::DeskArguments desk;
  snnvp::cli::RepriceArguments reprice;
  snnvp::cli::ExportArguments exported;
  snnvp::cli::ConformArguments conform;
  snnvp::cli::FirmwareArguments firmware;
  snnvp::cli::NewArguments fresh;
  std::string shell;
  std::string kind, gdb_port;
  bool json = false;
};

void define(CLI::App& app, Options& o) {
  app.require_subcommand(1);
  app.set_version_flag("--version", snnvp::tool_version());
  const auto scenario = [&o](CLI::App* command) {
    command->add_option("FILE", o.run.file, "scenario (YAML)")->required();
    command->add_option("--set", o.run.overrides, "KEY=VALUE changes one value, e.g. platform.blocks.pu.params.tile_m=64")
        ->allow_extra_args(false);
    command->add_option("--plugin", o.run.plugins, "shared object with kinds of blocks, besides those the scenario names")
        ->allow_extra_args(false);
  };
  CLI::App* run = app.add_subcommand("run", "simulate a scenario, print a summary");
  scenario(run);
  run->add_option("--out", o.run.out, "folder for report.json and tables; without it nothing is written");
  run->add_flag("--json", o.run.json, "print report.json on stdout instead of the summary");
  run->add_option("--signature", o.run.signature, "write the memory between begin_signature and end_signature of a program to this file");
  run->add_option("--trace", o.run.trace,
                  "record what happened when: FILE.json for ui.perfetto.dev, .vcd for GTKWave, .sqlite for queries (docs/trace.md)");
  run->add_option("--gdb", o.gdb_port, "debug server for gdb on this TCP port of 127.0.0.1 (0: a free one); the program waits for it")
      ->check(CLI::Range(0, 65535));
  run->add_option("--plots", o.run.plots, "svg: draw energy, cycles, roofline and utilisation with gnuplot, into plots/ of the folder")
      ->check(CLI::IsMember({"svg"}));
  run->add_flag("--quiet", o.run.quiet, "no progress on stderr");
  CLI::App* check = app.add_subcommand("check", "check a scenario completely, simulate nothing");
  scenario(check);
  check->add_flag("--estimate", o.run.estimate, "also tell time and memory of a run by a pilot of a few seconds; FILE may be a sweep");
  snnvp::cli::define_new(app, o.fresh);
  snnvp::cli::define_search(app, o.search);
  snnvp::cli::define_sweep(app, o.sweep);
  snnvp::cli::define_reprice(app, o.reprice);
  snnvp::cli::define_desk(app, o.desk);
  snnvp::cli::define_import(app, o.import);
  snnvp::cli::define_export(app, o.exported);
  snnvp::cli::define_conform(app, o.conform);
  snnvp::cli::define_firmware(app, o.firmware);
  const auto with_plugins = [&o](CLI::App* command) {
    command->add_flag("--json", o.json, "as JSON");
    command->add_option("--plugin", o.run.plugins, "shared object whose kinds are shown too")->allow_extra_args(false);
  };
  with_plugins(app.add_subcommand("list", "kinds of blocks and workloads"));
  CLI::App* describe = app.add_subcommand("describe", "parameters, ports, registers and sources of one kind");
  describe->add_option("KIND", o.kind, "e.g. models.prosperity")->required();
  with_plugins(describe);
  app.add_subcommand("completion", "a script that completes commands and options in a shell")
      ->add_option("SHELL", o.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.add_subcommand("man", "the manual page, for man -l");
  snnvp::cli::add_examples(app);
}

int dispatch(const CLI::App& app, const Options& o, const std::vector<std::string>& command_line) {
  if (app.got_subcommand("run")) {
    snnvp::cli::RunArguments run = o.run;
    if (!o.gdb_port.empty()) run.overrides.push_back("run.gdb.port=" + o.gdb_port);
    return snnvp::cli::run(run, command_line);
  }
  if (app.got_subcommand("check")) return snnvp::cli::check(o.run);
  if (app.got_subcommand("search")) return snnvp::cli::search(o.search);
  if (app.got_subcommand("sweep")) return snnvp::cli::sweep(o.sweep);
  if (app.got_subcommand("reprice")) return snnvp::cli::reprice(o.reprice, command_line);
  if (app.got_subcommand("compare")) return snnvp::cli::compare_runs(o.desk);
  if (app.got_subcommand("explain")) return snnvp::cli::explain_number(o.desk);
  if (app.got_subcommand("report")) return snnvp::cli::html_report(o.desk);
  if (app.got_subcommand("import")) return snnvp::cli::import_network(o.import);
  if (app.got_subcommand("regs")) return snnvp::cli::export_registers(o.exported);
  if (app.got_subcommand("map")) return snnvp::cli::export_map(o.exported);
  if (app.got_subcommand("conform")) return snnvp::cli::conform(o.conform);
  if (app.got_subcommand("firmware")) return snnvp::cli::firmware(app, o.firmware);
  if (app.got_subcommand("new")) return snnvp::cli::new_scenario(o.fresh);
  if (app.got_subcommand("completion")) return snnvp::cli::print_completion(app, o.shell);
  if (app.got_subcommand("man")) return snnvp::cli::print_man_page(app);
  if (app.got_subcommand("list")) return snnvp::cli::list(o.json, o.run.plugins);
  return snnvp::cli::describe(o.kind, o.json, o.run.plugins);
}

/// A file opened in the place of a closed stdout or stderr would receive what is printed there.
void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) static_cast<void>(open("/dev/null", O_RDWR));
}

/// The word stands where one of the commands of `app` is expected.
std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) commands.push_back(command->get_name());
  const std::string near = snnvp::did_you_mean(word, commands);
  return "there is no command " + snnvp::quote(word) + (near.empty() ? "" : "; " + near);
}

/// What is wrong with the command line, and how it is used.
int usage_error(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
  std::string text = error.what();
  const CLI::App* about = &app;
  std::size_t place = 1;  // of the word that should name a command
  if (!app.get_subcommands().empty()) about = app.get_subcommands().front(), place = 2;
  const bool wants_command = about->get_require_subcommand_min() > 0 && about->get_subcommands().empty();
  if (wants_command && words.size() > place && words[place].rfind('-', 0) != 0) text = unknown_command(*about, words[place]);
  snnvp::cli::say(fmt::format("{}\n\n{}", text, about->help(about == &app ? "" : app.get_name())));
  return 2;
}

/// A run takes and frees large buffers layer by layer. The allocator keeps them, since pages that go back to the
/// system come again one page fault at a time.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int most = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, most);
  mallopt(M_TRIM_THRESHOLD, most);
#endif
}

/// Runs a command; whatever goes wrong becomes a message and an exit code.
int run_guarded(const CLI::App& app, const Options& options, const std::vector<std::string>& words) {
  using snnvp::cli::say;
  try {
    const int code = dispatch(app, options, words);
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
    say(fmt::format("cannot write to standard output: {}\n", std::strerror(errno)));
    return 2;
  } catch (const snnvp::InputError& error) {
    const std::string text = error.what();
    say(text + (text.empty() || text.back() != '\n' ? "\n" : ""));
    return 2;
  } catch (const std::system_error& error) {  // a full disk, a pipe nobody reads
    say(fmt::format("the operating system refused: {}\n", error.what()));
    return 2;
  } catch (const sc_core::sc_report& error) {
    if (std::string(error.get_msg_type()) == "complete binding failed") {  // of a foreign block: ours are checked before
      say(fmt::format("a socket or pin that its block's ports[] do not list is not bound: {}\n", error.get_msg()));
      return 2;
    }
    say(fmt::format("internal error in the simulation kernel: {}\n", error.what()));
    return 3;
  } catch (const std::exception& error) {
    say(fmt::format("internal error: {}\n", error.what()));
    return 3;
  }
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  static_cast<void>(quiet_kernel);
  open_standard_streams();
  keep_freed_memory();
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  Options options;
  CLI::App app{"SNN-VP: a SystemC/TLM-2.0 virtual platform for spiking-neural-network hardware", "snnvp"};
  define(app, options);
  const std::vector<std::string> words{argv, argv + argc};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : usage_error(app, error, words);
  }
  return run_guarded(app, options, words);
}
