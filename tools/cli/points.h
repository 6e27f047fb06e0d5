// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/sweep/launch.h>
#include <snnvp/platform/sweep/plan.h>

// What sweeps and searches share on the command line.
namespace snnvp::cli {

/// This very build: results of another one are not taken for ours.
std::string tool_build();

/// Tells the identity of a scenario under `--set` texts.
sweep::Identify identify_points_of(const std::string& base, const std::vector<std::string>& plugins);

/// Files as processes in other folders find them.
std::vector<std::string> absolute_paths(const std::vector<std::string>& files);

/// The first SIGINT or SIGTERM sets `stop_requested`, the second one ends the process.
void stop_on_signals();

}  // namespace snnvp::cli
