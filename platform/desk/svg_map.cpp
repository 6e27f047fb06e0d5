// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/svg_map.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <snnvp/platform/desk/html_page.h>

namespace snnvp::desk {

namespace {

constexpr std::size_t most_cells = 128;  ///< along a side

/// From dark blue over green to yellow; even steps look even, also in grey and to the colour-blind.
std::string colour(double share) {
  static constexpr std::array<std::array<double, 3>, 5> stops{{{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}};
  const double at = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0) * (stops.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), stops.size() - 2);
  const double rest = at - static_cast<double>(i);
  const auto mix = [&](std::size_t c) { return static_cast<int>(std::lround(stops[i][c] + rest * (stops[i + 1][c] - stops[i][c]))); };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2));
}

double share_of(double value, double low, double high) { return high > low ? (value - low) / (high - low) : 0; }

/// A scale with its ends, right of a map of this size.
std::string scale_svg(double x, double height, double low, double high, const std::string& unit) {
  std::string svg;
  constexpr int steps = 24;
  for (int i = 0; i < steps; ++i)
    svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"12\" height=\"{:.2f}\" fill=\"{}\"/>", x, height * (1 - (i + 1.0) / steps),
                       height / steps + 0.2, colour((i + 0.5) / steps));
  return svg + fmt::format("<text x=\"{:.1f}\" y=\"12\">{:.4g} {}</text><text x=\"{:.1f}\" y=\"{:.1f}\">{:.4g} {}</text>", x + 16, high,
                           escaped(unit), x + 16, height, low, escaped(unit));
}

/// Averages over squares until both sides are short enough.
Grid thinned(const Grid& grid) {
  const std::size_t rows = grid.size(), columns = grid.empty() ? 0 : grid.front().size();
  const std::size_t by = (std::max(rows, columns) + most_cells - 1) / most_cells;
  if (by <= 1) return grid;
  Grid out;
  for (std::size_t r = 0; r < rows; r += by) {
    out.emplace_back();
    for (std::size_t c = 0; c < columns; c += by) {
      double sum = 0, n = 0;
      for (std::size_t i = r; i < std::min(rows, r + by); ++i)
        for (std::size_t j = c; j < std::min(columns, c + by); ++j) sum += grid[i][j], ++n;
      out.back().push_back(sum / n);
    }
  }
  return out;
}

}  // namespace

std::string grid_svg(const Grid& whole, double low, double high, const std::string& unit) {
  const Grid grid = thinned(whole);
  const std::size_t columns = grid.empty() ? 0 : grid.front().size();
  if (columns == 0) return "";
  const double cell = 300.0 / static_cast<double>(std::max(grid.size(), columns));
  const double width = cell * static_cast<double>(columns), height = cell * static_cast<double>(grid.size());
  std::string svg =
      fmt::format("<svg class=\"map\" viewBox=\"0 0 {:.1f} {:.1f}\" role=\"img\" aria-label=\"map from {:.4g} to {:.4g} {}\">", width + 110,
                  std::max(height, 40.0) + 2, low, high, escaped(unit));
  for (std::size_t r = 0; r < grid.size(); ++r)
    for (std::size_t c = 0; c < columns; ++c)
      svg +=
          fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"><title>{}, {}: {:.5g}</title></rect>",
                      cell * static_cast<double>(c), cell * static_cast<double>(r), cell + 0.05, cell + 0.05,
                      colour(share_of(grid[r][c], low, high)), c, r, grid[r][c]);
  return svg + scale_svg(width + 8, std::max(height, 40.0), low, high, unit) + "</svg>";
}

std::string mesh_svg(const std::vector<LinkLoad>& loads) {
  unsigned columns = 0, rows = 0;
  double most = 0;
  for (const LinkLoad& link : loads)
    columns = std::max(columns, link.x + 1), rows = std::max(rows, link.y + 1), most = std::max(most, link.load);
  if (columns > 64 || rows > 64) {  // single links could not be told apart: what each router sends, over all its ports
    Grid grid(rows, std::vector<double>(columns));
    double highest = 0;
    for (const LinkLoad& link : loads) highest = std::max(highest, grid[link.y][link.x] += link.load);
    return grid_svg(grid, 0, highest, "flits/cycle");
  }
  constexpr double pitch = 30, box = 14;
  const double width = pitch * columns, height = pitch * rows;
  const auto centre = [](unsigned i) { return pitch * (i + 0.5); };
  std::string links, routers;
  for (const LinkLoad& link : loads) {
    const std::string fill = colour(share_of(link.load, 0, most));
    const std::string title =
        fmt::format("<title>router ({}, {}) {}: {:.4f} flits per cycle</title>", link.x, link.y, escaped(link.port), link.load);
    double x = centre(link.x), y = centre(link.y);
    if (link.port == "local") {
      routers += fmt::format("<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" fill=\"{}\">{}</rect>", x - box / 2,
                             y - box / 2, box, box, fill, title);
      continue;
    }
    // The two directions between neighbours lie side by side; a ring's closing link is a stub.
    double dx = 0, dy = 0;
    if (link.port == "east") dx = 1, y -= 3;
    if (link.port == "west") dx = -1, y += 3;
    if (link.port == "north") dy = -1, x -= 3;
    if (link.port == "south") dy = 1, x += 3;
    const double reach =
        (pitch - box) *
        ((dx > 0 && link.x + 1 == columns) || (dx < 0 && link.x == 0) || (dy > 0 && link.y + 1 == rows) || (dy < 0 && link.y == 0) ? 0.45
                                                                                                                                   : 1.0);
    const double x0 = x + dx * box / 2, y0 = y + dy * box / 2;
    links += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"4\">{}</line>", x0, y0,
                         x0 + dx * reach, y0 + dy * reach, fill, title);
  }
  return fmt::format(
             "<svg class=\"map\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"load of links and routers, at most {:.4g} flits "
             "per cycle\">",
             width + 150, std::max(height, 40.0), most) +
         links + routers + scale_svg(width + 8, std::max(height, 40.0), 0, most, "flits/cycle") + "</svg>";
}

std::string raster_svg(const std::vector<Dot>& dots, std::size_t columns, std::size_t rows, const std::vector<std::size_t>& breaks,
                       const std::string& label) {
  constexpr double width = 1000, height = 240;
  const double sx = width / static_cast<double>(std::max<std::size_t>(1, columns)),
               sy = height / static_cast<double>(std::max<std::size_t>(1, rows));
  std::string svg =
      fmt::format("<svg class=\"map raster\" viewBox=\"0 0 {:.0f} {:.0f}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
                  width, height, escaped(label));
  for (const std::size_t column : breaks)
    svg += fmt::format("<line class=\"break\" x1=\"{0:.2f}\" x2=\"{0:.2f}\" y1=\"0\" y2=\"{1:.0f}\"/>", sx * static_cast<double>(column),
                       height);
  const double size = std::clamp(sy, 0.8, 4.0), dash = std::clamp(sx * 0.9, 0.8, 6.0);
  svg += fmt::format("<path class=\"spikes\" stroke-width=\"{:.2f}\" d=\"", size);
  for (const Dot& dot : dots)
    svg += fmt::format("M{:.1f} {:.1f}h{:.1f}", sx * static_cast<double>(dot.column), sy * (static_cast<double>(dot.row) + 0.5), dash);
  return svg + "\"/></svg>";
}

}  // namespace snnvp::desk
