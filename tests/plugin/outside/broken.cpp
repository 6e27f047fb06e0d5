// SPDX-License-Identifier: Apache-2.0
// Plug-ins that are wrong, each in one way.
#include <snnvp/plugin_abi.h>

#include <string>

#if defined(CXX20)
#include <systemc>  // its API symbol carries the C++ standard
#define SYSTEMC SC_VERSION
#else
#define SYSTEMC "2.3.4-Accellera"
#endif

#if defined(CLASH) || defined(THROWING) || defined(OLD_STRINGS)
#include <snnvp/plugin.h>
#include <stdexcept>

namespace {
struct Empty : sc_core::sc_module {
  explicit Empty(const sc_core::sc_module_name& name) : sc_module(name) {}
};
void register_kinds(void* registry) {
  snnvp::KindDescriptor kind;
  kind.doc = "does nothing";
  kind.needs_clock = false;
  kind.factory = [](const sc_core::sc_module_name& name, const snnvp::ParamSet&) { return std::make_unique<Empty>(name); };
#if defined(CLASH)
  for (const char* name : {"acme.dma", "models.dram"}) {
#else
  for (const char* name : {"broken.kind"}) {
#endif
    kind.kind = name;
#if defined(THROWING)
    kind.params = {snnvp::param("what", "error", "what the factory does").choices({"error", "report", "number", "nothing"})};
    kind.factory = [](const sc_core::sc_module_name& module, const snnvp::ParamSet& p) -> std::unique_ptr<sc_core::sc_module> {
      const std::string what = p.get<std::string>("what");
      Empty scratch(module);
      if (what == "error") throw std::runtime_error("the licence has expired");
      if (what == "report") SC_REPORT_ERROR("acme", "no such microcode");
      if (what == "number") throw 7;
      return nullptr;
    };
#endif
    snnvp::plugin_registry(registry).add(kind);
  }
}
}  // namespace
SNNVP_PLUGIN("broken", "1.0.0", register_kinds)

#else

namespace {
void register_kinds(void*) {}
#if defined(API_SYMBOL)
extern "C" int sc_api_version_2_3_3_cxx201703L;
#elif defined(MISSING_SYMBOL)
}
namespace vendor {
int microcode(const std::string& name);
}
namespace {
#endif
const snnvp_plugin_info info = {
    sizeof(snnvp_plugin_info),
#if defined(WRONG_ABI)
    99,
#else
    SNNVP_PLUGIN_ABI,
#endif
    "broken",
    "1.0.0",
#if defined(OTHER_SYSTEMC)
    "2.3.3-Accellera",
#else
    SYSTEMC,
#endif
    __cplusplus,
    _GLIBCXX_USE_CXX11_ABI,
    __VERSION__,
    register_kinds,
    12345,  // OTHER_HEADERS: no layout of any version
};
}  // namespace

extern "C" {
#if defined(NO_ENTRY)
SNNVP_EXPORT const snnvp_plugin_info* another_name() { return &info; }
#elif defined(HIDDEN_ENTRY)
__attribute__((visibility("hidden"))) const snnvp_plugin_info* snnvp_plugin_() { return &info; }
#elif defined(API_SYMBOL)
const snnvp_plugin_info* snnvp_plugin(void) { return sc_api_version_2_3_3_cxx201703L == 0 ? nullptr : &info; }
#elif defined(MISSING_SYMBOL)
const snnvp_plugin_info* snnvp_plugin(void) { return vendor::microcode("boot") == 0 ? nullptr : &info; }
#else
const snnvp_plugin_info* snnvp_plugin(void) { return &info; }
#endif
}
#endif
