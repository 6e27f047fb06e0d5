// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include <snnvp/platform/base/types.h>

static_assert(SC_CPLUSPLUS == 201703L, "snnvp must be compiled as C++17, the standard its SystemC library was built for");

// SC_HAS_PROCESS is needed up to SystemC 2.3 and deprecated in 3 (spec/tlm.md F16).
#if SYSTEMC_VERSION >= 20231121 || (defined(SC_VERSION_MAJOR) && SC_VERSION_MAJOR >= 3)
#define SNNVP_HAS_PROCESS(module) static_assert(true, "")
#else
#define SNNVP_HAS_PROCESS(module) SC_HAS_PROCESS(module)
#endif

namespace snnvp {

/// The kernel's time for a number of picoseconds, exact; the resolution is 1 ps and never changed.
inline sc_core::sc_time sc_time_of(Picoseconds ps) { return sc_core::sc_time::from_value(ps); }

/// Whole picoseconds of a kernel time.
inline Picoseconds ps_of(const sc_core::sc_time& time) { return time.value(); }

/// Kernel time now.
inline Picoseconds now_ps() { return sc_core::sc_time_stamp().value(); }

/// Local time of a caller that is `delay` ahead of the kernel.
inline Picoseconds now_ps(const sc_core::sc_time& delay) { return sc_core::sc_time_stamp().value() + delay.value(); }

}  // namespace snnvp
