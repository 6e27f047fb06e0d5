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
  reprice->add_flag("--sensitivity", a.sensitivity, "also: which constants move the total most, each between the ends of its band");
  reprice->add_flag("--modes", a.modes, "also: the same counts under every price list that fits, published and bottom-up side by side");
  reprice->add_flag("--constants", a.constants, "also: every constant that took part, with value, source and certainty");
  reprice->add_flag("--json", a.json, "print report.json on stdout instead of the summary");
  reprice->footer(
      "Examples:\n"
      "  snnvp reprice out/run --set technology.node_nm=16 --out out/run16\n"
      "  snnvp reprice out/run --prices measured.yaml --uncertainty 10000\n"
      "  snnvp reprice out/run --sensitivity --modes\n"
      "  snnvp compare out/run out/run16");
}

namespace {

using Json = nlohmann::ordered_json;

std::string sensitivity_text(const Json& energy) {
  std::string text = fmt::format("\n  {:<58} {:>10} {:>10}   of {:.4g} mJ\n", "what the total rests on: constant", "low, mJ", "high, mJ",
                                 1e3 * energy.at("total_j").get<double>());
  for (const Json& s : energy.at("sensitivity"))
    text += fmt::format("  {:<58} {:>10.4g} {:>10.4g}\n", s.at("path").get<std::string>(), 1e3 * s.at("total_lo_j").get<double>(),
                        1e3 * s.at("total_hi_j").get<double>());
  return energy.at("sensitivity").empty() ? "\n  no constant of these prices has a band\n" : text;
}

std::string constants_text(const Json& energy) {
  std::string text = fmt::format("\n  {:<52} {:>11} {:<8} {:<11} {:>6}\n", "constant", "value", "unit", "certainty", "share");
  for (const Json& s : energy.at("sources")) {
    text += fmt::format("  {:<52} {:>11.5g} {:<8} {:<11} {:>5.1f} %\n", s.at("path").get<std::string>(), s.at("value").get<double>(),
                        s.at("unit").get<std::string>(), s.at("certainty").get<std::string>(), 100 * s.at("share").get<double>());
    text += fmt::format("      {}: {}\n", s.at("status").get<std::string>(), s.at("source").get<std::string>());
  }
  return text;
}

std::string modes_text(const std::vector<PricedMode>& modes) {
  std::string text =
      fmt::format("\n  {:<20} {:<12} {:>12} {:>12} {:>12}\n", "price list", "mode", "total, mJ", "dynamic, mJ", "static, mJ");
  for (const PricedMode& mode : modes) {
    text += fmt::format("  {:<20} {:<12} ", mode.preset, to_string(mode.mode));
    if (mode.ledger)
      text += fmt::format("{:>12.4g} {:>12.4g} {:>12.4g}\n", 1e3 * mode.ledger->total_j, 1e3 * mode.ledger->dynamic_j,
                          1e3 * mode.ledger->static_j);
    else
      text += "does not apply: " + mode.problem + "\n";
  }
  return text + "  lists count different things: compare designs within one of them\n";
}

Json modes_json(const std::vector<PricedMode>& modes) {
  Json list = Json::array();
  for (const PricedMode& mode : modes) {
    Json row{{"preset", mode.preset}, {"mode", to_string(mode.mode)}};
    if (!mode.ledger) {
      row["problem"] = mode.problem;
    } else {
      row["total_j"] = mode.ledger->total_j, row["dynamic_j"] = mode.ledger->dynamic_j, row["static_j"] = mode.ledger->static_j;
      row["by_block"] = Json::object();
      for (const auto& [name, block] : mode.ledger->by_block)
        row["by_block"][name] = {{"total_j", block.total_j}, {"mode", to_string(block.mode)}};
    }
    list.push_back(std::move(row));
  }
  return {{"modes", 1}, {"price_lists", list}};
}

}  // namespace

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
  std::vector<PricedMode> modes;
  if (arguments.modes) modes = run.modes();
  if (arguments.modes && !arguments.out.empty()) {
    std::string problem;
    if (!write_file_atomically(arguments.out + "/modes.json", to_json_text(modes_json(modes)), problem)) throw InputError(problem);
  }
  if (arguments.json) {
    fmt::print("{}", to_json_text(to_json(report)));
  } else {
    fmt::print("{}", summary(report));
    const Json energy = to_json(report).at("energy");
    if (arguments.sensitivity) fmt::print("{}", sensitivity_text(energy));
    if (arguments.constants) fmt::print("{}", constants_text(energy));
    if (arguments.modes) fmt::print("{}", modes_text(modes));
  }
  if (!arguments.json && !arguments.out.empty()) fmt::print("\n  written to {}: report.json and tables\n", arguments.out);
  return report.status == "ok" ? 0 : 1;
}

}  // namespace snnvp::cli
