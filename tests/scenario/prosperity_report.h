// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../support/golden_csv.h"
#include "../support/process.h"

namespace snnvp::test {

/// Where a network's folder and its golden tables lie.
struct GoldenNetwork {
  std::string name;            ///< as in the tables
  std::string folder;          ///< network folder
  std::string layers, totals;  ///< tables of issue type 2 (sorted)
  std::string tree_layers, tree_totals;
  std::string pipeline;  ///< tile-pipeline table
};

/// One of the networks of `../shared/spikes`.
inline GoldenNetwork shared_network(const std::string& shared, const std::string& name) {
  const std::string golden = shared + "/golden/prosperity/";
  return {name,
          shared + "/spikes/" + name,
          golden + "prosperity_layers.csv",
          golden + "prosperity_totals.csv",
          golden + "prosperity_issue1_layers.csv",
          golden + "prosperity_issue1_totals.csv",
          golden + "tile_pipeline_gap.csv"};
}

/// The network that the repository ships.
inline GoldenNetwork own_network() {
  const std::string golden = source_dir() + "/tests/golden/own_small_";
  return {"own_small",
          source_dir() + "/scenarios/networks/own_small",
          golden + "layers.csv",
          golden + "totals.csv",
          golden + "layers.csv",
          golden + "totals.csv",
          golden + "tile_pipeline.csv"};
}

/// Runs papers/prosperity.yaml on a network with further overrides and returns what --json prints. A run that
/// fails throws with its messages.
nlohmann::json run_prosperity(const std::string& network_folder, const std::vector<std::string>& overrides);

/// Overrides that configure the unit as a row of a totals table says, in `paper` timing.
std::vector<std::string> paper_overrides(const GoldenCsv::Row& row);

/// Runs the configuration of one row of `totals` through the command line and compares every figure that decision 17
/// names: each layer and the totals. Returns the differences in words.
std::vector<std::string> differences(const GoldenNetwork& network, const GoldenCsv& layers, const GoldenCsv::Row& totals);

/// The row of `layers` by name.
inline const nlohmann::json& layer_of(const nlohmann::json& report, const std::string& name) {
  for (const auto& layer : report.at("layers"))
    if (layer.at("name") == name) return layer;
  throw std::runtime_error("no layer " + name);
}

inline const nlohmann::json& block_of(const nlohmann::json& report, const std::string& name) {
  for (const auto& block : report.at("blocks"))
    if (block.at("name") == name) return block;
  throw std::runtime_error("no block " + name);
}

}  // namespace snnvp::test
