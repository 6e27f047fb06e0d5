// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/html_views.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/svg_map.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t most_points = 400;  ///< of a line
constexpr std::size_t most_lines = 8;
constexpr std::size_t most_bars = 4000;

/// Rows of a file of the run, with at least `columns` fields each; none if it is absent or something else.
Rows rows_of(const RunFolder& run, const std::string& file, std::size_t columns) {
  if (run.folder.empty() || !std::filesystem::exists(run.folder + "/" + file)) return {};
  Rows rows = read_csv(run.folder + "/" + file);
  for (const auto& row : rows)
    if (row.size() < columns) return {};
  return rows;
}

double real(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

/// Lines over time of equal grid; long ones are averaged over neighbours.
class Lines {
public:
  explicit Lines(std::vector<double> seconds)
      : seconds_(std::move(seconds)), stride_((seconds_.size() + most_points - 1) / std::max<std::size_t>(1, most_points)) {
    if (stride_ == 0) stride_ = 1;
  }

  void add(const std::string& name, std::size_t at, double value) {
    auto& line = lines_[name];
    line.resize(seconds_.size());
    if (at < line.size()) line[at] = value;
  }
  bool is_thinned() const { return stride_ > 1; }
  bool is_empty() const { return lines_.empty(); }
  std::size_t left_out() const { return lines_.size() > most_lines ? lines_.size() - most_lines : 0; }

  Json chart(const std::string& unit) const {
    const double end = seconds_.empty() ? 0 : seconds_.back();
    const auto [scale, prefix] = end >= 1      ? std::pair(1.0, "s")
                                 : end >= 1e-3 ? std::pair(1e3, "ms")
                                 : end >= 1e-6 ? std::pair(1e6, "\xC2\xB5s")
                                               : std::pair(1e9, "ns");
    Json labels = Json::array(), series = Json::array();
    for (std::size_t i = 0; i < seconds_.size(); i += stride_) labels.push_back(fmt::format("{:.5g}", seconds_[i] * scale));
    // The largest lines; equal ones by name.
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, values] : lines_) {
      double sum = 0;
      for (const double v : values) sum += std::fabs(v);
      order.emplace_back(-sum, name);
    }
    std::sort(order.begin(), order.end());
    if (order.size() > most_lines) order.resize(most_lines);
    for (const auto& [sum, name] : order) {
      const std::vector<double>& values = lines_.at(name);
      Json thin = Json::array();
      for (std::size_t i = 0; i < values.size(); i += stride_) {
        const std::size_t n = std::min(stride_, values.size() - i);
        double mean = 0;
        for (std::size_t j = 0; j < n; ++j) mean += values[i + j] / static_cast<double>(n);
        thin.push_back(std::stod(fmt::format("{:.5g}", mean)));
      }
      series.push_back({{"name", name}, {"values", thin}});
    }
    return {{"type", "lines"}, {"unit", unit}, {"x", fmt::format("simulated time in {}", prefix)}, {"labels", labels}, {"series", series}};
  }

private:
  std::vector<double> seconds_;
  std::size_t stride_;
  std::map<std::string, std::vector<double>> lines_;
};

std::string chart_of(const std::string& id, const std::string& caption, const std::string& unit, const Lines& lines, Json& charts) {
  if (lines.is_empty()) return "";
  charts[id] = lines.chart(unit);
  std::string note;
  if (lines.left_out()) note += fmt::format("; {} smaller lines are left out", lines.left_out());
  if (lines.is_thinned()) note += fmt::format("; neighbours are averaged to {} points, series.csv has all", most_points);
  return chart_html(id, caption + note);
}

/// Spans of the timeline as they stand in the report.
struct Span {
  std::string lane, what;
  double begin = 0, end = 0;
};

}  // namespace

std::string over_time_html(const RunFolder& run, Json& charts) {
  const Rows series = rows_of(run, "series.csv", 4), epochs = rows_of(run, "thermal_epochs.csv", 8);
  std::string html;
  if (series.size() > 1) {
    std::map<std::size_t, double> begin, length;
    const auto window = [](const std::vector<std::string>& row) {
      return static_cast<std::size_t>(std::strtoull(row[0].c_str(), nullptr, 10));
    };
    for (const auto& row : series)
      if (row[1].empty() && row[2] == "begin_s") begin[window(row)] = real(row[3]);
    for (const auto& row : series)
      if (row[1].empty() && row[2] == "length_s") length[window(row)] = real(row[3]);
    std::vector<double> seconds(begin.empty() ? 0 : begin.rbegin()->first + 1);
    for (const auto& [w, s] : begin) seconds[w] = s;
    Lines use(seconds), traffic(seconds), power(seconds);
    for (std::size_t i = 1; i < series.size(); ++i) {
      const auto& row = series[i];
      const std::string& stat = row[2];
      const double value = real(row[3]);
      const std::size_t w = window(row);
      if (stat == "utilisation" || stat == "link_utilisation_mean" || stat == "utilisation.engine")
        use.add(row[1], w, 100 * value);
      else if (stat.rfind("utilisation.", 0) == 0)
        use.add(row[1] + " " + stat.substr(12), w, 100 * value);
      else if (stat == "power_w" && !row[1].empty())
        power.add(row[1], w, value);
      else if ((stat == "bytes" || stat == "bytes_read" || stat == "bytes_written" || stat == "bus_read_bytes" ||
                stat == "bus_write_bytes") &&
               length[w] > 0)
        traffic.add(row[1] + (stat == "bytes" ? "" : " " + stat), w, value / length[w] * 1e-9);
    }
    html += chart_of("time-use", "Utilisation of units, links and memories; work is booked when it begins", "%", use, charts);
    html += chart_of("time-traffic", "Traffic", "GB/s", traffic, charts);
    html += chart_of("time-power", "Power: the counts of each window at the prices of the run", "W", power, charts);
  }
  if (epochs.size() > 2) {
    std::vector<double> seconds;
    for (std::size_t i = 1; i < epochs.size(); ++i)
      if (epochs[i][2] == epochs[1][2]) seconds.push_back(real(epochs[i][1]));
    Lines heat(seconds);
    for (std::size_t i = 1; i < epochs.size(); ++i)
      heat.add(epochs[i][3], static_cast<std::size_t>(std::strtoull(epochs[i][0].c_str(), nullptr, 10)), real(epochs[i][6]));
    if (seconds.size() > 1)
      html += chart_of("time-heat", "Hottest cell of each tier at the end of each epoch",
                       "\xC2\xB0"
                       "C",
                       heat, charts);
  }
  if (html.empty()) return "";
  return "<h2 id=\"time\">Over time</h2>\n<div class=\"charts\">\n" + html + "</div>\n";
}

