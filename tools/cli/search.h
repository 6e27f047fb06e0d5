// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

struct SearchArguments {
  std::string file;
  std::vector<std::string> overrides, plugins;  ///< for the base scenario
  std::string out;
  unsigned jobs = 0;  ///< evaluations at a time; 0: as many as there are processors
  bool json = false, quiet = false, retry = false, serve = false;
};

void define_search(CLI::App& app, SearchArguments& arguments);

/// Exit code 0 if every point is ok, 1 if not, or if an evaluator failed.
int search(const SearchArguments& arguments);

}  // namespace snnvp::cli
