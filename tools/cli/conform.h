// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

struct ConformArguments {
  std::string what;  ///< a kind or a scenario file; empty: every kind of the plug-ins
  std::vector<std::string> plugins, overrides;
  std::string port, memory, latency;
  std::uint64_t count = 4000, seed = 1;
  double timeout_s = 600;
  bool json = false;
};

void define_conform(CLI::App& app, ConformArguments& arguments);

/// Prints a verdict per rule. 0: all pass, 1: a rule is broken, 2: wrong input.
int conform(const ConformArguments& arguments);

}  // namespace snnvp::cli
