// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <snnvp/workloads/spikes/spike_tensor.h>

// Synthetic spikes. All are functions of (seed, name) alone: the random stream is named, and every choice is an integer
// comparison, so all hosts draw the same bits.
namespace snnvp {

/// What to draw, and from which stream.
struct SpikeRequest {
  std::string axes;                  ///< "TCHW", "TC", "TLC" or "TLD"
  std::vector<std::uint64_t> shape;  ///< one size per axis
  double density = 0.1;              ///< wanted fraction of ones, 0 to 1
  std::uint64_t seed = 1;
  std::string name;  ///< of the random stream, e.g. "spikes/conv2d_1"
};

/// Each neuron and step independently with probability `density`.
/// All generators throw InputError for a density outside [0, 1], an unknown layout or a shape that does not fit it.
SpikeTensor bernoulli_spikes(const SpikeRequest& request);

/// How spikes cluster.
struct Clustering {
  double burst_steps = 4;       ///< mean length of an active period, in steps, >= 1
  std::uint64_t blob_side = 3;  ///< side of an active patch in pixels (its square along C or D without an image), >= 1
  double active_rate = 0.6;     ///< firing probability inside an active patch; raised to `density` if that is larger
};

/// Bursts in time and blobs in space: each channel is cut into patches at a random offset, each patch follows a two-state Markov
/// chain in time, and only neurons of active patches fire. The chain's stationary share is density / active_rate.
SpikeTensor clustered_spikes(const SpikeRequest& request, const Clustering& clustering = {});

/// Spikes with a wanted bit density and product density, and how near they came.
struct SimilarSpikes {
  SpikeTensor spikes;
  double bit_density = 0;      ///< reached
  double product_density = 0;  ///< reached, as measured by the caller's function
  unsigned tries = 0;          ///< tensors drawn
};

/// Draws rows so that `request.density` and `product_density` (spec/prosperity.md 4.2) are met.
///
/// Rows (all channels of one pixel, token or step) are drawn in segments of 16 columns. A segment is new, a copy of a related one
/// (the step before, the neighbour to the left or above, an earlier token), or, to push the product density up, one of a set of
/// equally large rows that contain each other nowhere. The mixture is found by bisection over `measure`, which tells the product
/// density of a tensor (count_sparsity() for one's own layer). Not all pairs are possible: the nearest found is returned.
SimilarSpikes similar_spikes(const SpikeRequest& request, double product_density, const std::function<double(const SpikeTensor&)>& measure);

}  // namespace snnvp
