// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

/// `snnvp firmware new | headers | toolchain`, as typed.
struct FirmwareArguments {
  std::string folder;                  ///< of new
  std::string file;                    ///< of headers: the scenario
  std::vector<std::string> overrides;  ///< of headers
  std::vector<std::string> plugins;    ///< of headers: files to load besides those the scenario names
  std::string out;                     ///< of headers: folder
};

/// Adds the command and its subcommands.
void define_firmware(CLI::App& app, FirmwareArguments& arguments);
/// Executes the one that was chosen; returns the exit code.
int firmware(const CLI::App& app, const FirmwareArguments& arguments);

}  // namespace snnvp::cli
