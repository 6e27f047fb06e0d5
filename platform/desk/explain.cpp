// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/explain.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/desk/layer_bound.h>
#include <snnvp/platform/desk/layer_columns.h>
#include <snnvp/platform/report/diagnosis_rules.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

/// Inputs told on the terminal.
constexpr std::size_t most_inputs = 20;

const Json& member(const Json& j, const std::string& key) {
  static const Json none;
  return j.is_object() && j.contains(key) ? j.at(key) : none;
}

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

class Explainer {
public:
  Explainer(const RunFolder& run, std::string path) : run_(run), r_(run.report) { e_.path = std::move(path); }

  Explanation explain() {
    e_.value = *find_value(r_, e_.path);
    const std::string& p = e_.path;
    if (begins(p, "totals."))
      total(p.substr(7));
    else if (begins(p, "energy."))
      energy(p.substr(7));
    else if (begins(p, "layers."))
      layer(p.substr(7));
    else if (begins(p, "blocks."))
      block(p.substr(7));
    else if (begins(p, "engines."))
      engine(p.substr(8));
    else
      other();
    return std::move(e_);
  }

private:
  void add(const std::string& path, const std::string& unit) {
    const Json* value = find_value(r_, path);
    if (value && value->is_number()) e_.inputs.push_back({path, value->get<double>(), unit, ""});
  }

  /// The sum over the rows of one engine of a column.
  void sum_of_layers(const std::string& column, const std::string& engine) {
    for (const Json& row : member(r_, "layers"))
      if (row.value("engine", "") == engine && member(row, column).is_number())
        e_.inputs.push_back({"layers." + row.value("name", "") + "." + column, row.at(column).get<double>(), "", ""});
  }

  /// The engine that totals belong to: of those in `engines`, the one with the same cycles.
  std::string first_engine() const {
    for (const Json& row : member(r_, "layers"))
      if (member(r_, "engines").contains(row.value("engine", ""))) return row.value("engine", "");
    return "";
  }

  void total(const std::string& name) {
    const std::string engine = first_engine();
    if (name == "cycles" && engine.empty()) {
      e_.meaning = "the whole simulation, as time.cycles";
      e_.unit = "cycles";
    } else if (name == "cycles") {
      cycles_of(engine);
    } else if (name == "seconds") {
      e_.meaning = "totals.cycles at the clock they are counted in";
      e_.unit = "s";
      e_.formula = engine.empty() ? "end of the simulation" : "cycles / clock_hz";
      add("totals.cycles", "cycles");
      if (!engine.empty()) add("engines." + engine + ".clock_hz", "Hz");
    } else if (name == "energy_mj") {
      e_.meaning = "energy of all blocks that are counted";
      e_.unit = "mJ";
      e_.formula = "1000 x energy.total_j";
      add("energy.total_j", "J");
    } else if (name == "edp_js") {
      e_.meaning = "energy-delay product of the whole platform";
      e_.unit = "Js";
      e_.formula = "energy.total_j x totals.seconds";
      add("energy.total_j", "J");
      add("totals.seconds", "s");
    } else if (name == "dram_bits" || name == "bit_density" || name == "product_density") {
      engine_total(name, engine);
    } else {
      e_.meaning = "a result of the workload (its page in docs/ says how it is measured)";
    }
  }

  void cycles_of(const std::string& engine) {
    e_.unit = "cycles";
    double sum = 0;
    sum_of_layers("contribution_cycles", engine);
    for (const Input& input : e_.inputs) sum += input.value;
    if (sum == e_.value.get<double>()) {
      e_.meaning = "what the layers of " + engine + " contribute";
      e_.formula = "sum of contribution_cycles";
    } else {
      e_.meaning =
          "from the first doorbell of " + engine + " to its last completion; layers overlap, and the driver's time between them counts";
      e_.formula = "last completion - first doorbell (the layers' own contributions are shown for comparison)";
    }
    add_sources_of(engine);
  }

  void engine_total(const std::string& name, const std::string& engine) {
    if (name == "dram_bits") {
      e_.meaning = "bits that " + engine + " reads from and writes to DRAM";
      e_.unit = "bit";
      e_.formula = "sum over layers";
      sum_of_layers("dram_bits", engine);
    } else {
      const std::string top = name == "bit_density" ? "ones" : "pro_ones";
      e_.meaning =
          name == "bit_density" ? "share of input bits that are spikes" : "share of input bits that are still added after prefix reuse";
      e_.formula = "sum of " + top + " / sum of elements";
      sum_of_layers(top, engine);
      sum_of_layers("elements", engine);
    }
  }

