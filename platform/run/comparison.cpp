// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/comparison.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/report/stat_value.h>

namespace snnvp {
namespace {

using Json = nlohmann::ordered_json;

/// An engine or an analytic model: one line of the table.
struct Row {
  std::string name, model;
  bool computes = false;
  std::optional<double> speedup, energy_gain;
  AnalyticResult result;

  bool leaves_out() const {
    return std::any_of(result.layers.begin(), result.layers.end(), [](const AnalyticLayer& layer) { return !layer.problem.empty(); });
  }
  /// It has an answer for every layer.
  bool complete() const { return !leaves_out() && (result.seconds || !result.figures.empty()); }
};

/// An engine's part of the report in the form of a model's.
Row row_of(const RunReport& report, const EngineReport& engine) {
  Row row;
  row.name = engine.name;
  row.computes = true;
  AnalyticResult& r = row.result;
  for (const BlockReport& block : report.blocks)
    if (block.name == engine.name) r.model = block.kind;
  r.basis = "simulated";
  r.clock_hz = static_cast<double>(engine.hz);
  for (const LayerRow& layer : report.layers)
    if (layer.engine == engine.name) r.layers.push_back({layer.name, layer.record.kind, layer.record.contribution_cycles, {}, {}});
  if (report.status != "ok") {
    r.basis = report.status;  // cut short: its time says nothing
    return row;
  }
  r.cycles = engine.cycles;
  if (engine.hz != 0) r.seconds = static_cast<double>(engine.cycles) / r.clock_hz;
  // The ledger is the whole platform's: with several engines its total belongs to none of them.
  if (report.ledger && report.engines.size() == 1) {
    r.energy_mj = 1e3 * report.ledger->total_j;
    r.notes.push_back("energy of the whole platform, prices " + report.ledger->settings.preset);
  } else if (report.ledger && engine.energy_j) {
    r.energy_mj = 1e3 * *engine.energy_j;
    r.notes.push_back("energy of its block alone, prices " + report.ledger->settings.preset);
  }
  if (engine.bit_density) r.figures.emplace_back("bit_density", *engine.bit_density);
  if (engine.product_density) r.figures.emplace_back("product_density", *engine.product_density);
  return row;
}

/// Cycles of the layers that both cover.
Cycles shared_cycles(const AnalyticResult& of, const AnalyticResult& other, bool& all) {
  std::map<std::string, bool> covered;
  for (const AnalyticLayer& layer : other.layers) covered[layer.name] = layer.cycles.has_value();
  Cycles sum = 0;
  all = true;
  for (const AnalyticLayer& layer : of.layers) {
    if (!layer.cycles) continue;
    const auto it = covered.find(layer.name);
    if (it != covered.end() && it->second)
      sum += *layer.cycles;
    else
      all = false;
  }
  return sum;
}

/// Time of the layers that both cover: the total where that is all of them, for an engine's total may hold more than its layers.
std::optional<double> shared_seconds(const AnalyticResult& of, const AnalyticResult& other) {
  if (!of.seconds || !of.cycles || of.clock_hz <= 0) return std::nullopt;
  bool all = false;
  const Cycles cycles = shared_cycles(of, other, all);
  const double seconds = all ? *of.seconds : static_cast<double>(cycles) / of.clock_hz;
  return seconds > 0 ? std::optional<double>(seconds) : std::nullopt;
}

const Row* yardstick_of(const std::vector<Row>& rows) {
  const Row* best = nullptr;
  for (const Row& row : rows)
    if (row.result.yardstick > (best ? best->result.yardstick : 0)) best = &row;
  return best;
}

void divide_by(const Row* yardstick, std::vector<Row>& rows) {
  if (!yardstick) return;
  const AnalyticResult against = yardstick->result;
  const bool whole = yardstick->complete();
  for (Row& row : rows) {
    const AnalyticResult& r = row.result;
    if (!r.layers.empty()) {
      const auto theirs = shared_seconds(against, r), ours = shared_seconds(r, against);
      if (theirs && ours) row.speedup = *theirs / *ours;
    } else if (whole && against.seconds && r.seconds && *r.seconds > 0) {
      row.speedup = *against.seconds / *r.seconds;
    }
    // Energies are not divided among layers: only what covers everything is compared.
    if (whole && row.complete() && against.energy_mj && r.energy_mj && *r.energy_mj > 0)
      row.energy_gain = *against.energy_mj / *r.energy_mj;
  }
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json figures_json(const std::vector<std::pair<std::string, StatValue>>& figures, Json j) {
  for (const auto& [name, value] : figures) j[name] = stat_json(value);
  return j;
}

Json row_json(const Row& row) {
  const AnalyticResult& r = row.result;
  Json j{{"name", row.name},
         {"model", r.model},
         {"computes", row.computes},
         {"basis", r.basis},
         {"complete", row.complete()},
         {"cycles", or_null(r.cycles)},
         {"seconds", or_null(r.seconds)},
         {"energy_mj", or_null(r.energy_mj)},
         {"speedup", or_null(row.speedup)},
         {"energy_gain", or_null(row.energy_gain)}};
  j = figures_json(r.figures, std::move(j));
  j["notes"] = r.notes;
  if (row.computes) return j;  // its layers have a section of their own
  Json layers = Json::array();
  for (const AnalyticLayer& layer : r.layers)
    layers.push_back(figures_json(layer.figures, {{"name", layer.name},
                                                  {"kind", layer.kind},
                                                  {"cycles", or_null(layer.cycles)},
                                                  {"left_out", layer.problem.empty() ? Json(nullptr) : Json(layer.problem)}}));
  j["layers"] = std::move(layers);
  return j;
}

using Figures = std::vector<std::pair<std::string, StatValue>>;

/// Names of all figures, in order of appearance.
void note_columns(const Figures& figures, std::vector<std::string>& columns) {
  for (const auto& [name, value] : figures)
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
}

std::string cells(const Figures& figures, const std::vector<std::string>& columns) {
  std::string out;
  for (const std::string& column : columns) {
    out += ",";
    for (const auto& [name, value] : figures)
      if (name == column) out += csv_field(stat_text(value));
  }
  return out;
}

template <typename T>
std::string text(const std::optional<T>& value) {
  return value ? stat_text(StatValue(*value)) : std::string();
}

std::string header(const std::string& head, const std::vector<std::string>& columns, const std::string& tail) {
  std::string out = head;
  for (const std::string& column : columns) out += "," + column;
  return out + "," + tail + "\n";
}

std::string totals_csv(const std::vector<Row>& rows) {
  std::vector<std::string> columns;
  for (const Row& row : rows) note_columns(row.result.figures, columns);
  std::string out = header("name,model,computes,complete,cycles,seconds,energy_mj,speedup,energy_gain", columns, "basis");
  for (const Row& row : rows) {
    const AnalyticResult& r = row.result;
    out += fmt::format("{},{},{},{},{},{},{},{},{}{},{}\n", csv_field(row.name), r.model, row.computes, row.complete(), text(r.cycles),
                       text(r.seconds), text(r.energy_mj), text(row.speedup), text(row.energy_gain), cells(r.figures, columns),
                       csv_field(r.basis));
  }
  return out;
}

std::string layers_csv(const std::vector<Row>& rows) {
  std::vector<std::string> columns;
  for (const Row& row : rows)
    for (const AnalyticLayer& layer : row.result.layers) note_columns(layer.figures, columns);
  std::string out = header("name,model,layer,kind,cycles", columns, "left_out");
  for (const Row& row : rows)
    for (const AnalyticLayer& layer : row.result.layers)
      if (!row.computes)
        out += fmt::format("{},{},{},{},{}{},{}\n", csv_field(row.name), row.result.model, csv_field(layer.name), layer.kind,
                           text(layer.cycles), cells(layer.figures, columns), csv_field(layer.problem));
  return out;
}

/// Appends words to lines of at most 100 columns, indented by 4.
void wrap(const std::string& sentence, std::vector<std::string>& lines) {
  std::string line = "    ";
  std::size_t at = 0;
  while (at < sentence.size()) {
    std::size_t end = sentence.find(' ', at);
    if (end == std::string::npos) end = sentence.size();
    const std::string word = sentence.substr(at, end - at);
    if (line.size() > 4 && line.size() + 1 + word.size() > 100) {
      lines.push_back(line);
      line = "      ";
    }
    line += (line.back() == ' ' ? "" : " ") + word;
    at = end + 1;
  }
  lines.push_back(line);
}

/// What a row leaves out: a few layers by name, the rest by number, per reason.
std::string left_out(const Row& row) {
  std::vector<std::string> reasons;
  std::map<std::string, std::vector<std::string>> names;
  for (const AnalyticLayer& layer : row.result.layers) {
    if (layer.problem.empty()) continue;
    if (names[layer.problem].empty()) reasons.push_back(layer.problem);
    names[layer.problem].push_back(layer.name);
  }
  std::string out;
  const std::size_t most = 4;
  for (const std::string& reason : reasons) {
    const std::vector<std::string>& list = names[reason];
    out += out.empty() ? "without " : "; without ";
    for (std::size_t i = 0; i < list.size() && i < most; ++i) out += (i == 0 ? "" : ", ") + list[i];
    if (list.size() > most) out += fmt::format(" and {} more", list.size() - most);
    out += " (" + reason + ")";
  }
  return out;
}

/// "density 13.5 % -> 4.6 %": ones before and after product sparsity; empty if the model does not tell both.
std::string density_text(const AnalyticResult& result) {
  const double *bits = nullptr, *product = nullptr;
  for (const auto& [name, value] : result.figures) {
    if (name == "bit_density") bits = std::get_if<double>(&value);
    if (name == "product_density") product = std::get_if<double>(&value);
  }
  return bits && product ? fmt::format("density {:.2f} % -> {:.2f} % by product sparsity", 100 * *bits, 100 * *product) : std::string();
}

void print(const std::vector<Row>& rows, const std::string& yardstick, std::vector<std::string>& lines) {
  lines.emplace_back();
  lines.push_back("  comparison" +
                  (yardstick.empty() ? std::string() : ": speed-up and energy gain over " + yardstick + ", on the layers that both cover"));
  lines.push_back(
      fmt::format("  {:<16} {:>14} {:>9} {:>9} {:>9} {:>9}   {}", "", "cycles", "time", "energy", "speed-up", "energy x", "basis"));
  const auto times = [](const std::optional<double>& ratio) { return ratio ? fmt::format("{:.2f}", *ratio) : std::string("-"); };
  for (const Row& row : rows) {
    const AnalyticResult& r = row.result;
    const std::string basis = r.basis + (row.leaves_out() ? ", part" : "");
    if (const std::string density = density_text(r); !r.seconds && !density.empty()) {
      lines.push_back(fmt::format("  {:<16} {:<54}   {}", row.name.substr(0, 16), density, basis));
      continue;
    }
    lines.push_back(fmt::format("  {:<16} {:>14} {:>9} {:>9} {:>9} {:>9}   {}", row.name.substr(0, 16), r.cycles ? grouped(*r.cycles) : "-",
                                r.seconds ? si(*r.seconds, "s") : "-", r.energy_mj ? si(*r.energy_mj * 1e-3, "J") : "-", times(row.speedup),
                                times(row.energy_gain), basis));
  }
  for (const Row& row : rows) {
    if (const std::string without = left_out(row); !without.empty()) wrap(row.name + ": " + without, lines);
    for (const std::string& note : row.result.notes) wrap(row.name + ": " + note, lines);
  }
}

}  // namespace

void add_comparison(RunReport& report, const std::vector<std::pair<std::string, AnalyticResult>>& models) {
  std::vector<Row> rows;
  for (const EngineReport& engine : report.engines) rows.push_back(row_of(report, engine));
  for (const auto& [name, result] : models) {
    Row row;
    row.name = name;
    row.result = result;
    rows.push_back(std::move(row));
  }
  const Row* yardstick = yardstick_of(rows);
  const std::string over = yardstick ? yardstick->name : std::string();
  divide_by(yardstick, rows);
  Json section{{"speedup_over", over.empty() ? Json(nullptr) : Json(over)}, {"rows", Json::array()}};
  for (const Row& row : rows) section["rows"].push_back(row_json(row));
  report.sections["baselines"] = std::move(section);
  report.files.emplace_back("baselines.csv", totals_csv(rows));
  report.files.emplace_back("baselines_layers.csv", layers_csv(rows));
  print(rows, over, report.summary_lines);
}

}  // namespace snnvp
