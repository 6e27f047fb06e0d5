// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/search/landscape.h>
#include <snnvp/platform/search/search_file.h>

// Choosing one value per layer. Energy and latency of a network are sums over its layers, so a table of (layer, value) pairs
// prices every combination with two additions (spec/spikex.md 7.4).
namespace snnvp::search {

/// What a layer costs under one value.
struct LayerCost {
  double energy_j = 0;
  std::uint64_t cycles = 0;
  std::uint64_t filled_windows = 0;  ///< of its input; 0 if the engine tells none
};

/// The layers of one run, of its first engine. Rows of one layer (its neurons, and its runs with other seeds) are added up.
struct LayerCosts {
  std::vector<std::string> names;
  std::vector<LayerCost> costs;
  std::uint64_t clock_hz = 0;
};

/// Takes a report.json apart. `needs_energy`: throws InputError if a layer has no energy of its own under the price list.
LayerCosts layer_costs(const nlohmann::ordered_json& report, bool needs_energy);

/// The objective of a sum of layers.
double objective_of(Objective objective, double energy_j, double seconds);

/// Costs by value, then layer.
using CostTable = std::vector<std::vector<LayerCost>>;

/// Energy, cycles and cost of one combination.
struct Combination {
  Point choice;  ///< value of each layer
  double energy_j = 0, seconds = 0, cost = 0;
  std::uint64_t cycles = 0;
};
Combination combine(const CostTable& table, const Point& choice, Objective objective, std::uint64_t clock_hz);

struct LayerSearch {
  Combination best, best_uniform;
  bool exhaustive = false;
  std::uint64_t combinations = 0;  ///< looked at
};
/// Exhaustive, or coordinate descent from the best uniform combination and `restarts` random ones, as the file asks.
LayerSearch search_layers(const CostTable& table, const SearchFile& file, std::uint64_t clock_hz);

}  // namespace snnvp::search