  void engine(const std::string& rest) {
    const std::size_t dot = rest.find('.');
    const std::string name = rest.substr(0, dot), key = dot == std::string::npos ? "" : rest.substr(dot + 1);
    if (key == "totals.cycles") return cycles_of(name);
    if (begins(key, "totals.") && key != "totals.seconds") return engine_total(key.substr(7), name);
    if (key == "totals.seconds") {
      e_ = {e_.path, e_.value, "s", "totals.cycles at the engine's clock", "cycles / clock_hz", {}, {}};
      add("engines." + name + ".totals.cycles", "cycles");
      add("engines." + name + ".clock_hz", "Hz");
    } else if (key == "clock_hz") {
      e_.meaning = "the clock that the scenario gives the engine", e_.unit = "Hz";
    } else if (key == "energy_j") {
      energy("by_block." + name + ".total_j");
    } else if (key == "accuracy") {
      e_.meaning = "share of samples that the network classifies as their label says", e_.formula = "correct / samples";
      add("engines." + name + ".correct", "");
      add("engines." + name + ".samples", "");
    } else if (key == "cycles_per_sample") {
      e_.meaning = "mean over the samples", e_.unit = "cycles", e_.formula = "totals.cycles / samples";
      add("engines." + name + ".totals.cycles", "cycles");
      add("engines." + name + ".samples", "");
    } else if (key == "energy_per_sample_j" || key == "own_energy_per_sample_j") {
      e_.meaning = key[0] == 'e' ? "energy during the engine's turn, of all blocks but engines that do not take part, over its samples"
                                 : "energy of the engine's own block during its turn, over its samples";
      e_.unit = "J";
      add("engines." + name + ".samples", "");
    } else {
      e_.meaning = "counted by the engine's front end";
    }
  }

  void layer(const std::string& rest) {
    const std::size_t dot = rest.rfind('.');
    const std::string column = rest.substr(dot + 1), name = rest.substr(0, dot);
    if (const ColumnAbout* about = layer_column(column)) {
      e_.meaning = about->meaning;
      e_.unit = about->unit;
    } else {
      e_.meaning = "counted by the engine; its page says what it is";
    }
    const Json* row = find_value(r_, "layers." + name);
    if (!row) return;
    const std::string engine = row->value("engine", "");
    if (column == "total_cycles")
      for (const char* part :
           {"compute_cycles", "preprocess_stall_cycles", "stall_cycles", "integ_cycles", "lif_cycles", "fill_cycles", "fixed_cycles"})
        add("layers." + name + "." + part, "cycles");
    if (column == "energy_mj") {
      add("layers." + name + ".contribution_cycles", "cycles");
      add("layers." + name + ".dram_bits", "bit");
      for (const Json& s : member(member(r_, "energy"), "sources"))
        e_.inputs.push_back(
            {s.value("path", ""), s.value("value", 0.0), s.value("unit", ""), s.value("status", "") + ": " + s.value("source", "")});
    }
    add_sources_of(engine);
  }

  void block(const std::string& rest) {
    for (const Json& b : member(r_, "blocks")) {
      const std::string name = b.value("name", ""), kind = b.value("kind", "");
      if (!begins(rest, name + ".")) continue;
      const std::string inner = rest.substr(name.size() + 1);
      if (begins(inner, "stats.")) {
        const Json& about = member(member(r_, "definitions"), kind + "." + inner.substr(6));
        e_.meaning = about.is_null() ? "a statistic of " + kind : about.value("description", "");
        e_.unit = about.is_null() ? "" : about.value("unit", "");
        e_.formula = about.is_null() ? "" : "a " + about.value("kind", "") + ", collected by the block";
      } else if (begins(inner, "events.")) {
        e_.meaning = "how often the block did what the key `" + inner.substr(7) + "` stands for; docs/energy.md lists the keys";
        add_rows(name, inner.substr(7));
      }
      add_kind_sources(kind);
      return;
    }
  }

  void energy(const std::string& rest) {
    e_.unit = "J";
    if (rest == "total_j") {
      e_.meaning = "all that is counted; what is not stands in energy.not_counted";
      e_.formula = "static_j + dynamic_j";
      add("energy.static_j", "J");
      add("energy.dynamic_j", "J");
      for (const auto& [name, block] : member(member(r_, "energy"), "by_block").items()) add("energy.by_block." + name + ".total_j", "J");
    } else if (rest == "static_j" || rest == "dynamic_j") {
      e_.meaning = rest == "static_j" ? "leakage and standby power times time" : "events times their prices";
      e_.formula = "sum over blocks";
      for (const auto& [name, block] : member(member(r_, "energy"), "by_block").items()) add("energy.by_block." + name + "." + rest, "J");
    } else if (begins(rest, "by_block.")) {
      const std::string inner = rest.substr(9), name = inner.substr(0, inner.rfind('.'));
      e_.meaning = "energy of one block, row by row as in energy.csv";
      e_.formula = "sum of count x price of each event, and of powers x time";
      add_rows(name, "");
    } else if (begins(rest, "by_event.")) {
      e_.meaning = "energy of one event over all blocks";
      e_.formula = "sum of count x price over blocks";
      add_rows("", rest.substr(9));
    } else if (begins(rest, "uncertainty.")) {
      e_.meaning = "the total when every constant is drawn from its band, shared by all that depend on it: 5 and 95 % of the draws";
      if (rest == "uncertainty.draws" || rest == "uncertainty.seed") e_.unit = "";
    } else if (begins(rest, "timing.")) {
      e_.meaning = "node and class of latencies that follow from the technology tables (technology.timing_node)";
      e_.unit = "nm";
    } else if (begins(rest, "sensitivity.") && rest.find("total_") != std::string::npos) {
      e_.meaning = "the total with this constant alone at an end of its band, all others at their values";
    } else {
      e_.meaning = "a constant of the technology base, with its band and the share of the total that rests on it";
      e_.unit = "";
    }
  }

