// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/workload.h>

#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {

ParamSpec neuron_param() {
  return group("neuron",
               {
                   param("threshold", 64, "a neuron spikes above it (strict)").range(-2147483648.0, 2147483647.0).from("assumed"),
                   param("leak", "none", "leak per step").choices({"none", "mult", "sub"}).from("assumed"),
                   param("leak_value", 0, "mult: factor in 1/65536; sub: amount").range(0, 2147483647.0),
                   param("reset", "zero", "membrane after a spike").choices({"zero", "subtract"}).from("spec/prosperity.md 4.4"),
                   param("width", 16, "membrane width; it saturates").range(2, 32).unit("bit").from("spec/prosperity.md 4.4"),
               },
               "the integer LIF neuron of every layer");
}

std::vector<ParamSpec> common_workload_params(const WorkloadKind& kind) {
  ParamSpec seed = param("seed", 1, "seed of everything that is drawn").at_least(0);
  if (!kind.uses_engines) return {seed};
  ParamSpec engine;
  engine.type = ParamType::text;
  const ParamSpec engines =
      list_of("engines", engine, "engines that run the workload, one after the other; default: all of the platform by name");
  if (kind.makes_jobs) return {engines, seed};
  return {
      engines,
      seed,
      param("store_sums", false, "sums leave over the DMA port, timed and counted, instead of untimed"),
      neuron_param(),
  };
}

NeuronRecord neuron_of(const ParamSet& params) {
  NeuronRecord n;
  n.threshold = params.get<std::int32_t>("neuron.threshold");
  const std::string leak = params.get<std::string>("neuron.leak");
  n.leak = leak == "mult" ? NeuronRecord::Leak::multiply : leak == "sub" ? NeuronRecord::Leak::subtract : NeuronRecord::Leak::none;
  n.leak_value = params.get<std::int32_t>("neuron.leak_value");
  n.reset = params.get<std::string>("neuron.reset") == "zero" ? NeuronRecord::Reset::zero : NeuronRecord::Reset::subtract;
  n.width_bits = params.get<unsigned>("neuron.width");
  return n;
}

const std::vector<WorkloadKind>& workload_kinds() {
  // clang-format off
  static const std::vector<WorkloadKind> kinds{
      bishop_workload(),
      firmware_workload(),
      frames_workload(),
      pi2_workload(),
      pi2_scaling_workload(),
      layers_workload(),
      memory_traffic_workload(),
      network_workload(),
      partitioned_workload(),
      power_map_workload(),
      synthetic_workload(),
      trace_workload(),
      traffic_workload(),
      transformer_workload(),
  };
  // clang-format on
  return kinds;
}

const WorkloadKind* find_workload_kind(const std::string& kind) {
  for (const WorkloadKind& k : workload_kinds())
    if (k.kind == kind) return &k;
  return nullptr;
}

}  // namespace snnvp
