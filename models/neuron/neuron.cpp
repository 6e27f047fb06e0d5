// SPDX-License-Identifier: Apache-2.0
// The kind models.neuron: a NeuronCore behind the common front end.
#include <snnvp/models/neuron/neuron_core.h>
#include <snnvp/platform/engine/accelerator.h>

namespace snnvp {

namespace {

neuron::Config config_of(const ParamSet& p) {
  neuron::Config config;
  config.lanes = p.get<unsigned>("lanes");
  config.cycles_per_update = p.get<Cycles>("cycles_per_update");
  config.dma_bits_per_cycle = p.get_optional<Bits>("dma_bits_per_cycle").value_or(0);
  config.prefetch_steps = p.get<unsigned>("prefetch_steps");
  return config;
}

}  // namespace

void register_neuron(Registry& registry) {
  KindDescriptor d;
  d.kind = "models.neuron";
  d.doc = "Neuron unit: neuron updates and element-wise operations on tensors in memory, a few values per cycle";
  d.params = {
      param("lanes", 32, "neurons updated in parallel").range(1, 65536).from("spec/prosperity.md 3"),
      param("cycles_per_update", 2, "cycles per neuron and step").range(1, 1024).from("spec/prosperity.md 5.3"),
      param("dma_bits_per_cycle", 1024, "width of the DMA port; null: unlimited")
          .range(1, 1e9)
          .unit("bit/cycle")
          .optional_null()
          .from("spec/prosperity.md 3"),
      param("prefetch_steps", 2, "time steps of sums that fit the input buffer").range(1, 1024).from("assumed: double buffering"),
  };
  d.ports = engine::accelerator_ports();
  d.stats = engine::accelerator_stats();
  d.stats.push_back({"lif_updates", "updates", StatKind::count, "Neuron updates"});
  d.stats.push_back({"spikes", "spikes", StatKind::count, "Spikes produced"});
  d.stats.push_back({"elements", "values", StatKind::count, "Values of element-wise jobs"});
  d.stats.push_back({"update_cycles", "cycles", StatKind::cycles, "Cycles the lanes were busy"});
  d.events = [](const ParamSet&) { return std::vector<std::string>{"lif.16"}; };
  d.units = {"engine"};
  d.takes_jobs = false;  // of a network's layers it computes none on its own; a driver may still give it jobs
  d.refusal = [](const ParamSet& p, const engine::JobDescriptor& job) {
    neuron::NeuronCore core(config_of(p));
    return engine::refusal_of(core, job);
  };
  d.registers = engine::common_registers;
  d.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  d.sources = {{"update time", Certainty::structural, "lanes and cycles per update; rate as in spec/prosperity.md 5.3"},
               {"energy", Certainty::assumed, "lif.16 without state energy (spec/energy.md 6.1)"}};
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    const neuron::Config config = config_of(p);
    return std::make_unique<engine::Accelerator>(name, std::make_unique<neuron::NeuronCore>(config),
                                                 parse_register_map(engine::common_registers, "models.neuron"), ClockDomain(p.clock()),
                                                 engine::Accelerator::Options{config.dma_bits_per_cycle, 1, {}});
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
