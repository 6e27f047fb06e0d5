// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// Membranes of a layer of integer LIF neurons; the golden model and all engines share this update (decision 9).
///
/// One step of a neuron with membrane v and input x, exactly:
///   1. leak      multiply: v = v * factor / 65536, rounded to zero;  subtract: v = v - amount (may go below zero)
///   2. integrate v = v + x, saturated to [-2^(width_bits-1), 2^(width_bits-1) - 1]
///   3. compare   spike if v > threshold (strict)
///   4. reset     of a neuron that spiked; zero: v = 0;  subtract: v = v - threshold, saturated likewise
/// Steps 1 and 2 are computed without loss; only the results of steps 2 and 4 saturate. Membranes start at 0.
class LifState {
public:
  enum class Order {
    channel_major,  ///< neuron = channel * positions + position: sums [N][y][x]
    position_major  ///< neuron = position * channels + channel: sums [L][N]
  };

  /// InternalError if neuron_problem() finds something.
  LifState(const NeuronRecord& neuron, std::uint64_t channels, std::uint64_t positions, Order order = Order::channel_major);

  std::uint64_t neurons() const { return membrane_.size(); }
  const std::vector<std::int32_t>& membranes() const { return membrane_; }

  /// All membranes to 0, for the next sample.
  void reset();
  /// One time step of neurons [first, first + count): `sums` and `spikes` (bytes 0 or 1) have `count` items.
  void step(std::uint64_t first, std::uint64_t count, const std::int32_t* sums, std::uint8_t* spikes);

private:
  NeuronRecord neuron_;
  std::vector<std::int32_t> membrane_;
  std::vector<std::int32_t> threshold_;  // one per neuron, only with per-channel thresholds
};

/// Runs T steps from rest over sums [T][neurons]; bit t * neurons + i of `out` is neuron i at step t.
/// `out` must have T * channels * positions bits.
void lif_run(const NeuronRecord& neuron, std::uint64_t T, std::uint64_t channels, std::uint64_t positions, const std::int32_t* sums,
             SpikeTensor& out, LifState::Order order = LifState::Order::channel_major);

}  // namespace snnvp
