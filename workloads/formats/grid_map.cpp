// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/grid_map.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {
namespace {

constexpr unsigned most_cells = 1024;  // each way

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

double number(std::string_view field, const std::string& what, std::size_t line, std::size_t column) {
  const std::string_view text = trimmed(field);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    throw InputError(fmt::format("{}:{}: value {} is {}; a number of at least 0 is expected", what, line, column + 1,
                                 text.empty() ? "missing" : quote(text)));
  return value;
}

/// Overlap of [a0, a1] and [b0, b1].
double overlap(double a0, double a1, double b0, double b1) { return std::max(0.0, std::min(a1, b1) - std::max(a0, b0)); }

}  // namespace

double GridMap::sum() const {
  double total = 0;
  for (const double v : values) total += v;
  return total;
}

GridMap read_grid_csv(const std::string& text, const std::string& what) {
  GridMap map;
  std::string_view rest = text;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    std::string_view row = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    row = trimmed(row.substr(0, row.find('#')));
    if (row.empty()) continue;
    unsigned columns = 0;
    for (;;) {
      if (columns == most_cells) throw InputError(fmt::format("{}:{}: more than {} values in a row", what, line, most_cells));
      const auto comma = row.find(',');
      map.values.push_back(number(row.substr(0, comma), what, line, columns++));
      if (comma == row.npos) break;
      row = row.substr(comma + 1);
    }
    if (map.rows == 0) map.columns = columns;
    if (columns != map.columns)
      throw InputError(fmt::format("{}:{}: {} values, the rows before have {}", what, line, columns, map.columns));
    if (++map.rows > most_cells) throw InputError(fmt::format("{}:{}: more than {} rows", what, line, most_cells));
  }
  if (map.rows == 0) throw InputError(what + ": there is no value in it");
  return map;
}

GridMap resample(const GridMap& map, unsigned columns, unsigned rows) {
  if (map.columns == columns && map.rows == rows) return map;
  GridMap out{columns, rows, std::vector<double>(std::size_t{columns} * rows, 0)};
  // In units of 1 / (rows of both), so that edges that coincide do so exactly.
  const auto shared = [](unsigned i, unsigned from, unsigned to, unsigned j) {
    return overlap(static_cast<double>(i) * to, static_cast<double>(i + 1) * to, static_cast<double>(j) * from,
                   static_cast<double>(j + 1) * from) /
           to;
  };
  for (unsigned y = 0; y < map.rows; ++y)
    for (unsigned j = static_cast<unsigned>(std::uint64_t{y} * rows / map.rows);
         j < rows && std::uint64_t{j} * map.rows < std::uint64_t{y + 1} * rows; ++j) {
      const double oy = shared(y, map.rows, rows, j);
      for (unsigned x = 0; x < map.columns; ++x)
        for (unsigned i = static_cast<unsigned>(std::uint64_t{x} * columns / map.columns);
             i < columns && std::uint64_t{i} * map.columns < std::uint64_t{x + 1} * columns; ++i)
          out.values[std::size_t{j} * columns + i] += map.at(x, y) * oy * shared(x, map.columns, columns, i);
    }
  return out;
}

std::vector<double> cell_shares(const Rectangle& r, double width, double height, unsigned columns, unsigned rows) {
  const double dx = width / columns, dy = height / rows, area = r.w * r.h;
  std::vector<double> shares(std::size_t{columns} * rows, 0);
  for (unsigned y = 0; y < rows; ++y) {
    const double oy = overlap(r.y, r.y + r.h, y * dy, (y + 1) * dy);
    if (oy <= 0) continue;
    for (unsigned x = 0; x < columns; ++x) shares[std::size_t{y} * columns + x] = oy * overlap(r.x, r.x + r.w, x * dx, (x + 1) * dx) / area;
  }
  return shares;
}

std::string to_csv(const GridMap& map, int digits) {
  std::string out;
  for (unsigned y = 0; y < map.rows; ++y)
    for (unsigned x = 0; x < map.columns; ++x) out += fmt::format("{:.{}f}{}", map.at(x, y), digits, x + 1 < map.columns ? "," : "\n");
  return out;
}

}  // namespace snnvp