  /// Rows of energy.csv of a block, an event key, or both.
  void add_rows(const std::string& block, const std::string& key) {
    if (run_.folder.empty()) return;
    std::vector<std::vector<std::string>> rows;
    try {
      rows = read_csv(run_.folder + "/energy.csv");
    } catch (const InputError&) {
      return;  // a report by itself
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const auto& row = rows[i];  // block,event,count,unit_energy_pj,energy_j,node,voltage,status,source,lo,hi
      if (row.size() < 9 || (!block.empty() && row[0] != block) || (!key.empty() && row[1] != key)) continue;
      const std::string how = row[3].empty() ? "" : fmt::format("{} x {} pJ, ", row[2], row[3]);
      e_.inputs.push_back({row[0] + " " + row[1], std::strtod(row[4].c_str(), nullptr), "J", how + row[7] + ": " + row[8]});
    }
  }

  void other() {
    const std::string& p = e_.path;
    if (begins(p, "time.")) {
      e_.meaning = "end of the simulation, the driver's time included";
      e_.unit = p == "time.seconds" ? "s" : "cycles";
    } else if (begins(p, "check.")) {
      e_.meaning =
          p == "check.compared" ? "output values that were read back and compared with the golden model" : "of these, how many differ";
    } else if (p == "seed") {
      e_.meaning = "workload.seed: everything that is drawn follows from it";
    } else if (p == "schema") {
      e_.meaning = "version of the report's form";
    } else if (begins(p, "neurobench.")) {
      e_.meaning = "a metric of NeuroBench 2.3.0 by its own definition (docs/networks.md)";
    } else {
      e_.meaning = "a result of the workload (its page in docs/ says how it is measured)";
    }
  }

  void add_sources_of(const std::string& engine) {
    for (const Json& b : member(r_, "blocks"))
      if (b.value("name", "") == engine) add_kind_sources(b.value("kind", ""));
  }

  void add_kind_sources(const std::string& kind) {
    for (const Json& note : member(member(r_, "sources"), kind))
      e_.sources.push_back(fmt::format("{} ({}): {}", note.value("what", ""), note.value("certainty", ""), note.value("source", "")));
  }

  const RunFolder& run_;
  const Json& r_;
  Explanation e_;
};

void collect_paths(const Json& j, const std::string& path, std::vector<std::string>& out) {
  if (j.is_number()) out.push_back(path);
  const auto below = [&path](const std::string& part) { return path.empty() ? part : path + "." + part; };
  if (j.is_object())
    for (const auto& [key, value] : j.items())
      if (!path.empty() || (key != "definitions" && key != "sources")) collect_paths(value, below(key), out);
  if (j.is_array()) {
    std::set<std::string> seen{""};  // a name finds the first that has it
    for (std::size_t i = 0; i < j.size(); ++i) {
      const std::string name = j[i].is_object() ? j[i].value("name", "") : "";
      collect_paths(j[i], below(seen.insert(name).second ? name : fmt::format("[{}]", i)), out);
    }
  }
}

/// A rule of the diagnosis, and what it found in this run.
std::optional<Explanation> rule_explanation(const RunFolder& run, const std::string& name) {
  Explanation e;
  e.path = name;
  for (const Json& item : member(run.report, "diagnosis"))
    if (item.value("rule", "") == name) {
      e.sources.push_back(item.value("severity", "") + ": " + item.value("text", ""));
      if (e.advice.empty()) e.advice = item.value("advice", "");
    }
  const DiagnosisRule* rule = find_diagnosis_rule(name);
  if (!rule && e.sources.empty()) return std::nullopt;
  const std::size_t n = e.sources.size();
  e.value = n == 0 ? "silent in this run" : fmt::format("told {} time{}", n, n == 1 ? "" : "s");
  e.meaning = rule ? fmt::format("a rule of the diagnosis; it speaks if: {}", rule->condition) : "an entry of the diagnosis";
  if (rule) e.advice = rule->advice;
  return e;
}

