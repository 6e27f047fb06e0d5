// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/workloads/formats/grid_map.h>

namespace snnvp::thermal {

/// A named rectangle drawn on a heat map.
struct Outline {
  std::string name;
  Rectangle place;  ///< m
};

/// Temperatures of a tier as an SVG picture: cells coloured between `low` and `high` degrees C with a colour bar, outlines of the
/// blocks, the hottest cell marked; y grows upwards as on a die plot. Equal input gives equal bytes.
std::string heat_map_svg(const std::string& title, const GridMap& celsius, double width, double height, double low, double high,
                         const std::vector<Outline>& blocks);

}  // namespace snnvp::thermal
