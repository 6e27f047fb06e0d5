// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/activity.h>

#include <fmt/format.h>

#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/json_fields.h>
#include <snnvp/platform/run/simulation.h>

namespace snnvp {

// What each struct consists of. In the namespace of the structs, where the codec looks for them.

template <class A>
void fields(A& a, Constant& c) {
  a("path", c.path), a("value", c.value), a("unit", c.unit), a("lo", c.lo), a("hi", c.hi), a("status", c.status), a("source", c.source);
  a("note", c.note);
}

template <class A>
void fields(A& a, MacroSpec& m) {
  a("name", m.name), a("bytes", m.bytes), a("bits", m.bits), a("count", m.count);
}

template <class A>
void fields(A& a, BlockDeclaration& d) {
  a("name", d.name), a("kind", d.kind), a("path", d.path), a("event_keys", d.event_keys), a("units", d.units);
  a("statistics", d.statistics), a("macros", d.macros), a("logic_area_mm2", d.logic_area_mm2), a("flops", d.flops);
  a("not_counted", d.not_counted), a("clock_gated", d.clock_gated), a("power_gated_when_idle", d.power_gated_when_idle);
  a("device", d.device), a("channels", d.channels), a("lane_gts", d.lane_gts), a("bond_pitch_um", d.bond_pitch_um);
  a("energy_factor", d.energy_factor), a("energy_factor_source", d.energy_factor_source), a("area_mm2", d.area_mm2);
  a("node_nm", d.node_nm), a("vdd", d.vdd), a("sram_device", d.sram_device), a("prices", d.prices);
}

template <class A>
void fields(A& a, UnitActivity& u) {
  a("busy", u.busy), a("hz", u.hz);
}

template <class A>
void fields(A& a, BlockActivity& b) {
  a("name", b.name), a("events", b.events), a("units", b.units), a("statistics", b.statistics), a("leakage_kelvin", b.leakage_kelvin);
}

template <class A>
void fields(A& a, PricingInput& p) {
  a("elapsed_s", p.elapsed_s), a("blocks", p.blocks);
}

template <class A>
void fields(A& a, TurnMark& t) {
  a("engines", t.engines), a("counted", t.counted);
}

template <class A>
void fields(A& a, TierMap& t) {
  a("tiers", t.tiers), a("tier_of", t.tier_of);
}

template <class A>
void fields(A& a, Rectangle& r) {
  a("x", r.x), a("y", r.y), a("w", r.w), a("h", r.h);
}

template <class A>
void fields(A& a, GridMap& m) {
  a("columns", m.columns), a("rows", m.rows), a("values", m.values);
}

template <class A>
void fields(A& a, HeatSource& s) {
  a("block", s.block), a("tier", s.tier), a("place", s.place);
}

template <class A>
void fields(A& a, HeatPlace& p) {
  a("block", p.block), a("first", p.first), a("is_tiered", p.is_tiered), a("has_clock", p.has_clock), a("has_refresh", p.has_refresh);
  a("map", p.map);
}

template <class A>
void fields(A& a, HeatEpoch& e) {
  a("seconds", e.seconds), a("is_counted", e.is_counted), a("acted", e.acted), a("counted", e.counted), a("tiers", e.tiers);
}

template <class A>
void fields(A& a, HeatRecord& h) {
  a("block", h.block), a("sources", h.sources), a("places", h.places), a("epochs", h.epochs);
  a("epochs_run", h.epochs_run), a("power_maps", h.power_maps), a("leakage_maps", h.leakage_maps), a("throttled", h.throttled);
  a("refreshed", h.refreshed), a("not_throttled", h.not_throttled);
}

template <class A>
void fields(A& a, AnalyticLayer& l) {
  a("name", l.name), a("kind", l.kind), a("cycles", l.cycles), a("problem", l.problem), a("figures", l.figures);
}

template <class A>
void fields(A& a, AnalyticResult& r) {
  a("model", r.model), a("basis", r.basis), a("notes", r.notes), a("layers", r.layers), a("cycles", r.cycles), a("clock_hz", r.clock_hz);
  a("seconds", r.seconds), a("energy_mj", r.energy_mj), a("figures", r.figures), a("yardstick", r.yardstick);
}

template <class A>
void fields(A& a, StatSpec& s) {
  a("name", s.name), a("unit", s.unit), a("kind", s.kind), a("doc", s.doc);
}

template <class A>
void fields(A& a, SourceNote& s) {
  a("what", s.what), a("certainty", s.certainty), a("source", s.source);
}

template <class A>
void fields(A& a, KindDescriptor& k) {
  a("kind", k.kind), a("stats", k.stats), a("sources", k.sources), a("plugin", k.plugin);
}

template <class A>
void fields(A& a, BlockReport& b) {
  a("name", b.name), a("kind", b.kind), a("stats", b.stats), a("events", b.events);
}

template <class A>
void fields(A& a, InputFile& f) {
  a("path", f.path), a("sha256", f.sha256);
}

template <class A>
void fields(A& a, DiagnosisItem& d) {
  a("rule", d.rule), a("severity", d.severity), a("text", d.text), a("advice", d.advice);
}

template <class A>
void fields(A& a, EngineReport& e) {
  a("name", e.name), a("cycles", e.cycles), a("hz", e.hz), a("dram_bits", e.dram_bits), a("bit_density", e.bit_density);
  a("product_density", e.product_density), a("jobs", e.jobs), a("passes", e.passes), a("weight_bits", e.weight_bits);
  a("samples", e.samples), a("correct", e.correct);
}

namespace engine {
template <class A>
void fields(A& a, LayerRecord& r) {
  a("tag", r.tag), a("part", r.part), a("kind", r.kind), a("M", r.M), a("K", r.K), a("N", r.N), a("counts", r.counts);
  a("texts", r.texts), a("contribution_cycles", r.contribution_cycles), a("total_cycles", r.total_cycles), a("dram_bits", r.dram_bits);
  a("bus_bytes", r.bus_bytes), a("notice", r.notice), a("events", r.events);
}
}  // namespace engine

template <class A>
void fields(A& a, LayerRow& l) {
  a("name", l.name), a("engine", l.engine), a("record", l.record);
}

/// Without files, whose content stays in the folder, and facts of the host.
template <class A>
void fields(A& a, RunReport& r) {
  a("scenario_name", r.scenario_name), a("scenario_hash", r.scenario_hash), a("seed", r.seed), a("status", r.status);
  a("cycles", r.cycles), a("seconds", r.seconds), a("time_clock", r.time_clock), a("compared", r.compared);
  a("mismatches", r.mismatches), a("checked", r.checked), a("layers", r.layers), a("blocks", r.blocks), a("engines", r.engines);
  a("diagnosis", r.diagnosis), a("totals", r.totals), a("sections", r.sections), a("summary_lines", r.summary_lines);
}

template <class A>
void fields(A& a, MeasuredRun& m) {
  a("report", m.report), a("counted", m.counted), a("turns", m.turns), a("engines", m.engines), a("tier_maps", m.tier_maps);
  a("tier_events", m.tier_events), a("heat", m.heat), a("estimates", m.estimates);
}

template <class A>
void fields(A& a, SramGeometry& g) {
  a("bytes", g.bytes), a("bits", g.bits), a("dual_port", g.dual_port);
}

template <class A>
void fields(A& a, TableLatency& l) {
  a("block", l.block), a("bank", l.bank), a("hz", l.hz);
}

template <class A>
void fields(A& a, Activity& x) {
  a("run", x.run), a("declarations", x.declarations), a("resolved", x.resolved), a("workload_paths", x.workload_paths);
  a("plugin_paths", x.plugin_paths), a("scenario_files", x.scenario_files), a("inputs", x.inputs), a("notices", x.notices);
  a("latencies", x.latencies), a("timing_node", x.timing_node), a("timing_sram_device", x.timing_sram_device), a("files", x.files);
  a("outputs", x.outputs);
  a("memory_map", x.memory_map);
}

namespace {

using json_fields::Json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// What a report shows of kinds that plug-ins brought.
std::vector<KindDescriptor> foreign_kinds(const RunReport& report) {
  std::map<std::string, KindDescriptor> kinds;
  for (const BlockReport& block : report.blocks) {
    if (!block.descriptor || block.descriptor->plugin.empty()) continue;
    KindDescriptor& kind = kinds[block.kind];
    kind.kind = block.kind, kind.stats = block.descriptor->stats, kind.sources = block.descriptor->sources;
    kind.plugin = block.descriptor->plugin;
  }
  std::vector<KindDescriptor> list;
  for (auto& [name, kind] : kinds) list.push_back(std::move(kind));
  return list;
}

/// Nested deeper than anything we write: refused before anything recurses into it.
bool is_too_deep(const std::string& text) {
  constexpr int most = 64;
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\') ++i;
    if (c == '"') in_text = !in_text;
    if (in_text) continue;
    if ((c == '[' || c == '{') && ++depth > most) return true;
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

/// Lists that are walked side by side have equal lengths; what is wrong with them, or nothing.
std::string misfit(const MeasuredRun& run) {
  for (const TurnMark& turn : run.turns)
    if (turn.counted.blocks.size() != run.turns.front().counted.blocks.size()) return "turns count different blocks";
  const auto fits = [](const TierMap& map, const TierEvents& events) { return map.tiers >= 1 && events.size() == map.tiers; };
  for (const auto& [name, map] : run.tier_maps) {
    const auto events = run.tier_events.find(name);
    if (events == run.tier_events.end() || !fits(map, events->second)) return "the tiers of " + name + " do not fit their events";
  }
  if (!run.heat) return {};
  std::size_t sources = 0;
  for (const HeatPlace& place : run.heat->places) {
    if (place.first != sources || place.map.tiers < 1) return "the places of heat are out of order";
    sources += place.map.tiers;
    for (const HeatEpoch& epoch : run.heat->epochs) {
      const auto events = epoch.tiers.find(place.block);
      if (place.is_tiered && epoch.is_counted && (events == epoch.tiers.end() || !fits(place.map, events->second)))
        return "an epoch lacks tiers of " + place.block;
    }
  }
  return sources == run.heat->sources.size() ? "" : "places and sources of heat differ";
}

}  // namespace

std::string activity_text(const Activity& activity) {
  Json body = json_fields::written(activity);
  body["foreign_kinds"] = json_fields::written(foreign_kinds(activity.run.report));
  const std::string text = dump(body);
  return fmt::format("{{\"activity\":{},\"version\":{},\"sha256\":\"{}\",\"body\":{}}}\n", activity_format, dump(activity.tool_version),
                     sha256(text), text);
}

Activity read_activity(const std::string& folder, const Registry& registry, ForeignKinds& foreign) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(folder))
    throw InputError(quote(folder) + " is no folder\n    a run's folder is made by: snnvp run FILE --out FOLDER");
  const std::string file = folder + "/activity.json";
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error)))
    throw InputError(
        fmt::format("{} is missing: the folder holds no run, or one of a version that could not be priced again\n    snnvp run FILE --out "
                    "FOLDER writes it",
                    file));
  if (!fs::is_regular_file(fs::symlink_status(file, error))) throw InputError(file + " is no plain file; a run's folder holds no links");
  std::string problem;
  const auto text = read_file(file, problem);
  if (!text) throw InputError(problem);
  const auto damaged = [&file](const std::string& what) { return InputError(file + " is damaged: " + what + "; simulate again"); };

  if (is_too_deep(*text)) throw damaged("it is nested too deeply");
  const Json whole = Json::parse(*text, nullptr, false);
  if (!whole.is_object() || !whole.contains("activity") || !whole.contains("version") || !whole["version"].is_string())
    throw damaged("it does not read as JSON with a head");
  if (whole["activity"] != activity_format)
    throw InputError(fmt::format("{} has format {}, this build reads {}; simulate again", file, dump(whole["activity"]), activity_format));
  if (const std::string version = whole["version"].get<std::string>(); version != tool_version())
    throw InputError(fmt::format("{} was written by snnvp {}, this is {}: prices may mean something else; simulate again", file,
                                 printable(version, 40), tool_version()));
  if (!whole.contains("body") || whole.value("sha256", Json()) != sha256(dump(whole["body"]))) throw damaged("its digest is another one");
  Activity activity;
  try {
    json_fields::read(whole["body"], activity);
    std::vector<KindDescriptor> kinds;
    json_fields::read(whole["body"].at("foreign_kinds"), kinds);
    for (KindDescriptor& kind : kinds) foreign[kind.kind] = std::move(kind);
  } catch (const nlohmann::json::exception& wrong) {
    throw damaged(wrong.what());
  } catch (const json_fields::WrongType& wrong) {
    throw damaged(wrong.what());
  }
  if (const std::string problem_inside = misfit(activity.run); !problem_inside.empty()) throw damaged(problem_inside);
  activity.tool_version = activity.run.report.tool_version = tool_version();
  for (BlockReport& block : activity.run.report.blocks) {
    const auto it = foreign.find(block.kind);
    block.descriptor = it != foreign.end() ? &it->second : registry.find(block.kind);
  }
  return activity;
}

}  // namespace snnvp
