// SPDX-License-Identifier: Apache-2.0
// The page of one run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/html_report.h>
#include <snnvp/platform/desk/html_views.h>
#include <snnvp/platform/desk/layer_bound.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

/// Columns of the layer table beyond those that every engine has; more would not be read.
constexpr std::size_t most_columns = 24;
/// Bars that can still be told apart.
constexpr std::size_t most_bars = 120;
/// Events with a bar of their own.
constexpr std::size_t most_events = 12;
/// Events with a colour of their own in a block's bar.
constexpr std::size_t most_colours = 7;
/// Rows of a table: the page stays below 2 MB.
constexpr std::size_t most_rows = 1500;

const Json& member(const Json& j, const char* key) {
  static const Json none;
  return j.is_object() && j.contains(key) ? j.at(key) : none;
}

double number(const Json& j, const char* key) {
  const Json& value = member(j, key);
  return value.is_number() ? value.get<double>() : 0;
}

class RunPage {
public:
  explicit RunPage(const RunFolder& run) : run_(run), r_(run.report) {}

  std::string html() {
    headline();
    diagnosis();
    layers();
    stages();
    body_ += over_time_html(run_, charts_) + timeline_html(run_) + heat_maps_html(run_) + raster_html(run_);
    energy();
    blocks();
    provenance();
    const std::string name = member(r_, "scenario").value("name", "run"), status = r_.value("status", "");
    const std::string header = fmt::format("<h1>{}</h1><span class=\"badge {}\">{}</span><nav>{}</nav>", escaped(name),
                                           status == "ok" ? "ok" : "bad", escaped(status), links());
    return page_html(name + " - SNN-VP", header, body_, {{"charts", charts_}});
  }

private:
  /// Links to the sections that are there.
  std::string links() const {
    static constexpr std::pair<const char*, const char*> sections[] = {{"diagnosis", "What to look at"},
                                                                       {"layers", "Layers"},
                                                                       {"stages", "Stages"},
                                                                       {"time", "Over time"},
                                                                       {"timeline", "Timeline"},
                                                                       {"maps", "Maps"},
                                                                       {"raster", "Spikes"},
                                                                       {"energy", "Energy"},
                                                                       {"blocks", "Blocks"},
                                                                       {"provenance", "Provenance"}};
    std::string html;
    for (const auto& [id, words] : sections)
      if (body_.find(fmt::format("<h2 id=\"{}\">", id)) != std::string::npos) html += fmt::format("<a href=\"#{}\">{}</a>", id, words);
    return html;
  }

  /// A table that is cut where it would be too long, and says so.
  void add_table(const std::string& id, const std::string& caption, const std::vector<std::string>& head,
                 std::vector<std::vector<Cell>> rows, const char* file) {
    const std::size_t all = rows.size();
    if (all > most_rows) rows.resize(most_rows);
    body_ += table_html(id, caption, head, rows, true);
    if (all > most_rows) body_ += fmt::format("<p class=\"dim\">The first {} of {} rows; all are in {}.</p>\n", most_rows, all, file);
  }

  void headline() {
    const Json& totals = member(r_, "totals");
    body_ += "<section aria-label=\"headline\" class=\"tiles\">\n";
    if (member(totals, "cycles").is_number()) body_ += tile_html(number_cell(totals.at("cycles")).text, "cycles");
    if (member(totals, "seconds").is_number()) body_ += tile_html(si(number(totals, "seconds"), "s"), "simulated time");
    if (member(totals, "energy_mj").is_number()) {
      const Json& e = member(r_, "energy");
      body_ += tile_html(si(1e-3 * number(totals, "energy_mj"), "J"),
                         fmt::format("energy ({}, {})", e.value("mode", ""), e.value("preset", "")));
    }
    if (member(totals, "edp_js").is_number())
      body_ += tile_html(fmt::format("{:.4g} Js", number(totals, "edp_js")), "energy-delay product");
    const Json& check = member(r_, "check");
    if (check.value("enabled", false) && number(check, "compared") > 0)
      body_ += tile_html(
          fmt::format("{} of {}", number_cell(static_cast<std::uint64_t>(number(check, "compared") - number(check, "mismatches"))).text,
                      number_cell(check.at("compared")).text),
          "outputs equal the golden model");
    for (const auto& [name, engine] : member(r_, "engines").items())
      if (member(engine, "accuracy").is_number())
        body_ += tile_html(fmt::format("{:.1f} %", 100 * number(engine, "accuracy")), name + ": accuracy");
    body_ += "</section>\n";
  }

