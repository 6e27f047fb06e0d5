// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/run_folder.h>

namespace snnvp::desk {

/// A run as one HTML file (spec/formats.md 5.7): works offline and without JavaScript, then just not interactively. Throws InputError.
std::string run_html(const RunFolder& run);

/// A sweep's table, as sweep.csv tells it.
struct SweepTable {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::ordered_json>> rows;  ///< texts, numbers, null
  std::vector<std::size_t> settings;                      ///< columns that are axes
  std::vector<std::size_t> metrics;                       ///< columns that are metrics
  std::vector<std::size_t> goals;                         ///< columns of the front's goals
  std::vector<std::size_t> front;                         ///< rows of pareto.csv
};

/// Reads a folder that `snnvp sweep` collected. Throws InputError.
SweepTable read_sweep_table(const std::string& folder);

/// A sweep as one HTML file: all points as data, the first 200 as a table.
std::string sweep_html(const SweepTable& table);

}  // namespace snnvp::desk
