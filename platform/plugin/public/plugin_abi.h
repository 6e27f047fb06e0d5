/* SPDX-License-Identifier: Apache-2.0 */
/* The boundary between snnvp and a plug-in: plain C types, fields only ever appended (docs/co-simulation.md). */
#ifndef SNNVP_PLUGIN_ABI_H
#define SNNVP_PLUGIN_ABI_H

#include <stdint.h>

/* Grows when a plug-in built for an older number could not work any more. */
#define SNNVP_PLUGIN_ABI 1

#if defined(__GNUC__)
#define SNNVP_EXPORT __attribute__((visibility("default")))
#else
#define SNNVP_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct snnvp_plugin_info {
  uint32_t size;                          /* sizeof(snnvp_plugin_info) */
  uint32_t abi;                           /* SNNVP_PLUGIN_ABI */
  const char* name;                       /* "acme" */
  const char* version;                    /* "1.2.0" */
  const char* systemc;                    /* SC_VERSION, "2.3.4-Accellera" */
  int64_t cplusplus;                      /* __cplusplus, must be 201703 */
  int32_t glibcxx_cxx11_abi;              /* _GLIBCXX_USE_CXX11_ABI; -1 if not libstdc++ */
  const char* compiler;                   /* __VERSION__, information only */
  void (*register_kinds)(void* registry); /* a snnvp::Registry*; called after all checks */
  uint64_t layout;                        /* snnvp::plugin_layout() of the headers it was built with */
} snnvp_plugin_info;

/* The one symbol of a plug-in. */
SNNVP_EXPORT const snnvp_plugin_info* snnvp_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
