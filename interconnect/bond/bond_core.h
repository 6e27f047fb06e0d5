// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/platform/base/types.h>

// A field of face-to-face bonds between two tiers, and the wire that stands in its place on one die (spec/stack3d.md 3.2 and 5.4).
namespace snnvp::bond {

/// Geometry of a bond field. Lengths in um, areas in mm2.
struct Field {
  double pitch_um = 1.0;
  double overlap_mm2 = 1.5;      ///< area that both tiers share
  double signal_fraction = 0.5;  ///< sites that carry data; the rest is power, ground, clock and redundancy

  /// Sites that fit the overlap at this pitch.
  std::uint64_t sites_available() const;
  /// Sites that `bits` per cycle take, power and redundancy included.
  std::uint64_t sites_needed(std::uint64_t bits) const;
  /// Bits per cycle that the available sites carry.
  std::uint64_t bits_available() const;
  /// Area of so many sites.
  double area_mm2(std::uint64_t sites) const;
};

/// Does a field that is too small shrink its links, or is that only told?
enum class Limit { report, enforce };

/// Width of one of several links that together want `all_bits` per cycle: as configured, or its share of what the field carries;
/// at least 1.
std::uint64_t granted_width(const Field& field, Limit limit, std::uint64_t width, std::uint64_t all_bits);

/// Energy of a bit at a pitch, pJ: 0.01 at 1 um, 0.05 at 9 um, a power law through both (spec/energy.md 6.7). For tables; a run's
/// energy comes from the price of `bond_bit`.
double energy_pj_per_bit(double pitch_um);

/// A planar wire: repeated, on one die.
struct Wire {
  double length_mm = 0;
  double delay_ps_per_mm = 100;

  double delay_ps() const { return length_mm * delay_ps_per_mm; }
  /// Whole cycles at `hz`, at least 1.
  Cycles latency_cycles(std::uint64_t hz) const;
  /// bits times the length in um: the count of `link_bit_um`, rounded to the nearest.
  std::uint64_t bit_um(std::uint64_t bits) const;
};

/// Half the side of a square die: what a wire to a memory in its middle takes.
double mean_wire_mm(double area_mm2);

}  // namespace snnvp::bond
