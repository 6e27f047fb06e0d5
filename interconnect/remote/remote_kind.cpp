// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/remote/remote.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp {
namespace {

void check(const ParamSet& p, const SourcePos& pos, const std::string& path, Diagnostics& diagnostics) {
  const auto listen = p.get_optional<std::string>("listen"), connect = p.get_optional<std::string>("connect");
  if (listen.has_value() == connect.has_value())
    diagnostics.error(pos, path, listen ? "'listen' and 'connect' are both given" : "neither 'listen' nor 'connect' is given",
                      "one side listens, the other connects");
  for (const char* key : {"listen", "connect"})
    if (const auto address = p.get_optional<std::string>(key))
      if (const std::string problem = remote::address_problem(*address); !problem.empty())
        diagnostics.error(pos, path + "." + key, problem);
}

}  // namespace

void register_remote(Registry& registry) {
  KindDescriptor d;
  d.kind = "interconnect.remote";
  d.doc = "One end of a link to another simulator: accesses, debug, interrupts, common time, over a Unix or TCP socket";
  const auto address = [](const char* name, const char* doc) {
    ParamSpec spec = param(name, Value(), doc).optional_null();
    spec.type = ParamType::text;
    return spec;
  };
  d.params = {
      address("listen", "unix:PATH or HOST:PORT where the peer is awaited"),
      address("connect", "unix:PATH or HOST:PORT where the peer listens"),
      quantity("quantum", Dimension::time, 1'000'000,
               "what each way takes, and how far the sides may be apart; the smaller one of both holds")
          .range(1'000, 1e12)
          .from("assumed"),
      quantity("memory", Dimension::bytes, Value(),
               "size of plain memory of the peer behind `in`, from address 0 of what it serves: a workload may be placed there; null: none")
          .range(64, 0x1p40)
          .optional_null(),
      quantity("timeout", Dimension::time, 60'000'000'000'000, "wall time that the peer may keep silent").at_least(1e9),
  };
  d.ports = {target("in", "accesses for the peer's side; may wait"), initiator("out", "accesses of the peer"),
             irq_in("irq_in", "levels for the peer's irq_out of the same index"), irq_out("irq_out", "the peer's levels")};
  d.ports[0].is_optional = d.ports[1].is_optional = true;
  d.ports[0].abilities.may_wait = true;
  d.ports[0].abilities.dmi = Ability::no;
  d.ports[3].is_vector = true;
  d.stats = {
      {"requests_sent", "accesses", StatKind::count, "Accesses sent to the peer"},
      {"requests_served", "accesses", StatKind::count, "Accesses of the peer served here"},
      {"debug_sent", "accesses", StatKind::count, "Debug accesses sent to the peer"},
      {"debug_served", "accesses", StatKind::count, "Debug accesses of the peer served here"},
      {"irqs_sent", "changes", StatKind::count, "Changes of interrupt levels sent"},
      {"irqs_received", "changes", StatKind::count, "Changes of interrupt levels received"},
      {"meetings", "1", StatKind::count, "Times both sides synchronised"},
      {"quantum_ps", "ps", StatKind::gauge, "The quantum both agreed on"},
  };
  d.needs_clock = false;
  d.energy_not_counted = "what lies behind it is another simulator's";
  d.sources = {{"link time", Certainty::assumed, "one quantum each way, so that both sides can run at once"}};
  d.check = check;
  d.is_memory = true;  // if the parameter says so: else the window is none
  d.window = [](const ParamSet& p, const std::string& port) {
    return port == "in" ? p.get_optional<Bytes>("memory").value_or(0) : Bytes{0};
  };
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
    RemoteBridge::Params params;
    params.listen = p.get_optional<std::string>("listen").value_or("");
    params.connect = p.get_optional<std::string>("connect").value_or("");
    params.memory = p.get_optional<Bytes>("memory").value_or(0);
    params.quantum = p.get<Picoseconds>("quantum");
    params.timeout_s = static_cast<double>(p.get<Picoseconds>("timeout")) / 1e12;
    params.irq_inputs = static_cast<unsigned>(p.peers("irq_in").size());
    params.irq_outputs = static_cast<unsigned>(p.peers("irq_out").size());
    return std::make_unique<RemoteBridge>(name, params);
  };
  registry.add(std::move(d));
}

}  // namespace snnvp
