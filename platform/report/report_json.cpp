// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <snnvp/platform/report/report.h>
#include <snnvp/platform/report/stat_value.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema_version = 1;

const char* kind_name(StatKind kind) {
  static const char* const names[] = {"count", "bytes", "cycles", "time", "energy", "power", "ratio", "rate", "gauge", "histogram", "text"};
  return names[static_cast<std::size_t>(kind)];
}

const char* certainty_name(Certainty certainty) {
  static const char* const names[] = {"calibrated", "structural", "assumed"};
  return names[static_cast<std::size_t>(certainty)];
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json layer_json(const LayerRow& row) {
  const engine::LayerRecord& r = row.record;
  Json j;
  j["name"] = row.name;
  j["kind"] = r.kind;
  j["engine"] = row.engine;
  j["M"] = or_null(r.M);
  j["K"] = or_null(r.K);
  j["N"] = or_null(r.N);
  j["cycles"] = r.contribution_cycles;
  for (const auto& [name, value] : r.counts) j[name] = or_null(value);
  j["total_cycles"] = r.total_cycles;
  j["contribution_cycles"] = r.contribution_cycles;
  j["dram_bits"] = or_null(r.dram_bits);
  j["bus_bytes"] = r.bus_bytes;
  j["energy_mj"] = or_null(row.energy_mj);
  for (const auto& [name, value] : r.texts) j[name] = value;
  return j;
}

/// In the words that models use for themselves: published figures that a calibrated total rests on; numbers that were read, measured or
/// derived; numbers that were remembered or guessed.
const char* certainty_of(const Constant& constant, const Ledger& ledger) {
  if (constant.is_weak()) return "assumed";
  for (const LedgerRow& row : ledger.rows)
    if (row.path == constant.path && row.mode == EnergyMode::calibrated) return "calibrated";
  return "structural";
}

/// Blocks and keys whose rows have this constant as their price; none for one that only scales others' prices.
Json uses_of(const Constant& constant, const Ledger& ledger) {
  std::set<std::string> uses;
  for (const LedgerRow& row : ledger.rows)
    if (row.path == constant.path) uses.insert(row.block + ": " + row.key);
  return uses;
}

/// Constants by how far the total moves between the ends of their bands, the furthest first: a tornado chart.
Json sensitivity_json(const Ledger& ledger) {
  constexpr std::size_t most = 20;
  std::vector<const LedgerSource*> banded;
  for (const LedgerSource& s : ledger.sources)
    if (s.constant.has_band() && s.total_hi_j > s.total_lo_j) banded.push_back(&s);
  std::stable_sort(banded.begin(), banded.end(), [](const LedgerSource* a, const LedgerSource* b) {
    return a->total_hi_j - a->total_lo_j > b->total_hi_j - b->total_lo_j;
  });
  if (banded.size() > most) banded.resize(most);
  Json list = Json::array();
  for (const LedgerSource* s : banded)
    list.push_back({{"path", s->constant.path},
                    {"value", s->constant.value},
                    {"unit", s->constant.unit},
                    {"lo", s->constant.lo},
                    {"hi", s->constant.hi},
                    {"total_lo_j", s->total_lo_j},
                    {"total_hi_j", s->total_hi_j},
                    {"source", s->constant.source}});
  return list;
}

Json energy_json(const RunReport& report) {
  Json j;
  const Ledger& ledger = *report.ledger;
  j["mode"] = to_string(ledger.settings.mode);
  j["preset"] = ledger.settings.preset;
  j["total_j"] = ledger.total_j;
  j["static_j"] = ledger.static_j;
  j["dynamic_j"] = ledger.dynamic_j;
  Json by_block = Json::object();
  for (const auto& [name, e] : ledger.by_block)
    by_block[name] = {{"total_j", e.total_j}, {"static_j", e.static_j}, {"dynamic_j", e.dynamic_j}, {"mode", to_string(e.mode)}};
  j["by_block"] = std::move(by_block);
  Json by_event = Json::object();
  for (const auto& [key, energy] : ledger.by_event) by_event[key] = energy;
  j["by_event"] = std::move(by_event);
  Json sources = Json::array();
  for (const LedgerSource& s : ledger.sources)
    sources.push_back({{"path", s.constant.path},
                       {"value", s.constant.value},
                       {"unit", s.constant.unit},
                       {"lo", s.constant.lo},
                       {"hi", s.constant.hi},
                       {"status", s.constant.status},
                       {"certainty", certainty_of(s.constant, ledger)},
                       {"source", s.constant.source},
                       {"share", s.share},
                       {"used_by", uses_of(s.constant, ledger)}});
  j["sources"] = std::move(sources);
  j["sensitivity"] = sensitivity_json(ledger);
  j["timing"] = {{"node_nm", ledger.settings.timing_node}, {"sram_device", ledger.settings.timing_sram_device}};
  Json not_counted = Json::array();
  for (const NotCounted& n : ledger.not_counted) not_counted.push_back({{"block", n.block}, {"reason", n.reason}});
  j["not_counted"] = std::move(not_counted);
  if (report.energy_band)
    j["uncertainty"] = {{"p5_j", report.energy_band->p5},
                        {"p95_j", report.energy_band->p95},
                        {"draws", ledger.settings.draws},
                        {"seed", ledger.settings.seed}};
  if (ledger.chip_area_mm2 > 0) {
    Json area_of = Json::object();
    for (const auto& [name, area] : ledger.area) area_of[name] = area.total_mm2;
    j["area"] = {{"chip_mm2", ledger.chip_area_mm2}, {"by_block", std::move(area_of)}};
  }
  j["notes"] = ledger.notes;
  return j;
}

Json totals_json(const EngineReport& engine) {
  Json j;
  j["cycles"] = engine.cycles;
  j["seconds"] = engine.hz ? static_cast<double>(engine.cycles) / static_cast<double>(engine.hz) : 0.0;
  j["dram_bits"] = engine.dram_bits;
  j["bit_density"] = or_null(engine.bit_density);
  j["product_density"] = or_null(engine.product_density);
  return j;
}

/// `kind-of-block.stat` -> unit, kind, description (spec/formats.md 5.2).
Json definitions_json(const RunReport& report) {
  Json j = Json::object();
  std::map<std::string, const KindDescriptor*> kinds;
  for (const BlockReport& block : report.blocks)
    if (block.descriptor) kinds[block.kind] = block.descriptor;
  for (const auto& [kind, descriptor] : kinds)
    for (const StatSpec& stat : descriptor->stats)
      j[kind + "." + stat.name] = {{"unit", stat.unit}, {"kind", kind_name(stat.kind)}, {"description", stat.doc}};
  return j;
}

Json sources_json(const RunReport& report) {
  Json j = Json::object();
  for (const BlockReport& block : report.blocks) {
    if (!block.descriptor) continue;
    Json list = Json::array();
    for (const SourceNote& note : block.descriptor->sources)
      list.push_back({{"what", note.what}, {"certainty", certainty_name(note.certainty)}, {"source", note.source}});
    j[block.kind] = std::move(list);
  }
  return j;
}

}  // namespace

