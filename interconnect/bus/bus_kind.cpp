// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <snnvp/interconnect/bus/bus.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

Bus::Params params_of(const ParamSet& set) {
  Bus::Params params;
  params.initiator_names = set.peers("in");
  params.initiators = static_cast<unsigned>(params.initiator_names.size());
  params.targets = static_cast<unsigned>(set.peers("out").size());
  params.width_bytes = set.get_optional<Bytes>("width").value_or(0);
  params.hop_cycles = set.get<Cycles>("hop_cycles");
  params.arbitrate_words = set.get<std::string>("word_access") == "arbitrated";
  return params;
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "interconnect.bus";
  kind.doc = "Memory-mapped bus: decode and translation, occupancy by width, fair arbitration, debug and DMI";
  kind.params = {
      quantity("width", Dimension::bytes, Bytes{16}, "bytes per cycle; null: unlimited, nothing to arbitrate")
          .range(1, 65536)
          .optional_null()
          .from("assumed"),
      param("hop_cycles", Cycles{1}, "from an initiator's port to a target's").unit("cycles").range(0, 1e6).from("assumed"),
      param("word_access", "free", "free: accesses of up to 8 bytes neither wait nor make others wait; arbitrated: as bursts")
          .choices({"free", "arbitrated"})
          .from("assumed"),
  };
  PortSpec in = target("in", "one per initiator");
  PortSpec out = initiator("out", "one per target");
  in.is_vector = out.is_vector = true;
  kind.ports = {in, out};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    return std::make_unique<Bus>(name, params_of(set), ClockDomain(set.clock()));
  };
  kind.stats = {
      {"transactions", "1", StatKind::count, "transactions passed on"},
      {"bytes", "B", StatKind::bytes, "bytes of their data"},
      {"bursts", "1", StatKind::count, "transactions that occupied the bus"},
      {"busy_cycles", "cycles", StatKind::cycles, "cycles the bus was occupied"},
      {"wait_cycles", "cycles", StatKind::cycles, "cycles bursts waited for the bus, summed over bursts"},
      {"utilisation", "1", StatKind::ratio, "busy cycles over elapsed cycles"},
      {"grants", "", StatKind::text, "bursts granted to each initiator"},
  };
  kind.sources = {{"occupancy", Certainty::structural, "ceil(bytes / width) cycles a burst"},
                  {"hop, free words", Certainty::assumed, "README of the block"}};
  kind.routes_addresses = true;
  kind.energy_not_counted = "wires of the bus are not modelled";
  return kind;
}

}  // namespace

void register_bus(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
