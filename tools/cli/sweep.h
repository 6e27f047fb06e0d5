// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

struct SweepArguments {
  std::string file;    ///< sweep file; of `sweep` itself and of `sweep plan`
  std::string folder;  ///< of `run-point`, `collect` and `status`
  std::string out;
  std::vector<std::string> overrides, plugins;
  std::string launch = "local";
  unsigned jobs = 0;  ///< processes at a time; 0: as many as there are processors
  std::uint64_t index = 0, count = 1;
  std::uint64_t chunk = 1, most_running = 0, array_size = 1000;
  bool retry = false, quiet = false;
  std::string command;  ///< plan, run-point, collect, status; empty: everything
};

/// Adds `sweep` and what belongs below it.
void define_sweep(CLI::App& app, SweepArguments& arguments);

/// Exit code 0 if every point is ok, 1 if not (decision 61).
int sweep(const SweepArguments& arguments);

}  // namespace snnvp::cli
