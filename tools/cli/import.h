// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace snnvp::cli {

/// `snnvp import`, as typed.
struct ImportArguments {
  std::string file;
  std::string out;  ///< network folder, or with `simulate` the file of traces; empty: nothing is written
  std::string data, labels;
  std::string polarity = "channels", duplicate = "or";
  std::uint64_t steps = 0;      ///< of a sample of events; 0: the whole recording is one sample
  std::uint64_t samples = 200;  ///< most that are simulated
  unsigned bits = 8, width = 16;
  bool per_channel = false;
  std::string dt, reset, if_gain, duplicate_edges;
  std::vector<std::string> rename;
  std::string simulate;
  std::vector<std::string> record;
  bool flat = false;
  bool json = false;
};

/// Adds the command and its options.
void define_import(CLI::App& app, ImportArguments& arguments);

/// Reads a NIR file, quantises it, writes a network folder; or simulates it and writes traces. Exit code 0, or 2 if a node is refused.
int import_network(const ImportArguments& arguments);

}  // namespace snnvp::cli
