// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <snnvp/models/sram/sram.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/platform/report/sram_latency.h>
#include <snnvp/platform/run/simulation.h>

namespace snnvp {
namespace {

Sram::Params params_of(const ParamSet& set) {
  Sram::Params params;
  params.size = set.get<Bytes>("size");
  params.width_bytes = set.get<Bytes>("width");
  params.latency_cycles = set.get_optional<Cycles>("latency_cycles").value_or(1);
  params.banks = set.get<unsigned>("banks");
  params.accesses = set.get<unsigned>("accesses");
  params.separate_ports = set.get<std::string>("ports") == "1r1w";
  params.allow_dmi = set.get<bool>("allow_dmi");
  return params;
}

Cycles table_latency(const ParamSet& set) {
  const SramGeometry bank{set.get<Bytes>("size") / set.get<unsigned>("banks"), static_cast<unsigned>(8 * set.get<Bytes>("width")),
                          set.get<std::string>("ports") == "1r1w"};
  return sram_table_latency(Technology(data_dir() + "/tech"), bank, set.get<int>("node_nm"), set.get<std::string>("sram_device"),
                            set.clock());
}

/// A parameter without a default of its own.
ParamSpec settled_by_technology(ParamSpec spec) {
  spec.default_value = Value();
  return spec.from("spec/energy.md 4.4");
}

void check(const ParamSet& set, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  try {
    const SramCore core(params_of(set));
  } catch (const InputError& error) {
    diagnostics.error(pos, path, error.what());
  }
}

KindDescriptor descriptor() {
  KindDescriptor kind;
  kind.kind = "models.sram";
  kind.doc = "On-chip memory macro: one port word per cycle after a latency; counts word reads and writes";
  kind.params = {
      quantity("size", Dimension::bytes, Bytes{64} << 10, "capacity of the macro").range(1, 0x1p40).from("assumed"),
      quantity("width", Dimension::bytes, Bytes{8}, "port width: bytes per cycle").range(1, 4096).from("assumed"),
      param("latency_cycles", Cycles{1},
            "from the start of an access to its first word; null: access time of a bank by the technology tables")
          .optional_null()
          .unit("cycles")
          .range(0, 1e6)
          .from("assumed"),
      param("banks", 1, "banks, port words go round them; each takes one word per cycle").range(1, 1024).from("assumed"),
      param("accesses", 1, "bursts served at once, where they meet in no bank").range(1, 64).from("assumed"),
      settled_by_technology(param("node_nm", 28, "latency_cycles null: technology node (technology.timing_node)").range(5, 65)),
      settled_by_technology(param("sram_device", "lstp", "latency_cycles null: device class (technology.timing_sram_device)")
                                .choices({"lstp", "mixed", "hp", "lop"})),
      param("ports", "1rw", "1rw: one port; 1r1w: reads and writes do not contend").choices({"1rw", "1r1w"}).from("assumed"),
      param("allow_dmi", false, "grant DMI: faster, but bypasses contention; only what harts do by it is counted").from("spec/tlm.md 5.5"),
  };
  kind.ports = {target("in", "memory accesses: any size, byte enables, streaming")};
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& set) -> std::unique_ptr<sc_core::sc_module> {
    Sram::Params params = params_of(set);
    if (set.is_null("latency_cycles")) params.latency_cycles = table_latency(set);
    return std::make_unique<Sram>(name, params, ClockDomain(set.clock()));
  };
  kind.stats = {
      {"accesses", "1", StatKind::count, "transactions served"},
      {"bytes_read", "B", StatKind::bytes, "bytes read"},
      {"bytes_written", "B", StatKind::bytes, "bytes written"},
      {"busy_cycles", "cycles", StatKind::cycles, "cycles a port was taken by bursts"},
      {"wait_cycles", "cycles", StatKind::cycles, "cycles bursts waited for a port, summed over bursts"},
      {"bank_conflicts", "1", StatKind::count, "bursts that waited because others had the banks"},
  };
  kind.events = [](const ParamSet& set) {
    const SramCore core(params_of(set));
    return std::vector<std::string>{core.event_key(false), core.event_key(true)};
  };
  kind.macros = [](const ParamSet& set) {
    return std::vector<MacroSpec>{{"array", set.get<Bytes>("size") / set.get<unsigned>("banks"),
                                   static_cast<unsigned>(8 * set.get<Bytes>("width")), set.get<unsigned>("banks")}};
  };
  kind.sources = {
      {"latency, one word per cycle", Certainty::assumed, "set from technology data (spec/energy.md 4.4) by the scenario's author"},
      {"word counts", Certainty::structural, "port words touched"}};
  kind.check = check;
  kind.is_memory = true;
  kind.window = [](const ParamSet& set, const std::string&) { return set.get<Bytes>("size"); };
  return kind;
}

}  // namespace

void register_sram(Registry& registry) { registry.add(descriptor()); }

}  // namespace snnvp
