// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/prosperity/engine.h>
#include <snnvp/platform/engine/accelerator.h>

namespace snnvp {

/// The kind models.prosperity as a module for any SystemC program: registers on `regs`, data on `dma`, a level on `irq`
/// (docs/jobs.md). Needs nothing else of ours, prints nothing, keeps no global state.
class Prosperity : public engine::Accelerator {
public:
  using Params = prosperity::EngineConfig;

  /// The defaults are the published unit at 500 MHz.
  explicit Prosperity(const sc_core::sc_module_name& name, const Params& params = {}, const ClockDomain& clock = ClockDomain(500'000'000));
};

class Registry;
/// Registers `models.prosperity`.
void register_prosperity(Registry& registry);

}  // namespace snnvp
