// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

struct RepriceArguments {
  std::string folder, out, prices_file;
  std::vector<std::string> overrides;
  std::optional<unsigned> draws;
  bool sensitivity = false, modes = false, constants = false, json = false;
};

void define_reprice(CLI::App& app, RepriceArguments& arguments);

int reprice(const RepriceArguments& arguments, const std::vector<std::string>& command_line);

}  // namespace snnvp::cli
