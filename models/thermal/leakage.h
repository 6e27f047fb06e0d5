// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/thermal/network.h>

namespace snnvp::thermal {

/// Leakage over temperature: L(T) = L(350 K) 2^((T - 350 K) / doubling) (spec/energy.md 4.6).
struct LeakageLaw {
  static constexpr double reference = 350;  ///< K
  double doubling = 18;                     ///< K (12 to 25)

  double factor(double kelvin) const;
};

/// A cell beyond this has run away.
constexpr double runaway_kelvin = 500;

/// Where leakage and temperature agree.
struct FixedPoint {
  enum class Outcome {
    converged,
    runaway,       ///< a cell passed 500 K, or the steps grew three times in a row: the last temperatures stand
    not_converged  ///< 100 rounds were not enough
  };
  Outcome outcome = Outcome::converged;
  unsigned iterations = 0;
  std::vector<double> rises;    ///< K above ambient, of all nodes
  std::vector<double> leakage;  ///< W per cell at these temperatures
};

/// Repeats solve and update until no cell moves by 0.001 K or more and what is left to move, judged by how fast the steps
/// shrink, is below that too (spec/stack3d.md 6.4). `power` without leakage and `leakage_350` at 350 K are W per cell.
FixedPoint solve_with_leakage(const Network& network, const std::vector<double>& power, const std::vector<double>& leakage_350,
                              const LeakageLaw& law);

}  // namespace snnvp::thermal
