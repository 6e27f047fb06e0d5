// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <snnvp/platform/report/report.h>

namespace snnvp {

/// Puts lines where the summary of a run without prices holds a mark, which they replace.
inline void put_lines(RunReport& report, const std::string& mark, const std::vector<std::string>& lines) {
  auto& all = report.summary_lines;
  const auto at = std::find(all.begin(), all.end(), mark);
  if (at == all.end()) return;
  const auto next = all.erase(at);
  all.insert(next, lines.begin(), lines.end());
}

}  // namespace snnvp
