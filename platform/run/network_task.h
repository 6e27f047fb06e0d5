// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/platform/config/params.h>
#include <snnvp/platform/run/network_stream.h>
#include <snnvp/platform/run/program.h>

namespace snnvp {

/// Parameters that say which network runs on which samples; shared by the workload kinds that run one.
std::vector<ParamSpec> network_task_params();
/// Reads them: the network (imported and quantised, if it is a NIR file), its samples and labels. Input files and notices go to
/// `program`. Throws InputError.
NetworkTask read_network_task(const ParamSet& params, LayerProgram& program);

}  // namespace snnvp
