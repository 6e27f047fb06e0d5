// SPDX-License-Identifier: Apache-2.0
#include <snnvp/plugin.h>

#include "at_memory.h"

static void register_kinds(void* registry) {
  using namespace snnvp;
  KindDescriptor kind;
  kind.kind = "elsewhere.at_memory";
  kind.doc = "Approximately-timed memory of somebody else";
  kind.params = {quantity("size", Dimension::bytes, 1 << 26, "capacity"), quantity("latency", Dimension::time, 40'000, "to the response"),
                 param("debug", true, "answers debug access")};
  kind.ports = {target("socket")};
  kind.needs_clock = false;
  kind.is_memory = true;  // the workload may be placed here
  kind.window = [](const ParamSet& p, const std::string&) { return p.get<std::uint64_t>("size"); };
  kind.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) {
    const auto time = [](std::uint64_t ps) { return sc_core::sc_time(static_cast<double>(ps), sc_core::SC_PS); };
    return std::make_unique<elsewhere::AtMemory>(name, p.get<std::size_t>("size"), time(1'000), time(p.get<std::uint64_t>("latency")),
                                                 p.get<bool>("debug"));
  };
  plugin_registry(registry).add(std::move(kind));
}
SNNVP_PLUGIN("elsewhere", "0.3", register_kinds)
