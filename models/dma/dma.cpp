// SPDX-License-Identifier: Apache-2.0
// The kind models.dma: a DmaCore behind the common front end.
#include <snnvp/models/dma/dma_core.h>
#include <snnvp/platform/engine/accelerator.h>

namespace snnvp {

void register_dma(Registry& registry) {
  KindDescriptor d;
  d.kind = "models.dma";
  d.doc = "Copy engine: takes the job `copy`, moves a dense operand burst by burst";
  d.params = {
      quantity("burst", Dimension::bytes, 4096, "bytes per burst").range(1, 1 << 20).from("assumed"),
      param("buffers", 2, "bursts between read and write").range(1, 64).from("assumed: double buffering"),
      param("bits_per_cycle", 1024, "width of the port; null: unlimited")
          .range(1, 1e9)
          .unit("bit/cycle")
          .optional_null()
          .from("assumed: as wide as an engine's port"),
  };
  d.ports = engine::accelerator_ports();
  d.stats = engine::accelerator_stats();
  d.stats.push_back({"copied_bytes", "bytes", StatKind::bytes, "Bytes copied"});
  d.takes_jobs = false;  // no layer of a network is a copy
  d.energy_not_counted = "its traffic is counted where it goes: bus and memories";
  d.registers = engine::common_registers;
  d.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  d.sources = {{"copy time", Certainty::structural, "port width, bus and memory; reads and writes share the port"}};
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    const dma::Config config{p.get<Bytes>("burst"), p.get<unsigned>("buffers"), p.get_optional<Bits>("bits_per_cycle").value_or(0)};
    return std::make_unique<engine::Accelerator>(name, std::make_unique<dma::DmaCore>(config),
                                                 parse_register_map(engine::common_registers, "models.dma"), ClockDomain(p.clock()),
                                                 engine::Accelerator::Options{config.bits_per_cycle, 1, {}});
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
