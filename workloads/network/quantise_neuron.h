// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/network/quantise.h>

// The part of quantise() that turns one neuron into an integer record.
namespace snnvp {

/// Largest magnitudes a node reached in the float reference; 0 where it was silent.
struct NodeRange {
  double output = 0;
  double membrane = 0;  ///< after reset
  double current = 0;
};

/// What a neuron's record is made from, beside the node itself.
struct NeuronContext {
  double dt = 1e-4;
  double if_gain = 1;
  ResetRule reset = ResetRule::to_v_reset;
  unsigned width_bits = 16;
  double headroom = 1.5;  ///< over `range`
  NodeRange range;
  std::vector<double> x_scale;  ///< of its input sums; one, or one per block of neurons
  std::vector<double> bias;     ///< real bias of the connections before it, per neuron; or empty
};

/// Fills `neuron`, `channels`, `positions` and `scale` of `out`; errors and remarks go to `told`. InputError if no width up to 32
/// bit suffices.
void quantise_neuron(const GraphNode& node, const NeuronContext& context, IntegerNode& out, QuantisedNode& told);

/// What one unit of the input adds to the state it enters in a step: the membrane, or for cuba the current.
double input_gain(const GraphNode& node, std::uint64_t neuron, double dt, double if_gain);

/// Element n of values that stand for one, some or all of `size` elements.
inline double spread_value(const std::vector<double>& values, std::uint64_t n, std::uint64_t size) {
  return values.size() == 1 ? values[0] : values[n / (size / values.size())];
}

/// A vector with one element if all are equal.
std::vector<double> collapsed(std::vector<double> values);

}  // namespace snnvp
