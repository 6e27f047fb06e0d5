// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/memory_traffic/memory_traffic.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {

void register_memory_traffic(Registry& registry) {
  KindDescriptor kind;
  kind.kind = "models.memory_traffic";
  kind.doc = "Source of memory accesses: non-blocking, many at a time; the workload memory_traffic says which";
  kind.ports = {initiator("out", "to the memory, or to a bus before it")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet&) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<MemoryTrafficBlock>(name);
  };
  kind.stats = {
      {"accesses", "1", StatKind::count, "accesses of the load that have been answered"},
      {"errors", "1", StatKind::count, "error responses"},
  };
  kind.events = [](const ParamSet&) { return std::vector<std::string>(); };
  kind.energy_not_counted = "a source of traffic is no hardware";
  kind.sources = {{"order and time of the accesses", Certainty::structural, "closed loop: a response makes room for the next request"}};
  kind.needs_clock = false;
  registry.add(std::move(kind));
}

}  // namespace snnvp
