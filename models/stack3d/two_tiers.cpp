// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/two_tiers.h>

namespace snnvp::stack3d {

std::optional<bool> is_on_memory_tier(const Placement& placement, const std::string& part) {
  if (part == "weight_glb" || part == "spike_glb" || part == "buffers") return placement.buffers;
  if (part == "spikegen" || part == "spike_generator") return placement.membranes;
  for (const char* core : {"dense", "sparse", "attention"})
    if (part == core || part == std::string(core) + "_core") return false;
  return std::nullopt;
}

}  // namespace snnvp::stack3d