std::string heat_maps_html(const RunFolder& run) {
  std::string html;
  const Rows links = rows_of(run, "links.csv", 5);
  if (links.size() > 1) {
    std::vector<LinkLoad> loads;
    for (std::size_t i = 1; i < links.size(); ++i)
      loads.push_back({static_cast<unsigned>(std::strtoul(links[i][0].c_str(), nullptr, 10)),
                       static_cast<unsigned>(std::strtoul(links[i][1].c_str(), nullptr, 10)), links[i][2], real(links[i][4])});
    html += "<figure id=\"map-mesh\">" + mesh_svg(loads) +
            "<figcaption>Flits per cycle: links by their own colour, a router by what it delivers</figcaption></figure>\n";
  }
  struct Tier {
    std::size_t index;
    Grid grid;
  };
  std::vector<Tier> tiers;
  double low = 0, high = 0;
  for (std::size_t t = 0; t < 64; ++t) {
    const Rows rows = rows_of(run, fmt::format("thermal_tier{}.csv", t), 1);
    if (rows.empty()) break;
    Grid grid;
    for (const auto& row : rows) {
      std::vector<double> values;
      for (const std::string& field : row) values.push_back(real(field));
      for (const double v : values) {
        if (tiers.empty() && grid.empty() && &v == &values.front()) low = high = v;
        low = std::min(low, v), high = std::max(high, v);
      }
      if (!grid.empty() && grid.front().size() != values.size()) return html;  // not a map
      grid.push_back(std::move(values));
    }
    tiers.push_back({t, std::move(grid)});
  }
  for (const Tier& tier : tiers)
    html += fmt::format("<figure id=\"map-tier{}\">", tier.index) +
            grid_svg(tier.grid, low, high,
                     "\xC2\xB0"
                     "C") +
            fmt::format("<figcaption>Tier {} in the hottest epoch; 0 is farthest from the heat sink</figcaption></figure>\n", tier.index);
  if (html.empty()) return "";
  return "<h2 id=\"maps\">Maps</h2>\n<div class=\"charts\">\n" + html + "</div>\n";
}

std::string timeline_html(const RunFolder& run) {
  const Json& r = run.report;
  if (!r.contains("firmware") || !r.at("firmware").is_object() || !r.at("firmware").contains("timeline")) return "";
  std::vector<Span> spans;
  std::vector<std::string> lanes;
  double end = 0;
  for (const Json& item : r.at("firmware").at("timeline")) {
    if (!item.is_object() || !item.contains("begin_ps") || !item.contains("end_ps")) continue;
    Span span{item.value("lane", ""), item.value("what", ""), item.at("begin_ps").get<double>(), item.at("end_ps").get<double>()};
    if (std::find(lanes.begin(), lanes.end(), span.lane) == lanes.end()) lanes.push_back(span.lane);
    end = std::max(end, span.end);
    if (spans.size() < most_bars) spans.push_back(std::move(span));
  }
  if (spans.empty() || end <= 0) return "";
  constexpr double left = 120, width = 1000, bar = 22;
  std::string svg = fmt::format("<svg class=\"map\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"timeline of the firmware\">",
                                left + width + 10, bar * static_cast<double>(lanes.size()) + 22);
  for (std::size_t l = 0; l < lanes.size(); ++l)
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text>", left - 6, bar * static_cast<double>(l) + 15,
                       escaped(lanes[l]));
  for (const Span& span : spans) {
    const auto lane = static_cast<double>(std::find(lanes.begin(), lanes.end(), span.lane) - lanes.begin());
    svg += fmt::format(
        "<rect class=\"span\" x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\"><title>{}: {}, {} to {}</title></rect>",
        left + width * span.begin / end, bar * lane + 2, std::max(0.5, width * (span.end - span.begin) / end), bar - 4, escaped(span.lane),
        escaped(span.what), si(span.begin * 1e-12, "s"), si(span.end * 1e-12, "s"));
  }
  svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">0</text><text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text></svg>", left,
                     bar * static_cast<double>(lanes.size()) + 16, left + width, bar * static_cast<double>(lanes.size()) + 16,
                     si(end * 1e-12, "s"));
  return "<h2 id=\"timeline\">Timeline</h2>\n<figure id=\"map-timeline\">" + svg + "<figcaption>What ran when" +
         (spans.size() == most_bars ? fmt::format("; the first {} spans", most_bars) : "") + "</figcaption></figure>\n";
}

}  // namespace snnvp::desk
