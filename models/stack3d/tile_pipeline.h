// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/stack3d/config.h>
#include <snnvp/platform/engine/pipeline.h>

// `tile` timing of the cores (spec/stack3d.md 5.2): one pipeline of five stages with double buffers per core.
namespace snnvp::stack3d {

/// How long a tile takes each stage.
struct TileTimes {
  Cycles in = 0;       ///< weights and spikes, over the bond or wire, from their buffers
  Cycles compute = 0;  ///< in the array
  Cycles up = 0;       ///< sums to the membranes
  Cycles fire = 0;     ///< neuron updates
  Cycles back = 0;     ///< spikes to their buffer

  /// What a tile adds to a long run of equal ones.
  Cycles period() const;
};

/// Times of a tile of a projection or an expert: `features` streamed, sums of `sum_bits`.
TileTimes linear_tile(const Config& c, const Links& links, std::uint64_t features, unsigned sum_bits);
/// Times of a pair of tiles of both modes of attention on heads of `d` features; `is_last`: sums leave, for the last tile of a row.
TileTimes attention_tile(const Config& c, const Links& links, std::uint64_t d, bool is_last);

/// The cores' pipelines in absolute cycles, and the buffers their weights wait in.
class CorePipelines {
public:
  CorePipelines(const Config& c, const Links& links);

  /// Weights of another unit may be asked for.
  Cycles buffer_free(std::uint64_t core) const;
  /// A unit begins: its weights came at `arrived`, its spikes are there at `ready`.
  void begin(std::uint64_t core, Cycles arrived, Cycles ready);
  /// The next tile of the unit; returns when its spikes lie in their buffer.
  Cycles tile(std::uint64_t core, const TileTimes& times);
  /// The unit's last tile is in: its weights are not needed any more. Units with weights only.
  void free_weights(std::uint64_t core, unsigned buffers);

  Cycles end() const;  ///< of everything so far

private:
  struct Core {
    engine::Pipeline pipeline;
    Cycles may_start = 0, last_in = 0;
    std::vector<Cycles> freed;  ///< when the weights of the latest units were not needed any more, the latest last
    unsigned buffers = 2;
  };
  Links links_;
  std::vector<Core> cores_;
};

}  // namespace snnvp::stack3d
