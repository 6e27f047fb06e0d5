// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/stack3d/config.h>
#include <snnvp/workloads/network/layers.h>

// The closed forms of spec/stack3d.md 5.1: `paper` timing. Full arrays, no memory but the excess of the weights' DRAM time.
namespace snnvp::stack3d {

/// Positions x Din times Din x Dout on one core: output tiles outside, position tiles inside.
Cycles linear_cycles(const Config& c, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out);
/// The same with the output features split over the cores.
Cycles split_linear_cycles(const Config& c, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out);
/// What the DRAM time of the weights exceeds the computing time by, when `active` cores load the next output tile while one computes.
Cycles weight_excess(const Config& c, std::uint64_t active, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out);

/// Mode 1 (Q AND K) or mode 2 (A selected by V) of one head of `d` features.
Cycles mode_cycles(const Config& c, std::uint64_t T, std::uint64_t tokens, std::uint64_t d);

/// Multi-head attention by parts.
struct MhaCycles {
  Cycles projection = 0;  ///< of one head: Q, K or V
  Cycles mode = 0;        ///< of one head, either mode
  Cycles score = 0, score_exposed = 0, merge = 0;
  std::uint64_t projection_rounds = 0, rounds = 0;
  Cycles excess = 0;  ///< weights that arrive late, summed over the projections

  /// Scores and both modes of the kept heads.
  Cycles attention() const { return score_exposed + rounds * 2 * mode; }
  /// From the input to the concatenated spikes.
  Cycles total() const { return projection_rounds * projection + rounds * 2 * projection + attention() + merge + excess; }
};
MhaCycles mha_cycles(const Config& c, const TransformerGeometry& g);

/// Mixture of experts by parts, for so many tokens at each expert.
struct MoeCycles {
  Cycles route = 0, merge = 0, experts = 0;  ///< experts: of the core that takes longest
  Cycles total() const { return route + experts + merge; }
};
MoeCycles moe_cycles(const Config& c, const TransformerGeometry& g, const std::vector<std::uint64_t>& loads);

}  // namespace snnvp::stack3d
