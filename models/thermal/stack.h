// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

// A stack of dies with its package as plain numbers, SI units throughout (spec/stack3d.md 6.4). No SystemC.
namespace snnvp::thermal {

/// A homogeneous sheet.
struct Layer {
  double thickness = 0;      ///< m
  double conductivity = 0;   ///< W/(m K)
  double heat_capacity = 0;  ///< J/(m3 K)
};

/// A die; its power acts at mid-thickness.
struct Tier {
  std::string name;
  Layer die;
  std::optional<double> lateral_conductivity;  ///< W/(m K); nullopt: that of the die
  /// Toward the sink: BEOL and bond to the next tier. Not used by the nearest tier, which has the TIM.
  std::vector<Layer> interface;
};

/// From the face of the spreader to ambient.
struct Package {
  enum class Form {
    mesh,   ///< spreader and sink are cells too: hot spots spread as they do in copper
    lumped  ///< one isothermal node: exact for uniform power, too cool under hot spots
  };
  Form form = Form::mesh;
  Layer spreader{1e-3, 400, 3.55e6};  ///< thickness 0: the die sits on the sink
  double spreader_side = 30e-3;       ///< m
  Layer sink{6.9e-3, 400, 3.55e6};
  double sink_side = 60e-3;
  double r_convection = 0.1;                      ///< K/W, of the whole sink
  double c_convection = 140.4;                    ///< J/K
  unsigned spreader_rings = 4;                    ///< rings of nodes between the die's edge and the spreader's
  unsigned sink_rings = 3;                        ///< and on to the sink's
  unsigned spreader_layers = 2, sink_layers = 3;  ///< sheets of nodes
  std::optional<double> r_lumped;                 ///< K/W; nullopt: spreading_resistance()
  std::optional<double> c_lumped;                 ///< J/K of the lumped node; nullopt: copper of spreader and sink, and convection
};

/// Tiers from the farthest from the heat sink to the nearest, all of one footprint in the middle of the package.
struct Stack {
  double width = 10e-3, height = 10e-3;  ///< m, of the dies (x, y)
  unsigned columns = 8, rows = 8;        ///< cells of each tier: where powers are given and temperatures told
  unsigned subdivision = 0;              ///< nodes of a cell each way; 0: as many as make 24 nodes along each side of the die
  std::vector<Tier> tiers;
  Layer tim{20e-6, 4, 4e6};
  Package package;
  std::optional<double> r_top;  ///< K/W from the outer face of the far tier to ambient; nullopt: none
  double ambient = 318.15;      ///< K

  std::size_t cells() const { return std::size_t{columns} * rows; }
  double area() const { return width * height; }
  unsigned nodes_per_column() const { return subdivision ? subdivision : (23 + columns) / columns; }  ///< along x
  unsigned nodes_per_row() const { return subdivision ? subdivision : (23 + rows) / rows; }           ///< along y
};

/// What is impossible about a stack (a die larger than its spreader, a sheet without thickness), one sentence each.
std::vector<std::string> problems(const Stack& stack);

/// K/W from the mean of the die's footprint on the sink to ambient: the spreading formula of Lee et al. on equal-area discs,
/// and convection. The spreader is left out, which the source finds to be within 3 % (spec/stack3d.md 6.4).
double spreading_resistance(double die_area, const Package& package);

/// K/W of the lumped package: as stated, else by the formula.
double lumped_resistance(const Stack& stack);

/// Sum of t/k in m2 K/W.
double resistance(const std::vector<Layer>& layers);

}  // namespace snnvp::thermal
