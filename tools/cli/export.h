// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

/// `snnvp regs` and `snnvp map`, as typed.
struct ExportArguments {
  std::string kind;  ///< of regs; "engine" is the head common to all engines
  std::string file;  ///< of map
  std::vector<std::string> overrides;
  std::string from;  ///< "cpu.bus": whose address space
  std::string format = "md";
  std::string out;                   ///< file; empty: stdout
  std::vector<std::string> plugins;  ///< files to load besides those the scenario names
};

/// Adds both commands and their options.
void define_export(CLI::App& app, ExportArguments& arguments);

/// Registers of a kind in the chosen form.
int export_registers(const ExportArguments& arguments);
/// Address map of a scenario in the chosen form.
int export_map(const ExportArguments& arguments);

}  // namespace snnvp::cli
