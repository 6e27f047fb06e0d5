// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

namespace snnvp::test {

/// A new simulation kernel in this process, for one test (spec/tlm.md 17). The old kernel and its threads are
/// leaked on purpose; its objects must not be touched again. Not for scenarios: those have a process each.
struct FreshKernel {
  FreshKernel() {
    sc_core::sc_curr_simcontext = new sc_core::sc_simcontext;
    sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
  }
};

}  // namespace snnvp::test
