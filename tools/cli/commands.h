// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp {
class Registry;
}

// The commands of `snnvp`. Each returns the exit code: 0 ok, 1 the simulation ended badly, 2 the input is wrong
// (thrown as InputError), 3 internal error.
namespace snnvp::cli {

struct RunArguments {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<std::string> plugins;  ///< files to load besides those the scenario names
  std::string out;                   ///< folder for the results; empty: nothing is written
  std::string signature;             ///< file for the signature of a program; empty: none
  std::string trace;                 ///< file for what happened when; empty: as the scenario says
  std::string plots;                 ///< svg: figures by gnuplot in the folder; empty: none
  bool json = false;                 ///< the report on stdout, and nothing else
  bool quiet = false;                ///< no progress on stderr
  bool estimate = false;             ///< of `check`
};

/// Writes to stderr; whether anybody still reads there changes nothing.
void say(std::string_view text);

/// All kinds there are, those of plug-ins included.
std::unique_ptr<Registry> kinds_with(const std::vector<std::string>& plugins);

int run(const RunArguments& arguments, const std::vector<std::string>& command_line);
int check(const RunArguments& arguments);
int print_completion(const CLI::App& app, const std::string& shell);
int print_man_page(const CLI::App& app);
int list(bool json, const std::vector<std::string>& plugins);
int describe(const std::string& kind, bool json, const std::vector<std::string>& plugins);

}  // namespace snnvp::cli
