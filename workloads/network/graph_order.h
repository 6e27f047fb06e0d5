// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

// Order and cycles of a directed graph given as arcs between the numbers 0 to n - 1.
namespace snnvp {

struct Arc {
  std::size_t from = 0;
  std::size_t to = 0;
};

/// Nodes such that every arc goes forward, the lowest number first where there is a choice. Shorter than `nodes` if there is a
/// cycle: then the nodes on cycles and behind them are missing.
std::vector<std::size_t> topological_order(std::size_t nodes, const std::vector<Arc>& arcs);

/// The strongly connected component of each node, numbered so that arcs between components go from lower to higher numbers.
std::vector<std::size_t> strong_components(std::size_t nodes, const std::vector<Arc>& arcs);

}  // namespace snnvp
