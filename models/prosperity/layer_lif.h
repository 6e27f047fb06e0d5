// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/prosperity/tile_timing.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::prosperity {

/// What a layer leaves per time step.
struct LayerShape {
  std::uint64_t T = 1, channels = 1, positions = 1;
  bool channel_major = true;  ///< sums [T][N][pos] (conv), else [T][pos][N]
};

/// The LIF array behind the output buffer: updates finished output tiles on lanes of its own while the next tiles
/// are computed (spec/prosperity.md 5.3, 5.7).
///
/// Spikes leave when the last tile is done: only then the tensor's time-major order is complete.
class LayerLif {
public:
  /// `computes` false: the neuron count does not fit the layer, so updates are only timed and counted (decision 15).
  LayerLif(const Config& config, const engine::NeuronJob& neuron, const LayerShape& shape, bool computes);

  /// All positions whose last time step lies in output tile (m, n); `sums` are the layer's, in memory order.
  void update(const Tiling& tiling, const TileItem& item, const std::int32_t* sums);
  /// One time step of the whole layer, for layers that finish step by step.
  void update_step(std::uint64_t t, const std::int32_t* sums);
  /// Books the lanes for the tile that `update` did, not before `ready`; returns when its spikes are there.
  Cycles timed(Cycles ready, const Tiling& tiling, const TileItem& item);
  Cycles timed_step(Cycles ready);
  /// Appends the finished spikes: timed if they do not fit the buffer (g_act), else untimed.
  void store(const engine::Operand& out, engine::TransferList& list);

  Cycles end() const { return lanes_free_; }
  Bytes stored_bytes() const { return stored_bytes_; }

private:
  struct Positions {
    std::uint64_t first = 0, count = 0;
  };
  Positions finished(const Tiling& tiling, const TileItem& item) const;
  void step(std::uint64_t t, std::uint64_t neuron, std::uint64_t count, const std::int32_t* sums);
  Cycles lane_cycles(std::uint64_t neurons) const;

  Config config_;
  LayerShape shape_;
  std::uint64_t counted_neurons_;
  bool computes_;
  LifState state_;
  SpikeTensor spikes_;
  std::vector<std::uint8_t> scratch_;
  Cycles lanes_free_ = 0;
  Bytes stored_bytes_ = 0;
};

}  // namespace snnvp::prosperity
