// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/report/price_files.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/report/report_files.h>
#include <snnvp/platform/report/stat_value.h>

namespace snnvp {
namespace {

const char* stat_kind(StatKind kind) {
  static const char* const names[] = {"count", "bytes", "cycles", "time", "energy", "power", "ratio", "rate", "gauge", "histogram", "text"};
  return names[static_cast<std::size_t>(kind)];
}

/// What the block's kind says of a statistic; null if it does not know it.
const StatSpec* spec_of(const BlockReport& block, const std::string& stat) {
  if (block.descriptor)
    for (const StatSpec& spec : block.descriptor->stats)
      if (spec.name == stat) return &spec;
  return nullptr;
}

std::string layers_csv(const RunReport& report) {
  // Columns: those of the first row that has each, in order of appearance.
  std::vector<std::string> counts, texts;
  const auto note = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const LayerRow& row : report.layers) {
    for (const auto& [name, value] : row.record.counts) note(counts, name);
    for (const auto& [name, value] : row.record.texts) note(texts, name);
  }
  std::string out = "name,kind,engine,M,K,N";
  for (const std::string& c : counts) out += "," + c;
  out += ",total_cycles,contribution_cycles,dram_bits,bus_bytes,energy_mj";
  for (const std::string& t : texts) out += "," + t;
  out += "\n";
  const auto opt = [](const std::optional<std::uint64_t>& v) { return v ? std::to_string(*v) : std::string(); };
  for (const LayerRow& row : report.layers) {
    const engine::LayerRecord& r = row.record;
    out += csv_field(row.name) + "," + r.kind + "," + csv_field(row.engine) + "," + opt(r.M) + "," + opt(r.K) + "," + opt(r.N);
    for (const std::string& c : counts) {
      out += ",";
      for (const auto& [name, value] : r.counts)
        if (name == c) out += opt(value);
    }
    out += fmt::format(",{},{},{},{},{}", r.total_cycles, r.contribution_cycles, opt(r.dram_bits), r.bus_bytes,
                       row.energy_mj ? shortest_double(*row.energy_mj) : "");
    for (const std::string& t : texts) {
      out += ",";
      for (const auto& [name, value] : r.texts)
        if (name == t) out += csv_field(value);
    }
    out += "\n";
  }
  return out;
}

std::string stats_csv(const RunReport& report) {
  std::string out = "run,block,kind_of_block,stat,unit,kind,value\n";
  const std::string run = csv_field(report.scenario_name);
  const auto total = [&](const char* name, const char* unit, const char* kind, const std::string& value) {
    out += run + ",,run," + name + "," + unit + "," + kind + "," + value + "\n";
  };
  total("cycles", "cycles", "cycles", std::to_string(report.engines.empty() ? report.cycles : report.engines.front().cycles));
  for (const auto& [name, value] : report.totals) total(name.c_str(), "", "total", stat_text(value));
  total("simulated_time", "s", "time", shortest_double(report.seconds));
  if (report.ledger) total("energy", "J", "energy", shortest_double(report.ledger->total_j));
  total("check_compared", "values", "count", std::to_string(report.compared));
  total("check_mismatches", "values", "count", std::to_string(report.mismatches));
  for (const BlockReport& block : report.blocks) {
    for (std::size_t i = 0; i < block.stats.size(); ++i) {
      const StatSpec* spec = spec_of(block, block.stats[i].first);
      out += run + "," + csv_field(block.name) + "," + block.kind + "," + block.stats[i].first + "," + (spec ? csv_field(spec->unit) : "") +
             "," + (spec ? stat_kind(spec->kind) : "") + "," + csv_field(stat_text(block.stats[i].second)) + "\n";
    }
    for (const auto& [key, count] : block.events)
      out += run + "," + csv_field(block.name) + "," + block.kind + ",events." + key + ",events,count," + std::to_string(count) + "\n";
  }
  return out;
}

std::string stats_txt(const RunReport& report) {
  std::string out = "---------- Begin Simulation Statistics ----------\n";
  const auto line = [&out](const std::string& name, const std::string& value, const std::string& doc, const std::string& unit) {
    out += fmt::format("{:<48} {:>20}  # {} ({})\n", name, value.empty() ? "null" : value, doc, unit);
  };
  line("time.cycles", std::to_string(report.cycles), "End of the simulation", "cycles of " + report.time_clock);
  line("time.seconds", shortest_double(report.seconds), "Simulated time", "s");
  if (report.ledger) line("energy.total_j", shortest_double(report.ledger->total_j), "Energy of all counted blocks", "J");
  for (const BlockReport& block : report.blocks)
    for (const auto& [name, value] : block.stats) {
      const StatSpec* spec = spec_of(block, name);
      line(block.name + "." + name, stat_text(value), spec ? spec->doc : "", spec ? spec->unit : "");
    }
  return out + "---------- End Simulation Statistics   ----------\n";
}

/// One JSON object a line: the run, then every statistic of every block.
std::string stats_jsonl(const RunReport& report) {
  using Json = nlohmann::ordered_json;
  std::string out;
  const auto line = [&out](const Json& j) { out += to_json_line(j) + "\n"; };
  line({{"run", report.scenario_name},
        {"status", report.status},
        {"cycles", report.cycles},
        {"seconds", report.seconds},
        {"energy_j", report.ledger ? Json(report.ledger->total_j) : Json(nullptr)}});
  for (const BlockReport& block : report.blocks) {
    for (const auto& [name, value] : block.stats) {
      const StatSpec* spec = spec_of(block, name);
      line({{"block", block.name},
            {"stat", name},
            {"unit", spec ? spec->unit : ""},
            {"kind", spec ? stat_kind(spec->kind) : ""},
            {"value", stat_json(value)}});
    }
    for (const auto& [key, count] : block.events)
      line({{"block", block.name}, {"stat", "events." + key}, {"unit", "events"}, {"kind", "count"}, {"value", count}});
  }
  return out;
}

std::string energy_csv(const Ledger& ledger) {
  std::string out = "block,event,count,unit_energy_pj,energy_j,node,voltage,status,source,lo,hi\n";
  for (const LedgerRow& row : ledger.rows) {
    const auto unit_pj = row.unit_energy_pj();
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(row.block), row.key, row.count,
                       unit_pj ? shortest_double(*unit_pj) : "", shortest_double(row.energy_j), row.node_nm, shortest_double(row.vdd),
                       row.status, csv_field(row.source), shortest_double(row.lo), shortest_double(row.hi));
  }
  return out;
}

}  // namespace

