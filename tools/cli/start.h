// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "commands.h"

// Before the first run: a scenario to begin with, and what a run will cost.
namespace snnvp::cli {

struct NewArguments {
  std::string file, kind = "engine", base;
  bool force = false;  ///< replace a file that is there
};

void define_new(CLI::App& app, NewArguments& arguments);

/// Writes a commented template.
int new_scenario(const NewArguments& arguments);

/// Tells time and memory of a scenario by a pilot of a few seconds in a process of its own; of a sweep also its points.
void estimate(const RunArguments& arguments);

/// Is the file a sweep, not a scenario?
bool is_sweep_file(const std::string& file);

}  // namespace snnvp::cli
