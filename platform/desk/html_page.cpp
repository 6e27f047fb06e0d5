// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/html_page.h>

#include <fmt/format.h>

#include <cmath>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::text {
extern const char* const desk_chart_js;
extern const char* const desk_report_css;
extern const char* const desk_report_js;
}  // namespace snnvp::text

namespace snnvp::desk {

namespace {

std::string number_text(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15)
    return (value < 0 ? "-" : "") + grouped(static_cast<std::uint64_t>(std::fabs(value)));
  return fmt::format("{:.5g}", value);
}

/// JSON in which no `<` can end or begin anything.
std::string island(const nlohmann::ordered_json& data) {
  std::string out;
  for (const char c : to_json_line(data)) c == '<' ? out += "\\u003c" : out += c;
  return out;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

Cell number_cell(const nlohmann::ordered_json& value) {
  if (value.is_number())
    return {number_text(value.get<double>()), value.is_number_float() ? shortest_double(value.get<double>()) : value.dump(), ""};
  if (value.is_null()) return {"", "", ""};
  return {value.is_string() ? value.get<std::string>() : value.dump(), "", "text"};
}

Cell text_cell(const std::string& text) { return {text, "", "text"}; }
Cell long_cell(const std::string& text) { return {text, "", "long"}; }

std::string table_html(const std::string& id, const std::string& caption, const std::vector<std::string>& head,
                       const std::vector<std::vector<Cell>>& rows, bool filter) {
  std::string out;
  if (filter)
    out += fmt::format(
        "<div class=\"tools needs-js\"><label>Filter <input type=\"search\" data-filters=\"{0}\"></label><span id=\"{0}-shown\" "
        "class=\"dim\" aria-live=\"polite\">{1} shown</span></div>\n",
        id, rows.size());
  out += fmt::format("<div class=\"wide\"><table id=\"{}\" class=\"sortable\" aria-label=\"{}\"><thead><tr>", id, escaped(caption));
  for (std::size_t i = 0; i < head.size(); ++i)
    out += fmt::format("<th scope=\"col\"{}><button type=\"button\">{}</button></th>",
                       !rows.empty() && rows[0][i].style[0] ? " class=\"text\"" : "", escaped(head[i]));
  out += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (const Cell& cell : row) {
      out += "<td";
      if (cell.style[0]) out += fmt::format(" class=\"{}\"", cell.style);
      if (!cell.sort.empty()) out += fmt::format(" data-v=\"{}\"", cell.sort);
      out += ">" + escaped(cell.text) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string chart_html(const std::string& id, const std::string& caption) {
  return fmt::format(
      "<figure class=\"needs-js\"><div class=\"canvas\"><canvas id=\"{}\" role=\"img\" "
      "aria-label=\"{}\"></canvas></div><figcaption>{}</figcaption></figure>\n",
      id, escaped(caption), escaped(caption));
}

std::string tile_html(const std::string& value, const std::string& about) {
  return fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", escaped(value), escaped(about));
}

std::string page_html(const std::string& title, const std::string& header, const std::string& body, const nlohmann::ordered_json& data) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
      "img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n";
  out += "<title>" + escaped(title) + "</title>\n<style>\n" + text::desk_report_css + "</style>\n</head>\n<body>\n";
  out +=
      "<header>" + header + "<button type=\"button\" id=\"theme\" class=\"push needs-js\" aria-pressed=\"false\">Dark</button></header>\n";
  out += "<main>\n" + body + "</main>\n";
  out += "<script type=\"application/json\" id=\"data\">" + island(data) + "</script>\n";
  out += std::string("<script>") + text::desk_chart_js + "</script>\n<script>\n" + text::desk_report_js + "</script>\n</body>\n</html>\n";
  return out;
}

}  // namespace snnvp::desk
