// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/run_folder.h>

namespace snnvp::desk {

/// One number that another one comes from.
struct Input {
  std::string name;  ///< a path in report.json, or a quantity with its source
  double value = 0;
  std::string unit, source;
};

/// Where a number of a report comes from.
struct Explanation {
  std::string path;
  nlohmann::ordered_json value;
  std::string unit;
  std::string meaning;  ///< a sentence
  std::string formula;  ///< in terms of the inputs; empty for what is counted
  std::vector<Input> inputs;
  std::vector<std::string> sources;  ///< of the model behind it, with its certainty; of a rule: what it said
  std::string advice;                ///< of a rule
};

/// Explains the number at a path of a run's report ("totals.edp_js", "energy.by_block.pu.total_j", "blocks.bus.stats.utilisation",
/// "layers.conv2d_1.cycles"); a last part alone is enough if only one path ends so. Also a layer as a
/// whole ("layers.conv2d_1": what it waits for) and a rule of the diagnosis ("memory_bound"). Throws InputError with the nearest paths.
Explanation explain(const RunFolder& run, const std::string& path);

/// All paths of a report that hold a number.
std::vector<std::string> number_paths(const nlohmann::ordered_json& report);

std::string to_text(const Explanation& explanation);
nlohmann::ordered_json to_json(const Explanation& explanation);

}  // namespace snnvp::desk
