// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// A bond field at another pitch, everything else equal.
struct PitchFigures {
  double pitch_um = 0;
  std::uint64_t sites_available = 0;
  std::uint64_t sites_required = 0;
  double area_mm2 = 0;             ///< of the required sites
  double share = 0;                ///< of the overlap
  std::uint64_t bits_granted = 0;  ///< per cycle that the field carries, at most those wanted
  double pj_per_bit = 0;
};

/// What a design of two tiers, or its counterpart on one die, looks like from outside.
struct StackFigures {
  std::string variant;                ///< 2d or 3d
  std::string preset, preset_source;  ///< place and route as an input; "none"
  std::uint64_t hz = 0;
  std::uint64_t bits_per_cycle = 0, sites_required = 0, sites_available = 0;
  double pitch_um = 0, bond_area_mm2 = 0, footprint_mm2 = 0;
  double access_ns = 0;               ///< from the weight buffer to an array
  double access_2d_ns = 0;            ///< the same on one die
  std::vector<PitchFigures> pitches;  ///< empty on one die
};

/// A block with tiers inside.
class StackedBlock {
public:
  virtual ~StackedBlock() = default;
  virtual StackFigures stack_figures() const = 0;
};

}  // namespace snnvp
