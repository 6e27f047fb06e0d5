// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/report/report.h>

namespace snnvp {
namespace {

std::optional<std::uint64_t> count_of(const engine::LayerRecord& record, const std::string& name) {
  for (const auto& [key, value] : record.counts)
    if (key == name) return value;
  return std::nullopt;
}

std::string text_of(const engine::LayerRecord& record, const std::string& name) {
  for (const auto& [key, value] : record.texts)
    if (key == name) return value;
  return {};
}

/// What the engine really added: in a bit-sparse or dense run the product figures are only informative.
std::optional<std::uint64_t> added(const engine::LayerRecord& record) {
  const std::string sparsity = text_of(record, "sparsity");
  return count_of(record, sparsity == "dense" ? "elements" : sparsity == "bit" ? "ones" : "pro_ones");
}

std::string percent(double part, double whole) { return whole > 0 ? fmt::format("{:.1f} %", 100.0 * part / whole) : "-"; }

std::string layer_table(const RunReport& report) {
  std::string out = fmt::format("  {:<12} {:<10} {:>18} {:>9} {:>9} {:>12} {:>9} {:>12}\n", "layer", "kind", "M x K x N", "spikes", "added",
                                "cycles", "stalled", "energy");
  const std::size_t most = 40;
  for (std::size_t i = 0; i < report.layers.size() && i < most; ++i) {
    const LayerRow& row = report.layers[i];
    const engine::LayerRecord& r = row.record;
    const std::string shape = r.M && r.K && r.N ? fmt::format("{} x {} x {}", *r.M, *r.K, *r.N) : "";
    const auto elements = count_of(r, "elements"), ones = count_of(r, "ones"), pro = added(r), stalls = count_of(r, "stall_cycles");
    out += fmt::format("  {:<12} {:<10} {:>18} {:>9} {:>9} {:>12} {:>9} {:>12}\n", row.name.substr(0, 12), r.kind, shape,
                       elements && ones ? percent(static_cast<double>(*ones), static_cast<double>(*elements)) : "",
                       elements && pro ? percent(static_cast<double>(*pro), static_cast<double>(*elements)) : "",
                       grouped(r.contribution_cycles),
                       stalls && r.total_cycles ? percent(static_cast<double>(*stalls), static_cast<double>(r.total_cycles)) : "",
                       row.energy_mj ? si(*row.energy_mj * 1e-3, "J") : "");
  }
  if (report.layers.size() > most) out += fmt::format("  ... {} more rows in layers.csv\n", report.layers.size() - most);
  return out;
}

/// Engines that ran the samples of a network, side by side.
std::string sample_table(const RunReport& report) {
  std::string out = fmt::format("  {:<14} {:>9} {:>14} {:>12} {:>9} {:>14} {:>12}\n", "engine", "accuracy", "cycles/sample", "time/sample",
                                "speed-up", "energy/sample", "of it engine");
  const auto seconds = [](const EngineReport& e) { return e.hz ? e.cycles_per_sample().value_or(0) / static_cast<double>(e.hz) : 0; };
  const double first = seconds(report.engines.front());
  for (const EngineReport& e : report.engines)
    out += fmt::format("  {:<14} {:>9} {:>14} {:>12} {:>9} {:>14} {:>12}\n", e.name.substr(0, 14),
                       e.correct ? percent(static_cast<double>(*e.correct), static_cast<double>(*e.samples)) : "",
                       grouped(static_cast<std::uint64_t>(e.cycles_per_sample().value_or(0) + 0.5)), si(seconds(e), "s"),
                       seconds(e) > 0 ? fmt::format("{:.2f} x", first / seconds(e)) : "-",
                       e.energy_per_sample_j ? si(*e.energy_per_sample_j, "J") : "",
                       e.own_energy_per_sample_j ? si(*e.own_energy_per_sample_j, "J") : "");
  return out + "  energy with the memory, without other engines; speed-up over " + report.engines.front().name +
         "; layers of each engine: layers.csv (--out)\n";
}

/// Several engines that ran the same workload, side by side.
std::string engine_table(const RunReport& report) {
  const auto seconds = [](const EngineReport& e) { return e.hz ? static_cast<double>(e.cycles) / static_cast<double>(e.hz) : 0; };
  const double first = seconds(report.engines.front());
  std::string out = fmt::format("  {:<14} {:>14} {:>9} {:>9} {:>12} {:>14} {:>10}\n", "engine", "cycles", "time", "speed-up", "passes",
                                "weight bytes", "energy");
  for (const EngineReport& e : report.engines)
    out += fmt::format("  {:<14} {:>14} {:>9} {:>9} {:>12} {:>14} {:>10}\n", e.name.substr(0, 14), grouped(e.cycles), si(seconds(e), "s"),
                       seconds(e) > 0 ? fmt::format("{:.2f} x", first / seconds(e)) : "-", e.passes ? grouped(*e.passes) : "",
                       e.weight_bits ? grouped(*e.weight_bits / 8) : "", e.energy_j ? si(*e.energy_j, "J") : "");
  return out + "  speed-up over " + report.engines.front().name + "; layers of each engine: layers.csv (--out)\n";
}

}  // namespace

std::string summary(const RunReport& report) {
  std::string out = fmt::format("{}: {}\n", report.scenario_name, report.status);
  if (report.engines.empty() && report.compared == 0)
    ;  // a workload without values of its own says what it did in its lines
  else if (!report.checked)
    out += "  output    not checked (run.check_output is false)\n";
  else if (report.compared == 0)
    out += report.status == "ok" ? "  output    nothing to compare: no layer computes values\n"
                                 : "  output    not compared: the run did not get to its end\n";
  else if (report.mismatches == 0)
    out += fmt::format("  output    correct: all {} values equal the golden model\n", grouped(report.compared));
  else
    out += fmt::format("  output    WRONG: {} of {} values differ from the golden model\n", grouped(report.mismatches),
                       grouped(report.compared));
  for (const EngineReport& engine : report.engines) {
    if (report.engines.size() > 1) break;  // side by side below
    const double seconds = engine.hz ? static_cast<double>(engine.cycles) / static_cast<double>(engine.hz) : 0;
    out += fmt::format("  {:<9} {} cycles = {} at {}Hz", engine.name, grouped(engine.cycles), si(seconds, "s"),
                       si(static_cast<double>(engine.hz), ""));
    std::uint64_t elements = 0, additions = 0;
    for (const LayerRow& row : report.layers)
      if (row.engine == engine.name) elements += count_of(row.record, "elements").value_or(0), additions += added(row.record).value_or(0);
    if (engine.bit_density && additions != 0)
      out += fmt::format("; {:.1f} % of the inputs spike, {} had to be added", 100 * *engine.bit_density,
                         percent(static_cast<double>(additions), static_cast<double>(elements)));
    else if (engine.bit_density)
      out += fmt::format("; {:.1f} % of the inputs spike", 100 * *engine.bit_density);
    out += "\n";
  }
  if (report.ledger) {
    const Ledger& l = *report.ledger;
    out += fmt::format("  energy    {} ({} static), {} prices", si(l.total_j, "J"), percent(l.static_j, l.total_j), l.settings.preset);
    if (report.energy_band && report.energy_band->p5 < report.energy_band->p95)
      out += fmt::format(", 90 % band {} to {}", si(report.energy_band->p5, "J"), si(report.energy_band->p95, "J"));
    out += "\n";
    std::vector<std::pair<double, std::string>> parts;
    for (const auto& [name, e] : l.by_block) parts.emplace_back(e.total_j, name);
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    std::string text;
    for (const auto& [energy, name] : parts)
      if (energy > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, percent(energy, l.total_j));
    if (!text.empty()) out += "            of it: " + text + "\n";
    text.clear();
    for (const NotCounted& n : l.not_counted) text += (text.empty() ? "" : ", ") + n.block;
    if (!text.empty()) out += "            not counted: " + text + "\n";
    for (const std::string& note : l.notes) out += "            " + note + "\n";
  }
  for (const std::string& line : report.summary_lines) out += line + "\n";
  if (report.engines.size() > 1)
    out += "\n" + (report.engines.front().samples ? sample_table(report) : engine_table(report));
  else if (!report.layers.empty())
    out += "\n" + layer_table(report);
  if (!report.diagnosis.empty()) {
    out += "\n";
    for (const DiagnosisItem& d : report.diagnosis) {
      out += fmt::format("  {}: {}\n", d.severity, d.text);
      if (!d.advice.empty()) out += "    " + d.advice + "\n";
    }
  }
  return out;
}

}  // namespace snnvp
