// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

/// Membranes of a layer of integer neurons; the golden model and all engines share this update (decisions 9 and 54).
///
/// One step of a neuron with membrane v, current i (cuba) and input x, exactly:
///   1. leak      multiply: v = v * factor / 65536, rounded to zero;  subtract: v = v - amount (may go below zero)
///   2. integrate v = v + drive + bias, saturated to [-2^(width_bits-1), 2^(width_bits-1) - 1]
///                drive = x * 2^input_shift; cuba: i = i * synapse_leak / 65536 (to zero) + x * 2^input_shift + synapse_bias, saturated
///                likewise, and drive = i / 2^synapse_shift, halves away from zero
///   3. compare   spike if v > threshold (strict); li, i and cuba_li never spike
///   4. reset     of a neuron that spiked; zero: v = reset_value;  subtract: v = v - (threshold - reset_value), saturated likewise
/// Steps are computed without loss in 64 bits; only the results named saturate. All state starts at 0.
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
  /// Empty unless the model is cuba or cuba_li.
  const std::vector<std::int32_t>& currents() const { return current_; }
  /// State of an earlier run, saturated to the width; InternalError if the sizes differ. `currents` only for cuba.
  void restore(const std::vector<std::int32_t>& membranes, const std::vector<std::int32_t>& currents = {});

  /// All state to 0, for the next sample.
  void reset();
  /// One time step of neurons [first, first + count): `sums` and `spikes` (bytes 0 or 1) have `count` items. Models that do not
  /// spike write zeros; their output is membranes().
  void step(std::uint64_t first, std::uint64_t count, const std::int32_t* sums, std::uint8_t* spikes);

private:
  void step_any(std::uint64_t first, std::uint64_t count, const std::int32_t* sums, std::uint8_t* spikes);

  NeuronRecord neuron_;
  bool plain_;  // the loops of decision 9 suffice
  std::vector<std::int32_t> membrane_;
  std::vector<std::int32_t> current_;
  std::vector<std::int32_t> threshold_;  // this and the next: one per neuron, only where there are per-channel values
  std::vector<std::int32_t> leak_, reset_, bias_, synapse_leak_, synapse_bias_;
};

/// value / 2^shift, halves away from zero; exact for any shift below 63.
inline std::int64_t shifted_right(std::int64_t value, unsigned shift) {
  if (shift == 0) return value;
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  return value < 0 ? -((-value + half) >> shift) : (value + half) >> shift;
}

/// Runs T steps from rest over sums [T][neurons]; bit t * neurons + i of `out` is neuron i at step t.
/// `out` must have T * channels * positions bits.
void lif_run(const NeuronRecord& neuron, std::uint64_t T, std::uint64_t channels, std::uint64_t positions, const std::int32_t* sums,
             SpikeTensor& out, LifState::Order order = LifState::Order::channel_major);

}  // namespace snnvp
