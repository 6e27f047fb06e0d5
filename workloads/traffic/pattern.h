// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/random.h>

namespace snnvp::traffic {

/// Where packets go. Permutations keep packets to oneself, as BookSim does (decision 34).
enum class Pattern { uniform, transpose, bit_complement, tornado, neighbour, hotspot };

/// Nodes of a width x height network; node n is at x = n % width, y = n / width.
struct Grid {
  unsigned width = 0, height = 0;
  std::uint32_t nodes() const { return width * height; }
};

/// Nodes that get more than others.
struct Hotspot {
  std::vector<std::uint32_t> nodes;
  double share = 0.2;  ///< of the packets, alike to each of them
};

/// Draws destinations.
///
///   uniform         all nodes alike, the source included
///   transpose       (x, y) -> (y, x), on a square
///   bit_complement  (x, y) -> (width - 1 - x, height - 1 - y)
///   tornado         (x, y) -> (x + ceil(width / 2) - 1, y + ceil(height / 2) - 1), around the edges
///   neighbour       (x, y) -> (x + 1, y + 1), around the edges
///   hotspot         a share of the packets to a few nodes, alike; the rest uniform
class Destinations {
public:
  /// Throws InputError if pattern and grid do not fit, or a hotspot does not exist.
  Destinations(Pattern pattern, Grid grid, Hotspot hotspot = {});

  std::uint32_t draw(std::uint32_t source, RandomStream& random) const {
    if (!fixed_.empty()) return fixed_[source];
    if (pattern_ == Pattern::hotspot && random.uniform() < hotspot_.share) return hotspot_.nodes[random.below(hotspot_.nodes.size())];
    return static_cast<std::uint32_t>(random.below(grid_.nodes()));
  }

private:
  Pattern pattern_;
  Grid grid_;
  Hotspot hotspot_;
  std::vector<std::uint32_t> fixed_;  // destination of each source, for permutations
};

}  // namespace snnvp::traffic
