// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <snnvp/models/pe_array/activity.h>
#include <snnvp/models/pe_array/dispatch.h>
#include <snnvp/models/pe_array/layer_analysis.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp::pe_array {

/// Computes a layer the way the array does: slice by slice in the order of dispatch, one partial sum per time point, then the
/// LIF steps of each neuron in time. Equal to the golden model to the bit under every policy (spec/spikex.md 4.1, 5.4).
class LayerExecution {
public:
  /// `config` must not be dense with a null analysis: a dense array is executed over the slices that hold spikes, because
  /// zeros add nothing. All arguments must outlive this object; `spikes` may be filled channel by channel before use.
  LayerExecution(const Config& config, const LayerAnalysis& analysis, const SpikeView& spikes);

  /// Adds input channel `channel` to outputs [first, first + count). `weights` is [K][N] int8.
  void integrate(std::uint64_t channel, std::uint64_t first, std::uint64_t count, const std::int8_t* weights);
  /// All channels, all outputs.
  void integrate_all(const std::int8_t* weights);
  /// LIF over all sums.
  void fire(const NeuronRecord& neuron);

  /// Sums in memory order (decision 11): conv [T][N][y][x], fc [T][L][N].
  std::vector<std::int32_t> sums() const;
  /// Spikes in the same order; empty before fire().
  const SpikeTensor& spikes() const { return out_; }
  /// Membranes at the end, in the order of one time step of sums(); empty before fire().
  const std::vector<std::int32_t>& membranes() const { return membranes_; }

private:
  void load(std::uint64_t channel);
  void add_slice(const Column& column, std::uint64_t channel, std::uint64_t first, std::uint64_t count, const std::int8_t* weights);
  std::uint64_t memory_index(std::uint64_t position, std::uint64_t output) const;

  const LayerAnalysis& a_;
  const SpikeView& spikes_;
  ChannelSlices slices_;
  Dispatcher dispatcher_;
  std::uint64_t words_;       // of a train
  std::vector<Word> trains_;  // of the loaded channel, [pixel]
  std::optional<std::uint64_t> loaded_;
  std::vector<std::int32_t> psums_;  // [t][position][output]
  SpikeTensor out_;
  std::vector<std::int32_t> membranes_;
};

}  // namespace snnvp::pe_array
