// SPDX-License-Identifier: Apache-2.0
#include "desk.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/compare.h>
#include <snnvp/platform/desk/explain.h>
#include <snnvp/platform/desk/gnuplot.h>
#include <snnvp/platform/desk/html_report.h>

#include "commands.h"

namespace snnvp::cli {

void define_desk(CLI::App& app, DeskArguments& a) {
  CLI::App* compare = app.add_subcommand("compare", "runs side by side: ratios, and what differs most");
  compare->add_option("RUNS", a.runs, "folders of `run --out`, or report.json files; ratios are to the first")->required()->expected(2, 64);
  compare->add_option("--fail-if", a.fail_if, "exit with 1 if it holds, e.g. 'totals.cycles>+2%' or 'engines.pe.accuracy<0.95'")
      ->allow_extra_args(false);
  compare->add_flag("--force", a.force, "also if inputs, seeds or outcomes differ");
  compare->add_flag("--json", a.json, "everything as JSON on stdout");
  CLI::App* explain = app.add_subcommand("explain", "where a number of a report comes from: formula, inputs, sources");
  explain->add_option("RUN", a.folder, "folder of `run --out`, or a report.json")->required();
  explain->add_option("PATH", a.path, "e.g. totals.edp_js, energy.by_block.pu.total_j, layers.conv1.cycles")->required();
  explain->add_flag("--json", a.json, "as JSON");
  CLI::App* report = app.add_subcommand("report", "one HTML file of a run's or a sweep's folder; opens offline");
  report->add_option("FOLDER", a.folder, "folder of `run --out` or `sweep --out`")->required();
  report->add_option("--out", a.out, "the file; default: report.html in the folder");
  report->add_option("--plots", a.plots, "svg: also draw energy, cycles, roofline and utilisation with gnuplot, into plots/ of the folder")
      ->check(CLI::IsMember({"svg"}));
}

int compare_runs(const DeskArguments& arguments) {
  std::vector<desk::Condition> conditions;
  for (const std::string& text : arguments.fail_if) conditions.push_back(desk::parse_condition(text));
  std::vector<desk::RunFolder> runs;
  for (const std::string& path : arguments.runs) runs.push_back(desk::read_run(path));
  const desk::Comparison comparison = desk::compare(runs);
  if (!comparison.is_like_for_like && !arguments.force) {
    std::string text = "these runs are not like for like:\n";
    for (const std::string& difference : comparison.differences) text += "    " + difference + "\n";
    throw InputError(text + "    --force compares them all the same");
  }
  fmt::print("{}", arguments.json ? to_json_text(desk::to_json(comparison)) : desk::to_text(comparison));
  int code = 0;
  for (const desk::Condition& condition : conditions)
    for (const std::string& sentence : desk::broken_by(condition, runs)) {
      say("failed: " + sentence + "\n");
      code = 1;
    }
  return code;
}

int explain_number(const DeskArguments& arguments) {
  const desk::Explanation explanation = desk::explain(desk::read_run(arguments.folder), arguments.path);
  fmt::print("{}", arguments.json ? to_json_text(desk::to_json(explanation)) : desk::to_text(explanation));
  return 0;
}

std::string write_html(const std::string& folder, const std::string& to) {
  const bool is_sweep = std::filesystem::exists(folder + "/plan.json");
  const std::string html = is_sweep ? desk::sweep_html(desk::read_sweep_table(folder)) : desk::run_html(desk::read_run(folder));
  const std::string out = to.empty() ? folder + "/report.html" : to;
  std::string problem;
  if (!write_file_atomically(out, html, problem)) throw InputError(problem);
  return fmt::format("{}: {:.0f} kB, open it in a browser\n", out, static_cast<double>(html.size()) / 1e3);
}

std::string write_figures(const std::string& folder) {
  const std::string to = folder + "/plots";
  std::string text;
  for (const std::string& name : desk::write_plots(desk::read_run(folder), to)) text += fmt::format("{}/{}.svg\n", to, name);
  return text;
}

int html_report(const DeskArguments& arguments) {
  fmt::print("{}", write_html(arguments.folder, arguments.out));
  if (!arguments.plots.empty()) fmt::print("{}", write_figures(arguments.folder));
  return 0;
}

}  // namespace snnvp::cli
