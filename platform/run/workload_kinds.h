// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/run/workload.h>
#include <snnvp/workloads/formats/manifest.h>

namespace snnvp {

/// `bishop`: spiking transformers of the Bishop paper, with drawn spikes.
WorkloadKind bishop_workload();
/// `trace`: recorded spikes of a network folder; every GEMM reads its recorded input.
WorkloadKind trace_workload();
/// `frames`: flows through packet switches.
WorkloadKind frames_workload();
/// `pi2`: inputs through networks made of switches.
WorkloadKind pi2_workload();
/// `pi2_scaling`: power at brain scale by formula.
WorkloadKind pi2_scaling_workload();
/// `network`: a trained network on samples.
WorkloadKind network_workload();
/// `synthetic`: layers by shape, spikes from a generator.
WorkloadKind synthetic_workload();

/// `partitioned`: a trained network spread over packages of chips.
WorkloadKind partitioned_workload();
/// `layers`: networks as tables of layers.
WorkloadKind layers_workload();
/// `memory_traffic`: accesses to a memory.
WorkloadKind memory_traffic_workload();
/// `power_map`: constant power on a stack of dies.
WorkloadKind power_map_workload();
/// `traffic`: packets on a network.
WorkloadKind traffic_workload();
/// `transformer`: kernels of a spiking transformer.
WorkloadKind transformer_workload();
/// `firmware`: a program on RISC-V harts.
WorkloadKind firmware_workload();

/// A network's sequence as steps: a neuron update right behind a layer is fused with it, pools are left out.
/// The tensors stay in `network`.
std::vector<LayerStep> steps_of(const SpikeNetwork& network);

}  // namespace snnvp
