// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/models/snap/package_network.h>
#include <snnvp/models/snap/spike_source.h>

namespace snnvp::snap {

/// The closed form of a stage, in cycles of the mesh (spec/chiplet.md 5.6): each resource's load from walking all flows along
/// their routes, the largest of them, and what fills the pipeline.
struct PaperStage {
  std::string name;
  double compute = 0;  ///< of the slowest tile
  double noc = 0;      ///< flits of the busiest link between routers, source or sink
  double d2d = 0;      ///< cycles of the busiest die-to-die direction
  double convert = 0;  ///< cycles of the busiest converter
  double fill = 0;     ///< one unit's way through everything, without its share of the bottleneck
  double d2d_packets = 0, d2d_bits = 0, eow_packets = 0;
  std::string busiest_link;

  double largest() const;
  /// max + (1 - overlap) x (sum - max) + fill
  double cycles(double overlap) const;
};

/// All stages, for all tokens.
std::vector<PaperStage> paper_timing(const Config& config, const LayerTable& table);

/// Energy of ann over that of hnn where the links take the share `d2d_share` of ann's energy and their traffic shrinks by
/// `traffic_gain`: 1 / ((1 - f) + f / r) (spec/chiplet.md 6.3).
double energy_gain(double d2d_share, double traffic_gain);
/// The share that gives a wanted gain; above 1 if none does.
double share_for_energy_gain(double gain, double traffic_gain);

}  // namespace snnvp::snap
