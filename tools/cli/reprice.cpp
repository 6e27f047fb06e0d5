// SPDX-License-Identifier: Apache-2.0
#include "reprice.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/reprice.h>

#include "commands.h"
#include "run_files.h"

namespace snnvp::cli {

void define_reprice(CLI::App& app, RepriceArguments& a) {
  CLI::App* reprice = app.add_subcommand("reprice", "prices a finished run again, without simulating it");
  reprice->add_option("RUN", a.folder, "folder of `run --out`")->required();
  reprice->add_option("--set", a.overrides, "technology.KEY=VALUE, e.g. technology.node_nm=16")->allow_extra_args(false);
  reprice->add_option("--prices", a.prices_file, "YAML file of constants by path or event key, as technology.prices");
  reprice->add_option("--out", a.out, "folder for the report under the new prices; without it nothing is written");
  reprice->add_option("--uncertainty", a.draws, "number of draws for the 5 % and 95 % band; the same draws in every run")
      ->check(CLI::Range(1, 1'000'000));
  reprice->add_flag("--json", a.json, "print report.json on stdout instead of the summary");
  reprice->footer(
      "Examples:\n"
      "  snnvp reprice out/run --set technology.node_nm=16 --out out/run16\n"
      "  snnvp reprice out/run --prices measured.yaml --uncertainty 10000\n"
      "  snnvp compare out/run out/run16");
}

int reprice(const RepriceArguments& arguments, const std::vector<std::string>& command_line) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!arguments.out.empty() && fs::equivalent(arguments.folder, arguments.out, error))
    throw InputError("--out: the run's own folder stays as it is; name another one");
  const auto registry = all_kinds();
  StoredRun run(arguments.folder, *registry);
  const RunReport report = run.price({arguments.overrides, arguments.prices_file, arguments.draws});
  for (const std::string& notice : run.notices()) say("notice: " + notice + "\n");
  if (!arguments.out.empty()) {
    make_output_folder(arguments.out);
    write_repriced_folder(arguments.out, run, report, command_line);
  }
  if (arguments.json)
    fmt::print("{}", to_json_text(to_json(report)));
  else
    fmt::print("{}", summary(report));
  if (!arguments.json && !arguments.out.empty()) fmt::print("\n  written to {}: report.json and tables\n", arguments.out);
  return report.status == "ok" ? 0 : 1;
}

}  // namespace snnvp::cli
