// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <snnvp/models/stack3d/bishop_bundles.h>
#include <snnvp/models/stack3d/bishop_config.h>
#include <snnvp/models/stack3d/bishop_timing.h>

// A projection, an MLP layer: spikes x weights, its features split between the dense and the sparse core (section 4.7).
namespace snnvp::bishop {

/// Which input features go where. A feature is dense if more than theta_s of its bundles are active.
struct Split {
  std::uint64_t theta_s = 0;
  std::vector<std::uint32_t> dense, sparse;  ///< features, rising
  std::uint64_t sparse_active = 0;           ///< active bundles of the sparse features
  std::uint64_t sparse_used = 0;             ///< sparse features that have any
  Cycles dense_cycles = 0, sparse_cycles = 0;
};

/// Splits the features at config.theta_s; without one at the theta_s in 0..B that minimises the longer of both cores' times, the
/// smallest of equals.
Split stratify(const Config& config, const BundleTags& tags, std::uint64_t out_features);

/// What a linear layer took and did.
struct LinearCounts {
  std::uint64_t positions = 0, in_features = 0, out_features = 0;
  std::uint64_t theta_s = 0, dense_features = 0, sparse_features = 0, sparse_used = 0;
  std::uint64_t bundles = 0, active_bundles = 0, sparse_active = 0;  ///< bundles: of one feature
  std::uint64_t dense_ones = 0, sparse_ones = 0;                     ///< spikes
  std::uint64_t saturations = 0;
  LinearTraffic traffic;
  Cycles dense = 0, sparse = 0, memory = 0, spikegen = 0;
  /// The cores and the memory work at the same time, the spike generator behind them: it shows only if it is slower than all of them.
  Cycles total() const;
  bool hides_spikegen() const;
};

/// Cycles of both cores on `columns` output features of a layer, the longer of the two; `is_first`: with the one-time latency.
Cycles pass_cycles(const Config& config, const LinearCounts& counts, std::uint64_t columns, bool is_first);

/// Everything but the values: time, traffic, split. For studies that need no result.
LinearCounts count_linear(const Config& config, const SpikeRows& spikes, std::uint64_t out_features);

/// Computes a layer. Weights are int8 [in][out], sums int32 [T][N][out].
class LinearLayer {
public:
  LinearLayer(const Config& config, const SpikeRows& spikes, std::uint64_t out_features);

  const Split& split() const { return split_; }
  const LinearCounts& counts() const { return counts_; }

  /// The dense core: tiles of 16 bundles x 32 output features that keep their sums while features stream. Adds to `sums`.
  void run_dense(const std::int8_t* weights, std::int32_t* sums) const;
  /// The sparse core: active bundles only, a feature's weights serving all of its bundles. Adds to `sums`.
  void run_sparse(const std::int8_t* weights, std::int32_t* sums) const;
  /// Both, added and saturated once to psum_bits, as the spike generator gets them.
  void run(const std::int8_t* weights, std::int32_t* sums);

private:
  template <class Visit>
  void for_each_position(std::uint64_t bundle, Visit visit) const;

  const Config& config_;
  const SpikeRows& spikes_;
  BundleTags tags_;
  std::uint64_t out_;
  Split split_;
  LinearCounts counts_;
};

/// Limits values to signed `bits`; returns how many were beyond.
std::uint64_t saturate(std::int32_t* values, std::uint64_t count, unsigned bits);

}  // namespace snnvp::bishop
