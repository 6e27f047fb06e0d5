// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/models/stack3d/bishop_engine.h>
#include <snnvp/platform/registry/registry.h>

// What a kind with Bishop cores declares for them.
namespace snnvp::bishop {

/// Parameters of the cores: the group `bishop`.
ParamSpec bishop_params();
/// How the group sets the cores.
Config config_of(const ParamSet& params);

}  // namespace snnvp::bishop
