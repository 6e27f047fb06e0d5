// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/workloads/spikes/generators.h>

// Spikes that cluster in token-time bundles, by groups of features: how spiking transformers' activity is published (spec/stack3d.md 7).
namespace snnvp {

/// A group of features that are equally active.
struct BundleGroup {
  double share = 1;    ///< of the features, 0 to 1; the last group takes what is left
  double active = 0;   ///< chance that a bundle of such a feature holds a spike
  double density = 0;  ///< mean share of ones in such a bundle; an active bundle holds one spike at least
};

/// Which features are in which group is drawn; their numbers are the shares, rounded. Bundles are `bundle_steps` time steps x
/// `bundle_tokens` tokens; bundles cut off at the ends may come out silent. `request.density` plays no part. InputError unless the axes
/// are TLC or TLD, the bundle is at least 1 x 1 and at most 4096, and all shares, chances and densities are 0 to 1.
SpikeTensor bundled_spikes(const SpikeRequest& request, unsigned bundle_steps, unsigned bundle_tokens,
                           const std::vector<BundleGroup>& groups);

}  // namespace snnvp
