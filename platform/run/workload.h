// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/config/document.h>
#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/run/program.h>

namespace snnvp {

/// A kind of workload: what `workload:` may hold and how it becomes layers.
struct WorkloadKind {
  std::string kind;
  std::string doc;
  std::vector<ParamSpec> params;  ///< beside `kind` and those common to all kinds
  std::string main_param;         ///< the one that faults found by `build` are about
  bool uses_engines = true;       ///< it consists of jobs for engines; else `build` gives a WorkloadDriver
  bool makes_jobs = false;        ///< with uses_engines: `build` gives a WorkloadDriver all the same, which has jobs of its own
  /// Reads and checks everything it needs; throws InputError. `written_path` gives a path parameter as the user wrote it.
  LayerProgram (*build)(const ParamSet& params);
};

/// All kinds, in name order.
const std::vector<WorkloadKind>& workload_kinds();
const WorkloadKind* find_workload_kind(const std::string& kind);

/// Parameters beside a kind's own: `seed`, and for kinds that use engines also engines, neuron, store_sums.
std::vector<ParamSpec> common_workload_params(const WorkloadKind& kind);

/// The parameter group `neuron`: common to kinds whose jobs are a list of layers, and for others that want it.
ParamSpec neuron_param();
/// The neuron record of `workload.neuron`.
NeuronRecord neuron_of(const ParamSet& params);

}  // namespace snnvp
