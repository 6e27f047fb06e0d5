// SPDX-License-Identifier: Apache-2.0
// The page of one run.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/html_report.h>
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
    energy();
    blocks();
    provenance();
    const std::string name = member(r_, "scenario").value("name", "run"), status = r_.value("status", "");
    const std::string header = fmt::format(
        "<h1>{}</h1><span class=\"badge {}\">{}</span><nav><a href=\"#layers\">Layers</a><a href=\"#energy\">Energy</a><a "
        "href=\"#blocks\">Blocks</a>"
        "<a href=\"#provenance\">Provenance</a></nav>",
        escaped(name), status == "ok" ? "ok" : "bad", escaped(status));
    return page_html(name + " - SNN-VP", header, body_, {{"charts", charts_}});
  }

private:
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
    body_ += table_html("layer-table", "layers in execution order", head, rows, true);
  }

  void layer_charts(const Json& list) {
    Json labels = Json::array(), compute = Json::array(), stall = Json::array(), rest = Json::array(), energy = Json::array();
    Json roof = Json::object();
    bool has_energy = false;
    std::set<std::string> engines;
    for (const Json& layer : list) engines.insert(layer.value("engine", ""));
    for (const Json& layer : list) {
      const std::string name = (engines.size() > 1 ? layer.value("engine", "") + " " : "") + layer.value("name", "");
      if (labels.size() < most_bars) {
        const double total = number(layer, "cycles"), s = std::min(total, number(layer, "stall_cycles")),
                     c = std::min(total - s, number(layer, "compute_cycles"));
        labels.push_back(name);
        compute.push_back(c);
        stall.push_back(s);
        rest.push_back(total - s - c);
        energy.push_back(number(layer, "energy_mj"));
        has_energy = has_energy || number(layer, "energy_mj") > 0;
      }
      if (const auto r = roofline_of(layer)) {
        const std::string bound = bound_of(layer).empty() ? "layers" : bound_of(layer);
        roof[bound].push_back({{"x", r->ops_per_byte}, {"y", r->ops_per_cycle}, {"t", name}});
      }
    }
    body_ += "<div class=\"charts\">\n";
    charts_["cycles"] = {{"type", "bars"},
                         {"unit", "cycles"},
                         {"labels", labels},
                         {"series",
                          {{{"name", "compute"}, {"values", compute}},
                           {{"name", "memory stalls"}, {"values", stall}},
                           {{"name", "other"}, {"values", rest}}}}};
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
    charts_["energy-blocks"] = {{"type", "bars"},
                                {"unit", "J"},
                                {"labels", labels},
                                {"series", {{{"name", "dynamic"}, {"values", dynamic}}, {{"name", "static"}, {"values", fixed}}}}};
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
    body_ += "<h2 id=\"blocks\">Blocks</h2>\n" +
             table_html("block-table", "statistics of blocks", {"block", "statistic", "value", "unit", "meaning"}, rows, true);
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
