// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <snnvp/models/thermal/stack.h>

namespace snnvp::thermal {

/// The grid of thermal resistances and capacities of a stack (spec/stack3d.md 6.4).
///
/// Each cell of a tier is one or more nodes (Stack::subdivision): a hot spot of a few cells loses its heat through edges that
/// one node per cell sees much too coarsely. Nodes: far tier first, row by row from the smallest y, x inside; then the package.
/// Temperatures are rises above ambient in K, powers in W. The sparse matrix and its Cholesky factor are Eigen's; the factor is
/// made once per network, and once per step length.
class Network {
public:
  /// A conductance between two nodes, or from a node to ambient.
  struct Branch {
    static constexpr std::uint32_t ambient = 0xFFFFFFFF;
    std::uint32_t a = 0, b = ambient;
    double conductance = 0;  ///< W/K
  };

  /// Throws InputError with all problems() of the stack.
  explicit Network(const Stack& stack);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  const Stack& stack() const { return stack_; }
  /// Tiers x cells: as many powers are given.
  std::size_t cells() const { return stack_.tiers.size() * stack_.cells(); }
  std::size_t nodes() const { return capacity_.size(); }
  const std::vector<Branch>& branches() const { return branches_; }
  /// J/K of each node; a lumped spreader may have none.
  const std::vector<double>& capacity() const { return capacity_; }

  /// Rises of all nodes once nothing changes any more; `power` has cells() entries.
  std::vector<double> steady(const std::vector<double>& power) const;
  /// One step of backward Euler: the rises `dt` seconds after `rises`, under constant power.
  std::vector<double> step(const std::vector<double>& rises, const std::vector<double>& power, double dt) const;

  /// Mean rise of each cell: tiers x cells of the rises of all nodes.
  std::vector<double> cell_rises(const std::vector<double>& rises) const;
  /// Power of each tier node for powers of cells.
  std::vector<double> node_power(const std::vector<double>& power) const;

  /// W that leave to ambient at these rises.
  double heat_to_ambient(const std::vector<double>& rises) const;
  /// Mean rise of the face of the package that the nearest tier sits on, over the die's footprint: half a package cell above its
  /// nodes at the heat that flows into each. For a lumped package its one node.
  double package_face(const std::vector<double>& rises) const;

private:
  struct Solver;
  struct Builder;

  Stack stack_;
  std::size_t columns_ = 0, rows_ = 0;  ///< nodes of a tier along x and y
  std::vector<Branch> branches_;
  std::vector<double> capacity_;
  std::vector<std::uint32_t> below_nearest_;  ///< package node below each node of the nearest tier
  double face_resistance_ = 0;                ///< m2 K/W between that node and the face above it
  double nearest_resistance_ = 0;             ///< m2 K/W from the nearest tier's node to the package's
  std::unique_ptr<Solver> solver_;
};

}  // namespace snnvp::thermal
