// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/traffic/pattern.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::traffic {

Destinations::Destinations(Pattern pattern, Grid grid, Hotspot hotspot) : pattern_(pattern), grid_(grid), hotspot_(std::move(hotspot)) {
  if (pattern == Pattern::transpose && grid.width != grid.height)
    throw InputError(fmt::format("pattern transpose needs as many columns as rows, not {} x {}", grid.width, grid.height));
  if (pattern == Pattern::hotspot) {
    if (hotspot_.nodes.empty()) throw InputError("pattern hotspot needs hotspot.nodes");
    for (const std::uint32_t node : hotspot_.nodes)
      if (node >= grid.nodes()) throw InputError(fmt::format("hotspot.nodes: the network has no node {}: it has {}", node, grid.nodes()));
  }
  if (pattern == Pattern::uniform || pattern == Pattern::hotspot) return;
  const auto shifted = [](unsigned place, unsigned by, unsigned size) { return (place + by) % size; };
  fixed_.resize(grid.nodes());
  for (std::uint32_t node = 0; node < grid.nodes(); ++node) {
    unsigned x = node % grid.width, y = node / grid.width;
    switch (pattern) {
      case Pattern::transpose: std::swap(x, y); break;
      case Pattern::bit_complement: x = grid.width - 1 - x, y = grid.height - 1 - y; break;
      case Pattern::tornado:
        x = shifted(x, (grid.width + 1) / 2 - 1, grid.width), y = shifted(y, (grid.height + 1) / 2 - 1, grid.height);
        break;
      default: x = shifted(x, 1, grid.width), y = shifted(y, 1, grid.height);
    }
    fixed_[node] = x + grid.width * y;
  }
}

}  // namespace snnvp::traffic