  void diagnosis() {
    const Json& list = member(r_, "diagnosis");
    body_ += "<h2 id=\"diagnosis\">What to look at</h2>\n";
    if (list.empty()) {
      body_ += "<p class=\"dim\">Nothing stands out.</p>\n";
      return;
    }
    body_ += "<ul>\n";
    for (const Json& item : list) {
      const std::string severity = item.value("severity", ""), advice = item.value("advice", "");
      body_ += fmt::format("<li><b class=\"{}\">{}</b> {}{}</li>\n",
                           severity == "error"     ? "bad"
                           : severity == "warning" ? "warn"
                                                   : "dim",
                           escaped(item.value("rule", "")), escaped(item.value("text", "")),
                           advice.empty() ? "" : " <span class=\"dim\">" + escaped(advice) + "</span>");
    }
    body_ += "</ul>\n";
  }

  void layers() {
    const Json& list = member(r_, "layers");
    body_ += "<h2 id=\"layers\">Layers</h2>\n";
    if (list.empty()) {
      body_ += "<p class=\"dim\">The workload has no layers.</p>\n";
      return;
    }
    layer_charts(list);
    // Columns in the order first met; empty ones are left out.
    std::vector<std::string> keys;
    std::set<std::string> seen{"name", "kind", "engine", "total_cycles", "contribution_cycles"};
    for (const Json& layer : list)
      for (const auto& [key, value] : layer.items())
        if (!value.is_null() && seen.insert(key).second) keys.push_back(key);
    if (keys.size() > most_columns) keys.resize(most_columns);
    std::vector<std::string> head{"name", "kind", "engine", "bound"};
    head.insert(head.end(), keys.begin(), keys.end());
    std::vector<std::vector<Cell>> rows;
    for (const Json& layer : list) {
      std::vector<Cell> row{text_cell(layer.value("name", "")), text_cell(layer.value("kind", "")), text_cell(layer.value("engine", "")),
                            text_cell(bound_of(layer))};
      for (const std::string& key : keys) row.push_back(number_cell(member(layer, key.c_str())));
      rows.push_back(std::move(row));
    }
    add_table("layer-table", "layers in execution order", head, std::move(rows), "layers.csv");
  }

  /// Stages of packages of dies, which have no layers of their own.
  void stages() {
    std::vector<std::vector<Cell>> rows;
    std::vector<std::string> keys;
    std::set<std::string> seen{"stage"};
    for (const Json& package : member(r_, "packages"))
      for (const Json& stage : member(package, "stages"))
        for (const auto& [key, value] : stage.items())
          if (!value.is_null() && seen.insert(key).second) keys.push_back(key);
    std::vector<std::string> head{"package", "stage", "bound"};
    head.insert(head.end(), keys.begin(), keys.end());
    for (const Json& package : member(r_, "packages"))
      for (const Json& stage : member(package, "stages")) {
        std::vector<Cell> row{text_cell(package.value("block", "")), text_cell(stage.value("stage", "")), text_cell(bound_of(stage))};
        for (const std::string& key : keys) row.push_back(number_cell(member(stage, key.c_str())));
        rows.push_back(std::move(row));
      }
    if (rows.empty()) return;
    body_ += "<h2 id=\"stages\">Stages</h2>\n";
    add_table("stage-table", "stages of packages", head, std::move(rows), "stages.csv");
  }

  void layer_charts(const Json& list) {
    static constexpr std::pair<const char*, const char*> parts[] = {
        {"compute_cycles", "compute"},     {"integ_cycles", "integrate"},
        {"stall_cycles", "memory stalls"}, {"preprocess_stall_cycles", "waits for the detector"},
        {"lif_cycles", "neuron updates"},  {"fill_cycles", "filling the array"},
        {"fixed_cycles", "fixed part"}};
    std::map<std::string, Json> cycles;
    Json labels = Json::array(), rest = Json::array(), energy = Json::array();
    Json roof = Json::object();
    bool has_energy = false;
    std::set<std::string> engines;
    for (const Json& layer : list) engines.insert(layer.value("engine", ""));
    for (const Json& layer : list) {
      const std::string name = (engines.size() > 1 ? layer.value("engine", "") + " " : "") + layer.value("name", "");
      if (labels.size() < most_bars) {
        // Parts may overlap: each takes at most what the ones before it leave.
        double left = number(layer, "cycles");
        for (const auto& [key, words] : parts) {
          const double part = std::min(left, number(layer, key));
          cycles[key].push_back(part);
          left -= part;
        }
        rest.push_back(left);
        labels.push_back(name);
        energy.push_back(number(layer, "energy_mj"));
        has_energy = has_energy || number(layer, "energy_mj") > 0;
      }
      if (const auto r = roofline_of(layer)) {
        const std::string bound = bound_of(layer).empty() ? "layers" : bound_of(layer);
        roof[bound].push_back({{"x", r->ops_per_byte}, {"y", r->ops_per_cycle}, {"t", name}});
      }
    }
    Json stack = Json::array();
    const auto add = [&stack](const char* name, const Json& values) {
      if (std::any_of(values.begin(), values.end(), [](const Json& v) { return v.get<double>() > 0; }))
        stack.push_back({{"name", name}, {"values", values}});
    };
    for (const auto& [key, words] : parts) add(words, cycles[key]);
    add("other", rest);
    body_ += "<div class=\"charts\">\n";
    charts_["cycles"] = {{"type", "bars"}, {"unit", "cycles"}, {"labels", labels}, {"series", stack}};
    body_ += chart_html("cycles", "Cycles of each layer" + std::string(list.size() > most_bars ? ", the first ones" : ""));
    if (has_energy) {
      charts_["layer-energy"] = {
          {"type", "bars"}, {"unit", "mJ"}, {"labels", labels}, {"series", {{{"name", "energy"}, {"values", energy}}}}};
      body_ += chart_html("layer-energy", "Energy of each layer's own engine and DRAM bits");
    }
    if (!roof.empty()) {
      Json series = Json::array();
      for (const auto& [bound, points] : roof.items()) series.push_back({{"name", bound}, {"points", points}});
      charts_["roofline"] = {{"type", "points"},
                             {"log", true},
                             {"x", "dense accumulates per DRAM byte"},
                             {"y", "dense accumulates per cycle"},
                             {"series", series}};
      body_ += chart_html("roofline",
                          "Roofline position: skipped work counts as done, so sparse layers may lie above the array's size. Colour: what "
                          "the layer waits for");
    }
    body_ += "</div>\n";
  }