nlohmann::ordered_json to_json(const RunReport& report) {
  Json j;
  j["schema"] = schema_version;
  j["tool"] = {{"name", "snnvp"}, {"version", report.tool_version}};
  j["scenario"] = {{"name", report.scenario_name}, {"hash", report.scenario_hash}};
  Json inputs = Json::array();
  for (const InputFile& file : report.inputs) inputs.push_back({{"path", file.path}, {"sha256", file.sha256}});
  j["inputs"] = std::move(inputs);
  j["seed"] = report.seed;
  j["status"] = report.status;
  j["time"] = {{"cycles", report.cycles}, {"seconds", report.seconds}, {"clock", report.time_clock}};
  j["check"] = {{"enabled", report.checked}, {"compared", report.compared}, {"mismatches", report.mismatches}};
  Json layers = Json::array();
  for (const LayerRow& row : report.layers) layers.push_back(layer_json(row));
  j["layers"] = std::move(layers);
  Json blocks = Json::array();
  for (const BlockReport& block : report.blocks) {
    Json b;
    b["name"] = block.name;
    b["kind"] = block.kind;
    Json stats = Json::object();
    for (const auto& [name, value] : block.stats) stats[name] = stat_json(value);
    const bool keeps_none = block.descriptor && !block.descriptor->plugin.empty() && block.stats.empty();  // no StatProvider
    b["stats"] = keeps_none ? Json(nullptr) : std::move(stats);
    Json events = Json::object();
    for (const auto& [key, count] : block.events) events[key] = count;
    b["events"] = std::move(events);
    blocks.push_back(std::move(b));
  }
  j["blocks"] = std::move(blocks);
  Json engines = Json::object();
  std::map<std::string, const EngineReport*> by_name;
  for (const EngineReport& engine : report.engines) by_name[engine.name] = &engine;
  for (const auto& [name, engine] : by_name) {
    Json& e = engines[name] = {{"jobs", engine->jobs},
                               {"clock_hz", engine->hz},
                               {"passes", or_null(engine->passes)},
                               {"weight_bytes", engine->weight_bits ? Json(static_cast<double>(*engine->weight_bits) / 8) : Json(nullptr)},
                               {"energy_j", or_null(engine->energy_j)},
                               {"totals", totals_json(*engine)}};
    if (!engine->samples) continue;
    e["samples"] = *engine->samples;
    e["correct"] = or_null(engine->correct);
    e["accuracy"] = engine->correct && *engine->samples != 0
                        ? Json(static_cast<double>(*engine->correct) / static_cast<double>(*engine->samples))
                        : Json(nullptr);
    e["cycles_per_sample"] = or_null(engine->cycles_per_sample());
    e["energy_per_sample_j"] = or_null(engine->energy_per_sample_j);
    e["own_energy_per_sample_j"] = or_null(engine->own_energy_per_sample_j);
  }
  j["engines"] = std::move(engines);
  j["energy"] = report.ledger ? energy_json(report) : Json(nullptr);
  // Without an engine the run is its own yardstick.
  Json totals = report.engines.empty() ? Json{{"cycles", report.cycles}, {"seconds", report.seconds}} : totals_json(report.engines.front());
  for (const auto& [name, value] : report.totals) totals[name] = stat_json(value);
  if (report.ledger) {
    totals["energy_mj"] = 1e3 * report.ledger->total_j;
    // Energy is the whole platform's: with several engines, or cut short, it belongs to no engine's time.
    const bool same_span = report.engines.size() <= 1 && report.status == "ok";
    totals["edp_js"] = same_span ? Json(report.ledger->total_j * totals["seconds"].get<double>()) : Json(nullptr);
  }
  j["totals"] = std::move(totals);
  for (const auto& [key, section] : report.sections.items()) j[key] = section;
  Json diagnosis = Json::array();
  for (const DiagnosisItem& d : report.diagnosis)
    diagnosis.push_back({{"rule", d.rule}, {"severity", d.severity}, {"text", d.text}, {"advice", d.advice}});
  j["diagnosis"] = std::move(diagnosis);
  j["sources"] = sources_json(report);
  j["definitions"] = definitions_json(report);
  return j;
}

}  // namespace snnvp
