// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/diagnose.h>

#include <fmt/format.h>

#include <map>
#include <utility>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

std::uint64_t count_of(const engine::LayerRecord& record, const char* name) {
  for (const auto& [key, value] : record.counts)
    if (key == name) return value.value_or(0);
  return 0;
}

void memory_bound(RunReport& report) {
  std::string layers;
  double worst = 0;
  for (const LayerRow& row : report.layers) {
    const double share = row.record.total_cycles
                             ? static_cast<double>(count_of(row.record, "stall_cycles")) / static_cast<double>(row.record.total_cycles)
                             : 0;
    if (share <= 0.30) continue;
    layers += (layers.empty() ? "" : ", ") + row.name;
    worst = std::max(worst, share);
  }
  if (!layers.empty())
    report.diagnosis.push_back({"memory_bound", "notice",
                                fmt::format("memory holds up {}: up to {:.0f} % of the cycles are stalls", layers, 100 * worst),
                                "more or faster channels, larger tiles, or deeper prefetch"});
}

void no_sparsity_gain(RunReport& report) {
  for (const EngineReport& engine : report.engines)
    if (engine.product_density && *engine.product_density > 0.9)
      report.diagnosis.push_back({"no_sparsity_gain", "notice",
                                  fmt::format("{}: {:.0f} % of the dense work is left", engine.name, 100 * *engine.product_density),
                                  "the input is nearly dense: a sparse engine only pays its overhead"});
}

/// What engines did not take as it stood, each sentence once with the layers it holds for.
void row_notices(RunReport& report) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> layers;
  for (const LayerRow& row : report.layers)
    if (!row.record.notice.empty()) layers[{row.engine, row.record.notice}].push_back(row.name);
  for (const auto& [key, names] : layers)
    report.diagnosis.push_back({"clamped", "notice", fmt::format("{}: {} ({})", key.first, key.second, join_names(names, 4)), {}});
}

void never_touched(RunReport& report) {
  for (const BlockReport& block : report.blocks) {
    if (block.stats.empty()) continue;
    bool touched = false;
    for (const auto& [name, value] : block.stats) touched = touched || !std::holds_alternative<std::monostate>(value);
    if (!touched)
      report.diagnosis.push_back({"never_touched", "warning", block.name + " did nothing: all its statistics are null",
                                  "not connected, or the workload bypasses it"});
  }
}

void energy_warnings(RunReport& report) {
  if (!report.ledger) return;
  for (const EnergyWarning& w : report.ledger->warnings)
    report.diagnosis.push_back({w.rule, "warning", (w.block.empty() ? "" : w.block + ": ") + w.text, w.advice});
}

}  // namespace

void diagnose(RunReport& report) {
  memory_bound(report);
  no_sparsity_gain(report);
  row_notices(report);
  never_touched(report);
  energy_warnings(report);
}

}  // namespace snnvp
