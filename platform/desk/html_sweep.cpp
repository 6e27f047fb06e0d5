// SPDX-License-Identifier: Apache-2.0
// The page of a sweep.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/html_report.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t static_rows = 200;

Json value_of(const std::string& text) {
  if (text.empty()) return nullptr;
  if (const ParsedNumber integer = parse_integer(text); integer && !integer.value.is_negative()) return integer.value.as_u64();
  if (const ParsedNumber real = parse_real(text)) return real.value.as_double();
  return text;
}

}  // namespace

SweepTable read_sweep_table(const std::string& folder) {
  SweepTable table;
  std::string problem;
  const auto plan_text = read_file(folder + "/plan.json", problem);
  if (!plan_text) throw InputError(problem + "\n    a sweep's folder is made by: snnvp sweep FILE --out FOLDER");
  const Json plan = Json::parse(*plan_text, nullptr, false);
  if (!plan.is_object() || !plan.contains("metrics")) throw InputError(folder + "/plan.json is no plan of a sweep");
  table.name = plan.value("name", "sweep");
  const std::set<std::string> metrics = plan.at("metrics").get<std::set<std::string>>();
  auto rows = read_csv(folder + "/sweep.csv");
  if (rows.empty() || rows[0].size() < 5) throw InputError(folder + "/sweep.csv is no table of a sweep");
  table.columns = rows[0];
  constexpr std::size_t first_setting = 5;  // point, replica, seed, status, reason
  for (std::size_t c = first_setting; c < table.columns.size(); ++c)
    (metrics.count(table.columns[c]) ? table.metrics : table.settings).push_back(c);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != table.columns.size())
      throw InputError(
          fmt::format("{}/sweep.csv: line {} has {} fields where the head has {}", folder, i + 1, rows[i].size(), table.columns.size()));
    std::vector<Json> row;
    for (const std::string& field : rows[i]) row.push_back(value_of(field));
    table.rows.push_back(std::move(row));
  }
  for (const Json& goal : plan.at("pareto"))
    for (std::size_t c = first_setting; c < table.columns.size(); ++c)
      if (table.columns[c] == goal.value("metric", "")) table.goals.push_back(c);
  if (!plan.at("pareto").empty()) {
    std::map<std::string, std::size_t> by_point;
    for (std::size_t i = 1; i < rows.size(); ++i) by_point[rows[i][0]] = i - 1;
    const auto front = read_csv(folder + "/pareto.csv");
    for (std::size_t i = 1; i < front.size(); ++i)
      if (const auto it = by_point.find(front[i].at(0)); it != by_point.end()) table.front.push_back(it->second);
  }
  return table;
}

std::string sweep_html(const SweepTable& table) {
  std::map<std::string, std::uint64_t> by_status;
  for (const auto& row : table.rows) ++by_status[row.at(3).is_string() ? row[3].get<std::string>() : ""];
  std::string body = "<section aria-label=\"headline\" class=\"tiles\">\n" + tile_html(fmt::format("{}", table.rows.size()), "points");
  for (const auto& [status, count] : by_status) body += tile_html(fmt::format("{}", count), status);
  for (const std::size_t m : table.metrics) {
    const Json* least = nullptr;
    for (const auto& row : table.rows)
      if (row[3] == "ok" && row[m].is_number() && (!least || row[m].get<double>() < least->get<double>())) least = &row[m];
    if (least) body += tile_html(number_cell(*least).text, "least " + table.columns[m]);
  }
  body += "</section>\n";
  body +=
      "<h2 id=\"chart\">Points</h2>\n<div class=\"tools needs-js\"><label>x <select id=\"axis-x\"></select></label><label>y <select "
      "id=\"axis-y\"></select></label></div>\n";
  body += chart_html("cloud", "One dot per point; those of the Pareto front in the first colour");
  if (!table.front.empty()) {
    body += "<h2 id=\"front\">Pareto front</h2>\n";
    std::vector<std::vector<Cell>> rows;
    std::vector<std::string> head{"point"};
    for (const std::size_t c : table.settings) head.push_back(table.columns[c]);
    for (const std::size_t c : table.metrics) head.push_back(table.columns[c]);
    for (std::size_t i = 0; i < table.front.size() && i < static_rows; ++i) {
      const auto& values = table.rows[table.front[i]];
      std::vector<Cell> row{number_cell(values[0])};
      for (const std::size_t c : table.settings) row.push_back(number_cell(values[c]));
      for (const std::size_t c : table.metrics) row.push_back(number_cell(values[c]));
      rows.push_back(std::move(row));
    }
    body += table_html("front-table", "Pareto front", head, rows, false);
  }
  body += "<h2 id=\"all\">All points</h2>\n";
  std::vector<std::vector<Cell>> rows;
  for (std::size_t i = 0; i < table.rows.size() && i < static_rows; ++i) {
    std::vector<Cell> row;
    for (const Json& value : table.rows[i]) row.push_back(number_cell(value));
    rows.push_back(std::move(row));
  }
  body += table_html("points", "points of the sweep", table.columns, rows, true);
  if (table.rows.size() > static_rows)
    body += fmt::format("<noscript><p>The first {} of {} points; all are in sweep.csv.</p></noscript>\n", static_rows, table.rows.size());
  Json all = Json::array();
  for (const auto& row : table.rows) all.push_back(row);
  const std::vector<std::size_t>& axes = table.goals.size() > 1 ? table.goals : table.metrics;
  const std::size_t x = axes.empty() ? 0 : axes[0], y = axes.size() > 1 ? axes[1] : x;
  const Json data{
      {"sweep", {{"columns", table.columns}, {"settings", table.settings}, {"front", table.front}, {"x", x}, {"y", y}, {"rows", all}}}};
  const bool all_ok = by_status.size() == 1 && by_status.begin()->first == "ok";
  const std::string header = fmt::format("<h1>{}</h1><span class=\"badge {}\">{}</span>", escaped(table.name), all_ok ? "ok" : "warn",
                                         all_ok ? "all ok" : "not all ok");
  return page_html(table.name + " - SNN-VP sweep", header, body, data);
}

}  // namespace snnvp::desk
