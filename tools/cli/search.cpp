// SPDX-License-Identifier: Apache-2.0
#include "search.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/progress.h>
#include <snnvp/platform/search/pagmo/nsga2.h>
#include <snnvp/platform/search/search.h>
#include <snnvp/platform/search/serve.h>

#include "commands.h"
#include "points.h"
#include "run_files.h"

namespace snnvp::cli {

namespace {

/// Where results are kept when no folder is named.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "snnvp_search_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "cannot make a temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

void write_files(const std::string& folder, const search::SearchOutcome& outcome) {
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::string problem;
    if (!write_file_atomically(folder + "/" + name, text, problem)) throw InputError(problem);
  };
  for (const auto& [name, text] : outcome.files) write(name, text);
  write("search.json", to_json_text(outcome.json));
}

int serve(const search::SearchFile& file, const search::SearchOptions& options, const SearchArguments& arguments) {
  const bool all_ok = search::serve(file, options, STDIN_FILENO, STDOUT_FILENO);
  if (!arguments.quiet && !arguments.out.empty()) say(fmt::format("written to {}: sweep.csv, sweep.db, pareto.csv\n", arguments.out));
  return all_ok ? 0 : 1;
}

}  // namespace

void define_search(CLI::App& app, SearchArguments& a) {
  CLI::App* command = app.add_subcommand("search", "find the best values of some parameters; the same command again goes on where it was");
  command->add_option("FILE", a.file, "search (YAML), e.g. scenarios/papers/spikex_tws.yaml")->required();
  command->add_option("--set", a.overrides, "KEY=VALUE changes one value of the base scenario")->allow_extra_args(false);
  command->add_option("--plugin", a.plugins, "shared object with kinds of blocks, besides those the scenario names")
      ->allow_extra_args(false);
  command->add_option("--out", a.out, "folder for results and tables, from which a search can go on; without it nothing is written");
  command->add_option("--jobs,-j", a.jobs, "evaluations at a time; default: one per processor")->check(CLI::Range(1, 1024));
  command->add_flag("--serve", a.serve, "evaluate the points that an optimiser sends as JSON lines on stdin");
  command->add_flag("--retry", a.retry, "evaluate points again that have failed");
  command->add_flag("--json", a.json, "print search.json on stdout instead of the summary");
  command->add_flag("--quiet", a.quiet, "no progress on stderr");
  command->footer(
      "Examples:\n"
      "  snnvp search scenarios/papers/spikex_tws.yaml --out out/tws\n"
      "  snnvp search scenarios/sweeps/spikex_array.yaml --out out/array -j 4 && snnvp report out/array\n"
      "  python3 optimise.py | snnvp search space.yaml --serve\n");
}

int search(const SearchArguments& arguments) {
  const search::SearchFile file = search::read_search_file(arguments.file);
  std::optional<TemporaryFolder> temporary;
  std::optional<sweep::FolderLock> lock;
  search::SearchOptions options;
  if (arguments.out.empty()) {
    options.folder = temporary.emplace().path();
  } else {
    make_output_folder(arguments.out);
    lock.emplace(arguments.out);
    options.folder = arguments.out;
  }
  options.overrides = arguments.overrides;
  options.plugins = absolute_paths(arguments.plugins);
  options.jobs = arguments.jobs != 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  options.retry = arguments.retry;
  options.tool_build = tool_build();
  options.identify = identify_points_of(file.base, options.plugins);
  options.stop = &stop_requested;
  options.evolve = search::evolve_with_pagmo;
  options.hypervolume = search::hypervolume_with_pagmo;
  stop_on_signals();
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is told in a sentence
  if (arguments.serve) return serve(file, options, arguments);
  std::unique_ptr<Progress> progress;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (!progress) progress = std::make_unique<Progress>(!arguments.quiet, file.name, total, 10);
    progress->update(done, 0);
  };
  const auto end_progress = [&] {
    if (progress) progress->finish();
  };
  search::SearchOutcome outcome;
  try {
    outcome = search::run_search(file, options);
  } catch (const search::Interrupted&) {
    end_progress();
    say(arguments.out.empty() ? "interrupted\n" : "interrupted: the same command goes on from here\n");
    return 1;
  } catch (const search::PeerError& error) {
    end_progress();
    say(fmt::format("{}\n{}", error.what(), arguments.out.empty() ? "" : "    the same command goes on from here\n"));
    return 1;
  }
  end_progress();
  if (!arguments.out.empty()) write_files(arguments.out, outcome);
  if (arguments.json)
    fmt::print("{}", to_json_text(outcome.json));
  else
    fmt::print("{}", outcome.summary);
  if (!arguments.json && !arguments.out.empty())
    fmt::print("\n  written to {}: search.json and tables{}\n", arguments.out,
               outcome.is_table ? fmt::format("; snnvp report {} draws them", arguments.out) : "");
  return outcome.all_ok ? 0 : 1;
}

}  // namespace snnvp::cli