  /// Energy of each block by event, from energy.csv; empty without it.
  Json energy_stack(const Json& blocks) const {
    Json stack = Json::array();
    if (run_.folder.empty() || !std::filesystem::exists(run_.folder + "/energy.csv")) return stack;
    std::map<std::string, std::map<std::string, double>> by_event;  // event, block
    std::map<std::string, double> totals;
    for (const auto& row : read_csv(run_.folder + "/energy.csv")) {  // block,event,count,unit_energy_pj,energy_j,...
      if (row.size() < 5 || row[0] == "block") continue;
      const double joules = std::strtod(row[4].c_str(), nullptr);
      by_event[row[1]][row[0]] += joules;
      totals[row[1]] += joules;
    }
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [event, joules] : totals) order.emplace_back(-joules, event);
    std::sort(order.begin(), order.end());
    std::map<std::string, double> rest;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& of_block = by_event.at(order[i].second);
      if (i >= most_colours) {
        for (const auto& [block, joules] : of_block) rest[block] += joules;
        continue;
      }
      Json values = Json::array();
      for (const Json& block : blocks) {
        const auto at = of_block.find(block.get<std::string>());
        values.push_back(at == of_block.end() ? 0.0 : at->second);
      }
      stack.push_back({{"name", order[i].second}, {"values", values}});
    }
    if (order.size() <= most_colours) return stack;
    Json values = Json::array();
    for (const Json& block : blocks) values.push_back(rest[block.get<std::string>()]);
    stack.push_back({{"name", "all others"}, {"values", values}});
    return stack;
  }

  void energy() {
    const Json& e = member(r_, "energy");
    body_ += "<h2 id=\"energy\">Energy</h2>\n";
    if (e.is_null()) {
      body_ += "<p class=\"dim\">The run was not priced.</p>\n";
      return;
    }
    Json labels = Json::array(), fixed = Json::array(), dynamic = Json::array(), keys = Json::array(), joules = Json::array();
    for (const auto& [name, block] : member(e, "by_block").items()) {
      labels.push_back(name);
      fixed.push_back(number(block, "static_j"));
      dynamic.push_back(number(block, "dynamic_j"));
    }
    std::vector<std::vector<Cell>> rows;
    const double total = number(e, "total_j");
    std::vector<std::pair<double, std::string>> events;
    for (const auto& [key, value] : member(e, "by_event").items()) {
      events.emplace_back(value.get<double>(), key);
      rows.push_back({text_cell(key), number_cell(value), number_cell(total > 0 ? 100 * value.get<double>() / total : 0.0)});
    }
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    double rest = 0;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i >= most_events) {
        rest += events[i].first;
        continue;
      }
      keys.push_back(events[i].second);
      joules.push_back(events[i].first);
    }
    if (rest > 0) keys.push_back("all others"), joules.push_back(rest);
    Json stack = energy_stack(labels);
    if (stack.empty()) stack = {{{"name", "dynamic"}, {"values", dynamic}}, {{"name", "static"}, {"values", fixed}}};
    charts_["energy-blocks"] = {{"type", "bars"}, {"unit", "J"}, {"labels", labels}, {"series", stack}};
    charts_["energy-events"] = {{"type", "bars"}, {"unit", "J"}, {"labels", keys}, {"series", {{{"name", "energy"}, {"values", joules}}}}};
    body_ += "<div class=\"charts\">\n" + chart_html("energy-blocks", "Energy by block") + chart_html("energy-events", "Energy by event") +
             "</div>\n";
    if (const Json& band = member(e, "uncertainty"); !band.is_null())
      body_ +=
          fmt::format("<p>Total {}; from {} to {} (5 to 95 %) when every constant is drawn from its band, {} draws.</p>\n", si(total, "J"),
                      si(number(band, "p5_j"), "J"), si(number(band, "p95_j"), "J"), number_cell(member(band, "draws")).text);
    for (const Json& note : member(e, "notes")) body_ += "<p class=\"dim\">" + escaped(note.get<std::string>()) + "</p>\n";
    body_ += table_html("event-table", "energy by event", {"event", "energy in J", "% of total"}, rows, false);
    std::vector<std::vector<Cell>> sources;
    for (const Json& s : member(e, "sources"))
      sources.push_back({text_cell(s.value("path", "")), number_cell(member(s, "value")), text_cell(s.value("unit", "")),
                         number_cell(member(s, "lo")), number_cell(member(s, "hi")), number_cell(100 * number(s, "share")),
                         text_cell(s.value("status", "")), long_cell(s.value("source", ""))});
    body_ += "<details><summary>Every constant that was used, with its source</summary>\n" +
             table_html("source-table", "constants", {"constant", "value", "unit", "low", "high", "% of total", "status", "source"},
                        sources, true) +
             "</details>\n";
    if (const Json& left = member(e, "not_counted"); !left.empty()) {
      body_ += "<details><summary>What is not counted</summary><ul>\n";
      for (const Json& item : left)
        body_ += fmt::format("<li><b>{}</b> {}</li>\n", escaped(item.value("block", "")), escaped(item.value("reason", "")));
      body_ += "</ul></details>\n";
    }
  }

  void blocks() {
    std::vector<std::vector<Cell>> rows;
    const Json& definitions = member(r_, "definitions");
    for (const Json& block : member(r_, "blocks"))
      for (const auto& [stat, value] : member(block, "stats").items()) {
        if (value.is_null()) continue;
        const Json& about = member(definitions, (block.value("kind", "") + "." + stat).c_str());
        rows.push_back({text_cell(block.value("name", "")), text_cell(stat), number_cell(value),
                        text_cell(about.is_null() ? "" : about.value("unit", "")),
                        long_cell(about.is_null() ? "" : about.value("description", ""))});
      }
    body_ += "<h2 id=\"blocks\">Blocks</h2>\n";
    add_table("block-table", "statistics of blocks", {"block", "statistic", "value", "unit", "meaning"}, std::move(rows), "stats.csv");
  }

  void provenance() {
    body_ += "<h2 id=\"provenance\">Provenance</h2>\n";
    const Json& scenario = member(r_, "scenario");
    body_ += fmt::format("<p>snnvp {}, scenario <code>{}</code> with hash <code>{}</code>, seed {}.</p>\n",
                         escaped(member(r_, "tool").value("version", "")), escaped(scenario.value("name", "")),
                         escaped(scenario.value("hash", "")), number_cell(member(r_, "seed")).text);
    std::string problem;
    if (!run_.folder.empty())
      if (const auto text = read_file(run_.folder + "/manifest.json", problem)) {
        const Json manifest = Json::parse(*text, nullptr, false);
        if (manifest.is_object() && manifest.contains("command_line")) {
          std::string words;
          for (const Json& word : manifest.at("command_line")) words += (words.empty() ? "" : " ") + word.get<std::string>();
          body_ += "<p>Command: <code>" + escaped(words) + "</code></p>\n";
        }
      }
    std::vector<std::vector<Cell>> rows;
    for (const Json& input : member(r_, "inputs"))
      rows.push_back({text_cell(input.value("path", "")), text_cell(input.value("sha256", ""))});
    body_ += table_html("input-table", "input files", {"input", "SHA-256"}, rows, false);
    std::vector<std::vector<Cell>> notes;
    for (const auto& [kind, list] : member(r_, "sources").items())
      for (const Json& note : list)
        notes.push_back({text_cell(kind), text_cell(note.value("certainty", "")), long_cell(note.value("what", "")),
                         long_cell(note.value("source", ""))});
    body_ += "<details><summary>Where the timing comes from</summary>\n" +
             table_html("timing-table", "sources of models", {"kind", "certainty", "what", "source"}, notes, false) + "</details>\n";
  }

  const RunFolder& run_;
  const Json& r_;
  std::string body_;
  Json charts_ = Json::object();
};

}  // namespace

std::string run_html(const RunFolder& run) { return RunPage(run).html(); }

}  // namespace snnvp::desk
