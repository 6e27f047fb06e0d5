// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/stack_report.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/stat_value.h>
#include <snnvp/platform/run/summary_mark.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

const char* const stack_mark = "{stack}";

/// A statistic of a block's report, or nothing.
std::optional<double> stat(const RunReport& report, const std::string& block, const char* name) {
  for (const BlockReport& b : report.blocks)
    if (b.name == block)
      for (const auto& [key, value] : b.stats) {
        if (key != name) continue;
        if (const auto* n = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*n);
        if (const auto* d = std::get_if<double>(&value)) return *d;
      }
  return std::nullopt;
}

using Figures = std::vector<std::pair<std::string, StatValue>>;

Figures figures_of(const RunReport& report, const EngineReport& engine, const StackFigures& f) {
  const auto number = [&](const char* name) -> StatValue {
    const auto value = stat(report, engine.name, name);
    return value ? StatValue(*value) : StatValue{};
  };
  const auto kept = stat(report, engine.name, "kept_heads"), heads = stat(report, engine.name, "heads");
  return {
      {"variant", f.variant},
      {"preset", f.preset},
      {"latency_us", 1e6 * static_cast<double>(engine.cycles) / static_cast<double>(engine.hz)},
      {"block_energy_uj", StatValue{}},
      {"access_latency_ns", f.access_ns},
      {"access_latency_2d_ns", f.access_2d_ns},
      {"bond_bits_per_cycle", f.bits_per_cycle},
      {"sites_required", f.sites_required},
      {"sites_available", f.sites_available},
      {"bond_area_mm2", f.bond_area_mm2},
      {"footprint_mm2", f.footprint_mm2},
      {"weight_positions", number("weight_positions")},
      {"attention_work", number("attention_work")},
      {"attention_cycles", number("attention_cycles")},
      {"rounds", number("rounds")},
      {"load_imbalance", number("load_imbalance")},
      {"a_bits_written", number("a_bits_written")},
      {"kept_work", kept && heads && *heads > 0 ? StatValue(*kept / *heads) : StatValue{}},
  };
}

/// The row's pitches as JSON; their lines go to `csv`.
Json pitches_json(const std::string& engine, const StackFigures& f, std::string& csv) {
  Json list;
  for (const PitchFigures& p : f.pitches) {
    list.push_back({{"pitch_um", p.pitch_um},
                    {"sites_required", p.sites_required},
                    {"sites_available", p.sites_available},
                    {"area_mm2", p.area_mm2},
                    {"share_of_overlap", p.share},
                    {"bits_granted", p.bits_granted},
                    {"pj_per_bit", p.pj_per_bit}});
    if (csv.empty()) csv = "engine,pitch_um,sites_required,sites_available,area_mm2,share_of_overlap,bits_granted,pj_per_bit\n";
    csv += fmt::format("{},{},{},{},{:.6g},{:.6g},{},{:.6g}\n", engine, p.pitch_um, p.sites_required, p.sites_available, p.area_mm2,
                       p.share, p.bits_granted, p.pj_per_bit);
  }
  return list;
}

void diagnose_stack(RunReport& report, const std::string& engine, const StackFigures& f) {
  if (f.preset != "none")
    report.diagnosis.push_back({"stack.preset", "notice",
                                fmt::format("{}: preset {} is an input taken from {}, not a result", engine, f.preset, f.preset_source),
                                "preset: none shows what follows from the structure alone"});
  if (f.sites_required > f.sites_available)
    report.diagnosis.push_back({"stack.sites", "warning",
                                fmt::format("{}: the links take {} bond sites, {} fit at a pitch of {} um", engine, f.sites_required,
                                            f.sites_available, f.pitch_um),
                                "a finer pitch, narrower links, or bond.limit: enforce, which narrows them"});
}

/// The scalar members of a row as two lines of a table.
std::string csv_line(const Json& row, std::string& head) {
  std::string line;
  head.clear();
  for (const auto& [name, value] : row.items()) {
    if (value.is_structured()) continue;
    head += (head.empty() ? "" : ",") + name;
    line += name == "engine" ? "" : ",";
    if (value.is_string()) line += value.get<std::string>();
    if (value.is_number_integer()) line += std::to_string(value.get<std::uint64_t>());
    if (value.is_number_float()) line += shortest_double(value.get<double>());
  }
  return line + "\n";
}

}  // namespace

void add_stacks(RunReport& report, const std::vector<StackedEngine>& stacks) {
  Json section = Json::array();
  std::string pitch_csv;
  for (const StackedEngine& stack : stacks) {
    const auto engine =
        std::find_if(report.engines.begin(), report.engines.end(), [&](const EngineReport& e) { return e.name == stack.name; });
    if (engine == report.engines.end()) continue;
    Json row{{"engine", stack.name}, {"cycles", engine->cycles}, {"clock_hz", engine->hz}};
    for (const auto& [name, value] : figures_of(report, *engine, stack.figures)) {
      row[name] = stat_json(value);
      if (section.empty()) report.totals.emplace_back(name, value);
    }
    if (stack.is_tiered) row["tiers"] = nullptr;
    if (!stack.figures.pitches.empty()) row["pitches"] = pitches_json(stack.name, stack.figures, pitch_csv);
    diagnose_stack(report, stack.name, stack.figures);
    section.push_back(std::move(row));
  }
  if (section.empty()) return;
  report.summary_lines.push_back(stack_mark);
  report.sections["stack"] = std::move(section);
  if (!pitch_csv.empty()) report.files.emplace_back("bond_pitch.csv", pitch_csv);
}

void price_stacks(RunReport& report, const std::map<std::string, TierMap>& maps, const std::map<std::string, TierEvents>& events) {
  if (!report.sections.contains("stack")) return;
  std::vector<std::string> lines{fmt::format("  {:12} {:>4} {:>12} {:>11} {:>11} {:>10} {:>10} {:>10}", "engine", "", "cycles", "time",
                                             "energy", "access", "sites", "available")};
  std::string csv;
  Json& section = report.sections["stack"];
  for (Json& row : section) {
    const std::string engine = row.at("engine").get<std::string>();
    const auto priced = report.ledger->by_block.find(engine);
    const double uj = priced == report.ledger->by_block.end() ? 0 : 1e6 * priced->second.total_j;
    row["block_energy_uj"] = uj;
    if (&row == &section.front())
      for (auto& [name, value] : report.totals)
        if (name == "block_energy_uj") value = uj;
    if (row.contains("tiers")) {
      row["tiers"] = Json::array();
      for (const TierEnergy& tier : energy_by_tier(*report.ledger, engine, maps.at(engine), events.at(engine)))
        row["tiers"].push_back({{"dynamic_uj", 1e6 * tier.other_j}, {"leakage_uj", 1e6 * tier.leakage_j}});
    }
    std::string head;
    const std::string line = csv_line(row, head);
    csv += (csv.empty() ? head + "\n" : "") + line;
    lines.push_back(fmt::format("  {:12} {:>4} {:12} {:>8.2f} us {:>8.3f} uJ {:>7.3f} ns {:10} {:10}", engine,
                                row.at("variant").get<std::string>(), row.at("cycles").get<std::uint64_t>(),
                                row.at("latency_us").get<double>(), uj, row.at("access_latency_ns").get<double>(),
                                row.at("sites_required").get<std::uint64_t>(), row.at("sites_available").get<std::uint64_t>()));
  }
  put_lines(report, stack_mark, lines);
  report.files.emplace_back("stack.csv", csv);
}

}  // namespace snnvp
