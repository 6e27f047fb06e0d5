// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/stack3d/bishop_engine.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/tlm/register_map.h>

// The Bishop cores as a block: what its kind declares and how it is made.
namespace snnvp::bishop {

/// Parameters of the cores: the group `bishop`.
ParamSpec bishop_params();
/// How the group sets the cores.
Config config_of(const ParamSet& params);

/// Units with a published power (price list bishop_paper).
std::vector<std::string> bishop_units();

/// A block of `kind` with the common front end around a BishopEngine.
std::unique_ptr<sc_core::sc_module> make_bishop_block(const sc_core::sc_module_name& name, const EngineConfig& config,
                                                      RegisterMap registers, std::uint64_t clock_hz);

}  // namespace snnvp::bishop
