// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// Golden spiking self-attention without softmax, with error-constrained pruning (spec/stack3d.md 4.4 and 4.7): the plain definition, which
// shares no code with the cores.
namespace snnvp {

/// A bundle row is `bundle_steps` time steps x `bundle_tokens` tokens of a head. One in which fewer than theta features spike is
/// removed: of queries (theta_q) its scores are zero, of keys (theta_k) too, and their values are not read. 0 and 1 remove nothing that
/// counts.
struct BundlePruning {
  unsigned bundle_steps = 1, bundle_tokens = 1, theta_q = 0, theta_k = 0;
  bool operator==(const BundlePruning& o) const {
    return bundle_steps == o.bundle_steps && bundle_tokens == o.bundle_tokens && theta_q == o.theta_q && theta_k == o.theta_k;
  }
};

/// What pruning took from the scores A = popcount(q AND k), and whether it kept its promise: every score that is removed was below
/// max(theta_q, theta_k), every other one is exact.
struct PruningLoss {
  std::uint64_t scores = 0, removed = 0;  ///< entries of A; those in removed rows or columns
  std::uint64_t lost = 0;                 ///< removed ones that were not zero
  std::uint32_t largest = 0;              ///< the largest score that was removed
  std::uint64_t beyond_bound = 0;         ///< removed ones that break the promise: none
  void add(const PruningLoss& other);
};

/// q, k, v are [T][L][D] in heads of D / heads features. `out` receives [T][L][D]: per head and step A v >> shift, rounded down.
PruningLoss pruned_attention(const AttentionGeometry& geometry, const SpikeView& q, const SpikeView& k, const SpikeView& v,
                             const BundlePruning& pruning, unsigned shift, std::int32_t* out);

}  // namespace snnvp
