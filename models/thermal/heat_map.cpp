// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/heat_map.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace snnvp::thermal {
namespace {

struct Colour {
  int r, g, b;
};

/// From dark blue over red to light yellow: brighter is hotter, also in grey.
Colour colour_at(double share) {
  static constexpr std::array<Colour, 6> ramp = {
      {{13, 8, 135}, {106, 0, 168}, {177, 42, 144}, {225, 100, 98}, {252, 166, 54}, {240, 249, 33}}};
  const double at = std::clamp(share, 0.0, 1.0) * (ramp.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), ramp.size() - 2);
  const double f = at - static_cast<double>(i);
  const auto mix = [&](int a, int b) { return static_cast<int>(std::lround(a + f * (b - a))); };
  return {mix(ramp[i].r, ramp[i + 1].r), mix(ramp[i].g, ramp[i + 1].g), mix(ramp[i].b, ramp[i + 1].b)};
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

constexpr double plot = 480, margin = 40, bar = 18;  // pixels

}  // namespace

std::string heat_map_svg(const std::string& title, const GridMap& celsius, double width, double height, double low, double high,
                         const std::vector<Outline>& blocks) {
  const double scale = plot / std::max(width, height), w = width * scale, h = height * scale;
  const double span = high - low > 1e-9 ? high - low : 1;
  const double cell_w = w / celsius.columns, cell_h = h / celsius.rows;
  const double total_w = margin + w + 90, total_h = margin + h + 34;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.1f} {1:.1f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2:.1f}\" y=\"22\" font-size=\"14\">{3}</text>\n<g shape-rendering=\"crispEdges\">\n",
      total_w, total_h, margin, escaped(title));
  std::size_t hottest = 0;
  for (std::size_t i = 0; i < celsius.values.size(); ++i)
    if (celsius.values[i] > celsius.values[hottest]) hottest = i;
  const auto left = [&](std::size_t x) { return margin + static_cast<double>(x) * cell_w; };
  const auto top = [&](std::size_t y) { return margin + h - static_cast<double>(y + 1) * cell_h; };
  for (std::size_t y = 0; y < celsius.rows; ++y)
    for (std::size_t x = 0; x < celsius.columns; ++x) {
      const double value = celsius.values[y * celsius.columns + x];
      const Colour c = colour_at((value - low) / span);
      svg += fmt::format(
          "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"#{:02x}{:02x}{:02x}\"><title>cell {},{}: {:.3f} "
          "\xC2\xB0"
          "C</title></rect>\n",
          left(x), top(y), cell_w, cell_h, c.r, c.g, c.b, x, y, value);
    }
  svg += "</g>\n<g fill=\"none\" stroke=\"white\">\n";
  for (const Outline& block : blocks)
    svg += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>\n", margin + block.place.x * scale,
                       margin + h - (block.place.y + block.place.h) * scale, block.place.w * scale, block.place.h * scale);
  svg += fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"5\" stroke=\"black\"/>\n</g>\n<g fill=\"white\">\n",
                     left(hottest % celsius.columns) + cell_w / 2, top(hottest / celsius.columns) + cell_h / 2);
  for (const Outline& block : blocks)
    svg += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\" stroke=\"black\" stroke-width=\"2.5\" paint-order=\"stroke\">{}</text>\n",
                       margin + block.place.x * scale + 4, margin + h - (block.place.y + block.place.h) * scale + 14, escaped(block.name));
  svg += "</g>\n<g shape-rendering=\"crispEdges\">\n";
  constexpr int steps = 48;
  for (int i = 0; i < steps; ++i) {
    const Colour c = colour_at((i + 0.5) / steps);
    svg += fmt::format("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"#{:02x}{:02x}{:02x}\"/>\n",
                       margin + w + 16, margin + h - (i + 1) * h / steps, bar, h / steps, c.r, c.g, c.b);
  }
  svg += "</g>\n";
  for (int i = 0; i <= 4; ++i)
    svg += fmt::format("<text x=\"{:.2f}\" y=\"{:.2f}\">{:.1f}</text>\n", margin + w + 20 + bar, margin + h - i * h / 4 + 4,
                       low + span * i / 4);
  svg += fmt::format(
      "<text x=\"{:.2f}\" y=\"{:.2f}\">{:.3g} x {:.3g} mm, {} x {} cells, \xC2\xB0"
      "C; circle: hottest cell</text>\n</svg>\n",
      margin, margin + h + 22, width * 1e3, height * 1e3, celsius.columns, celsius.rows);
  return svg;
}

}  // namespace snnvp::thermal
