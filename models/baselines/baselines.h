// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/baselines/baselines_core.h>
#include <snnvp/models/baselines/loas.h>
#include <snnvp/platform/run/analytic_model.h>

namespace snnvp::baselines {

/// One comparison model over a workload of layers.
AnalyticResult compare_with(Model model, const LoasPacking& packing, const LayerProgram& layers, const std::atomic<bool>& stop);

/// DRAM bits that Prosperity moves for these layers (cuda path, 256 x 16): the base of all models' DRAM energy. Depends on
/// geometry only.
Bits prosperity_dram_bits(const LayerProgram& layers);

}  // namespace snnvp::baselines