bool is_wanted_own_file(const std::string& name, const std::vector<std::string>& outputs) {
  return outputs.empty() || std::find(outputs.begin(), outputs.end(), name == "series.csv" ? name : "workload") != outputs.end();
}

void write_report_files(const RunReport& report, const std::string& folder, const std::vector<std::string>& outputs) {
  const auto is_wanted = [&outputs](const std::string& name) {
    return outputs.empty() ? name != "stats.jsonl" : std::find(outputs.begin(), outputs.end(), name) != outputs.end();
  };
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::string problem;
    if (!write_file_atomically(folder + "/" + name, text, problem)) throw InputError(problem);
  };
  if (is_wanted("layers.csv")) write("layers.csv", layers_csv(report));
  if (is_wanted("stats.csv")) write("stats.csv", stats_csv(report));
  if (is_wanted("stats.txt")) write("stats.txt", stats_txt(report));
  if (is_wanted("stats.jsonl")) write("stats.jsonl", stats_jsonl(report));
  if (report.ledger && is_wanted("energy.csv")) write("energy.csv", energy_csv(*report.ledger));
  if (report.ledger && is_wanted("action_counts.yaml")) write("action_counts.yaml", action_counts_yaml(*report.ledger));
  if (report.ledger && is_wanted("ERT.yaml")) write("ERT.yaml", ert_yaml(*report.ledger));
  if (report.ledger && is_wanted("uncertainty.json")) write("uncertainty.json", to_json_line(uncertainty_json(*report.ledger)) + "\n");
  for (const auto& [name, content] : report.files)
    if (is_wanted_own_file(name, outputs)) write(name, content);
  write("report.json", to_json_text(to_json(report)));
}

}  // namespace snnvp
