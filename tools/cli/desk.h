// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

/// What is done with finished runs: `compare`, `explain` and `report`.
struct DeskArguments {
  std::vector<std::string> runs;     ///< of `compare`
  std::vector<std::string> fail_if;  ///< conditions that make the exit code 1
  bool force = false;                ///< compare what is not like for like
  bool json = false;
  std::string folder, out;  ///< of `report`
  std::string plots;        ///< of `report`: svg, or empty
  std::string path;         ///< of `explain`
};

/// Adds the commands and their options.
void define_desk(CLI::App& app, DeskArguments& arguments);

/// Runs side by side. Exit code 0; 1 if a --fail-if holds; 2 if they are not like for like and not forced.
int compare_runs(const DeskArguments& arguments);

/// Where a number of a report comes from.
int explain_number(const DeskArguments& arguments);

/// report.html of a run's or a sweep's folder.
int html_report(const DeskArguments& arguments);

/// Writes the page of a run's or sweep's folder (`to` empty: report.html in it), or the figures of a run's; returns what to tell.
std::string write_html(const std::string& folder, const std::string& to);
std::string write_figures(const std::string& folder);

}  // namespace snnvp::cli
