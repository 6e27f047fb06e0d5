// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/elaborate/plan.h>

namespace snnvp {

/// Is there memory behind this port? Of a built-in kind whose parameters say how much it holds, one that holds nothing is none.
inline bool holds_data(const BlockPlan& block, const std::string& port) {
  return block.kind->is_memory && (!block.kind->window || !block.kind->plugin.empty() || block.kind->window(block.params, port) != 0);
}

}  // namespace snnvp
