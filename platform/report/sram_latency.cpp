// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/sram_latency.h>

#include <algorithm>
#include <cmath>

namespace snnvp {

Cycles sram_table_latency(const Technology& technology, const SramGeometry& macro, int node_nm, const std::string& device,
                          std::uint64_t hz) {
  double ns = SramModel(technology).figures(macro, node_nm, device)[SramQuantity::access_ns];
  if (device == "lstp") ns *= technology.constant("sram.corrections.access_time").value;
  // A millionth of a cycle too much is no cycle.
  return static_cast<Cycles>(std::max(1.0, std::ceil(ns * 1e-9 * static_cast<double>(hz) - 1e-6)));
}

}  // namespace snnvp
