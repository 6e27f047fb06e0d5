// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/report/sram_model.h>

namespace snnvp {

/// A memory whose latency follows from the technology tables, at the node of `technology.timing_node`.
struct TableLatency {
  std::string block;
  SramGeometry bank;
  std::uint64_t hz = 0;
};

/// Cycles of a clock that cover the access time of a macro: the technology tables (CACTI 7), times their correction for the class lstp
/// (spec/energy.md 4.4 and 5); at least 1. Throws MissingSramDevice where the node has no such class.
Cycles sram_table_latency(const Technology& technology, const SramGeometry& macro, int node_nm, const std::string& device,
                          std::uint64_t hz);

}  // namespace snnvp
