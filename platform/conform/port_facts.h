// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <snnvp/platform/conform/port_model.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::conform {

/// The bank behind a target port, if the kind describes its registers.
std::optional<RegisterMap> registers_of(const KindDescriptor& kind, const std::string& port);

/// What a target port can do: what its PortSpec states, and what the kind says besides (memory, interconnect, register bank). With
/// parameters, DMI is settled; without, it may depend on `dmi_parameter`.
PortAbilities abilities_of(const KindDescriptor& kind, const PortSpec& port, const ParamSet* params = nullptr);

/// The whole model of a port of a block with these parameters, except for an interconnect's windows.
PortModel model_of(const KindDescriptor& kind, const PortSpec& port, const ParamSet& params);

}  // namespace snnvp::conform
