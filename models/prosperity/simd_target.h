// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compiles the rest of a file for an instruction set, file by file and without -march flags: headers included
// before the macro keep the base instruction set, so no inline function of theirs can leak upwards. Internal.
#define SNNVP_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define SNNVP_BEGIN_TARGET(features) SNNVP_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define SNNVP_END_TARGET _Pragma("clang attribute pop")
#else
#define SNNVP_BEGIN_TARGET(features) _Pragma("GCC push_options") SNNVP_PRAGMA(GCC target(features))
#define SNNVP_END_TARGET _Pragma("GCC pop_options")
#endif
