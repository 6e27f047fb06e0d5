// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <systemc>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/registry/registry.h>
#include <snnvp/plugin_abi.h>

// Everything a plug-in needs (docs/co-simulation.md): headers only, no symbol of ours. A block in it is any sc_module with standard
// sockets; it may also implement interfaces of capabilities.h (StatProvider, EventProvider, IdleProvider, Resettable).
static_assert(SC_CPLUSPLUS == 201703L, "a plug-in for snnvp is compiled as C++17, the standard its SystemC library was built for");

namespace snnvp {

/// Sizes of what crosses the boundary, mixed to a number: differs if plug-in and host were built with other headers.
constexpr std::uint64_t plugin_layout() {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::size_t size :
       {sizeof(KindDescriptor), sizeof(ParamSpec), sizeof(PortSpec), sizeof(StatSpec), sizeof(SourceNote), sizeof(ParamSet), sizeof(Value),
        sizeof(PriceHints), sizeof(MacroSpec), sizeof(Counter), sizeof(Diagnostics)})
    hash = (hash ^ size) * 1099511628211ULL;
  return hash;
}

/// What register_kinds() is given.
inline Registry& plugin_registry(void* registry) { return *static_cast<Registry*>(registry); }

}  // namespace snnvp

#if defined(_GLIBCXX_USE_CXX11_ABI)
#define SNNVP_GLIBCXX_ABI _GLIBCXX_USE_CXX11_ABI
#else
#define SNNVP_GLIBCXX_ABI -1
#endif

/// The plug-in's entry: name, version ("1.2.0") and void register_kinds(void* registry). Once per plug-in.
#define SNNVP_PLUGIN(name, version, register_kinds)                     \
  extern "C" SNNVP_EXPORT const snnvp_plugin_info* snnvp_plugin(void) { \
    static const snnvp_plugin_info info = {sizeof(snnvp_plugin_info),   \
                                           SNNVP_PLUGIN_ABI,            \
                                           name,                        \
                                           version,                     \
                                           SC_VERSION,                  \
                                           __cplusplus,                 \
                                           SNNVP_GLIBCXX_ABI,           \
                                           __VERSION__,                 \
                                           register_kinds,              \
                                           snnvp::plugin_layout()};     \
    return &info;                                                       \
  }
