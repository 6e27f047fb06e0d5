// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace snnvp {

/// Values on a grid over a die: row 0 at the smallest y, x inside a row.
struct GridMap {
  unsigned columns = 0, rows = 0;
  std::vector<double> values;

  double at(unsigned x, unsigned y) const { return values[std::size_t{y} * columns + x]; }
  double sum() const;
};

/// A rectangle on a die, m.
struct Rectangle {
  double x = 0, y = 0, w = 0, h = 0;
};

/// Reads rows of comma-separated numbers; `#` begins a comment, empty lines are skipped. `what` names the file. Throws InputError
/// with line and column: text that is no finite number of at least 0, rows of unequal length, more than 1024 x 1024.
GridMap read_grid_csv(const std::string& text, const std::string& what);

/// The same total on another grid over the same die: each value is uniform inside its cell.
GridMap resample(const GridMap& map, unsigned columns, unsigned rows);

/// Share of a rectangle in each cell of a grid over a die of width x height, row by row; the shares of a rectangle inside the die
/// add up to 1.
std::vector<double> cell_shares(const Rectangle& rectangle, double width, double height, unsigned columns, unsigned rows);

/// The grid as CSV text, numbers with `digits` decimals.
std::string to_csv(const GridMap& map, int digits);

}  // namespace snnvp
