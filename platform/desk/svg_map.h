// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp::desk {

/// Rows of cells, the first at the top.
using Grid = std::vector<std::vector<double>>;

/// Cells coloured from `low` to `high`, with a scale; every cell tells its value when pointed at. At most 128 x 128 cells are drawn, the
/// rest is averaged.
std::string grid_svg(const Grid& grid, double low, double high, const std::string& unit);

/// Load of a link that leaves router (x, y): port east, west, north, south, or local for what the router delivers.
struct LinkLoad {
  unsigned x = 0, y = 0;
  std::string port;
  double load = 0;
};
/// A mesh or torus with its links and routers coloured by load, from 0 to the largest.
std::string mesh_svg(const std::vector<LinkLoad>& loads);

/// A dot per event: x is the step, y the row. `rows` x `columns` is the whole plane; `breaks`: columns at which a sample begins.
struct Dot {
  std::size_t column = 0, row = 0;
};
std::string raster_svg(const std::vector<Dot>& dots, std::size_t columns, std::size_t rows, const std::vector<std::size_t>& breaks,
                       const std::string& label);

}  // namespace snnvp::desk