/// A layer as a whole: what it waits for, and where it stands in the roofline.
std::optional<Explanation> layer_explanation(const RunFolder& run, const std::string& path) {
  const Json* layer = begins(path, "layers.") ? find_value(run.report, path) : nullptr;
  if (!layer || !layer->is_object()) return std::nullopt;
  Explanation e;
  e.path = path;
  const std::string bound = bound_of(*layer), why = bound_reason(*layer);
  e.value = bound.empty() ? "bound: not told, its engine does not tell its cycles apart" : "bound: " + bound;
  e.meaning = why.empty() ? "" : "of its cycles: " + why + " (what overlaps counts twice)";
  if (const auto roof = roofline_of(*layer)) {
    e.formula = "M K N / DRAM bytes and M K N / cycles: its place in the roofline; skipped work counts as done";
    e.inputs.push_back({"ops_per_byte", roof->ops_per_byte, "dense accumulates/B", ""});
    e.inputs.push_back({"ops_per_cycle", roof->ops_per_cycle, "dense accumulates/cycle", ""});
  }
  for (const auto& [key, value] : layer->items()) {
    const ColumnAbout* about = layer_column(key);
    if (value.is_number()) e.inputs.push_back({path + "." + key, value.get<double>(), about ? about->unit : "", ""});
  }
  return e;
}

}  // namespace

std::vector<std::string> number_paths(const Json& report) {
  std::vector<std::string> paths;
  collect_paths(report, "", paths);
  return paths;
}

Explanation explain(const RunFolder& run, const std::string& path) {
  const Json* value = find_value(run.report, path);
  if (value && value->is_number()) return Explainer(run, path).explain();
  if (auto rule = rule_explanation(run, path)) return *rule;
  if (auto layer = layer_explanation(run, path)) return *layer;
  const std::vector<std::string> paths = number_paths(run.report);
  std::vector<std::string> ends;
  for (const std::string& p : paths)
    if (p.size() > path.size() && p.compare(p.size() - path.size(), path.size(), path) == 0 && p[p.size() - path.size() - 1] == '.')
      ends.push_back(p);
  // What a person means by "cycles" is the total.
  for (const std::string& p : ends)
    if (p == "totals." + path) return Explainer(run, p).explain();
  if (ends.size() == 1) return Explainer(run, ends.front()).explain();
  if (!ends.empty()) throw InputError(fmt::format("{} stands in several places\n    one of: {}", quote(path), join_names(ends)));
  if (value)
    throw InputError(fmt::format("{} is no number but {}", quote(path),
                                 value->is_null() ? "null: it was never touched in this run" : value->type_name()));
  const std::string near = did_you_mean(path, paths);
  throw InputError(
      fmt::format("the report has no {}{}", quote(path),
                  near.empty() ? "\n    totals, energy, engines, layers and blocks hold numbers, e.g. totals.cycles" : "\n    " + near));
}

std::string to_text(const Explanation& e) {
  std::string text = fmt::format("{} = {}{}{}\n  {}\n", e.path, e.value.is_string() ? e.value.get<std::string>() : e.value.dump(),
                                 e.unit.empty() ? "" : " ", e.unit, e.meaning);
  if (!e.formula.empty()) text += "  = " + e.formula + "\n";
  std::size_t width = 0;
  for (std::size_t i = 0; i < e.inputs.size() && i < most_inputs; ++i) width = std::max(width, e.inputs[i].name.size());
  for (std::size_t i = 0; i < e.inputs.size() && i < most_inputs; ++i) {
    const Input& input = e.inputs[i];
    text += fmt::format("    {:<{}}  {}{}{}{}\n", input.name, width, shortest_double(input.value), input.unit.empty() ? "" : " ",
                        input.unit, input.source.empty() ? "" : "   " + input.source);
  }
  if (e.inputs.size() > most_inputs) text += fmt::format("    ... and {} more\n", e.inputs.size() - most_inputs);
  for (const std::string& source : e.sources) text += (e.advice.empty() ? "  from " : "  ") + source + "\n";
  if (!e.advice.empty()) text += "  advice: " + e.advice + "\n";
  return text;
}

Json to_json(const Explanation& e) {
  Json inputs = Json::array();
  for (const Input& input : e.inputs)
    inputs.push_back({{"name", input.name}, {"value", input.value}, {"unit", input.unit}, {"source", input.source}});
  return {{"path", e.path},       {"value", e.value}, {"unit", e.unit},       {"meaning", e.meaning},
          {"formula", e.formula}, {"inputs", inputs}, {"sources", e.sources}, {"advice", e.advice}};
}

}  // namespace snnvp::desk
