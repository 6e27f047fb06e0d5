// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/network/graph.h>
#include <snnvp/workloads/network/integer_network.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

struct QuantiseOptions {
  unsigned bits = 8;         ///< of weights, 2 to 8
  unsigned width_bits = 16;  ///< of membranes; a node that needs more gets 24 or 32, with a remark
  bool per_channel = false;  ///< a scale per output channel instead of one per layer: needs per-channel thresholds
};

/// How far an integer node is from its real one.
struct QuantisedNode {
  std::string name;
  std::string remark;          ///< what was done, e.g. "membrane of 24 bit"; may be empty
  double weight_error = 0;     ///< largest |w - scale * integer| over the largest |w|
  double threshold_error = 0;  ///< largest relative rounding error of thresholds
  double leak_error = 0;       ///< largest absolute rounding error of leak factors
};

struct Quantised {
  IntegerNetwork network;
  std::vector<QuantisedNode> nodes;
};

/// Real network to integers. All connections that feed a neuron share one scale, so that their sums add exactly; the neuron's
/// input gain is folded into the unit of its membrane, which then is sum << input_shift; thresholds, resets and biases become
/// integers in that unit, leaks Q0.16. The shift is the largest that leaves headroom over what `samples` (if any) reach, else
/// over eight thresholds. InputError lists what cannot be represented.
Quantised quantise(const NetworkGraph& graph, const QuantiseOptions& options, const std::vector<NetworkSample>& samples = {});

/// Float against integer on the same inputs.
struct Agreement {
  struct Node {
    std::string name;
    std::uint64_t compared = 0;  ///< neurons x steps x samples
    std::uint64_t float_spikes = 0;
    std::uint64_t integer_spikes = 0;
    std::uint64_t mismatches = 0;  ///< neuron and step differ
  };
  std::vector<Node> nodes;  ///< spiking nodes
  std::uint64_t samples = 0;
  std::uint64_t outputs_equal = 0;  ///< samples with the same class
  /// Mismatches over compared, all nodes; 0 if nothing was compared.
  double mismatch_rate() const;
};

/// What both made of a sample: the winners of the first output node.
struct Classes {
  std::size_t real = 0;
  std::size_t integer = 0;
};

/// Runs one sample through both and adds what differs; the first output node decides the class.
Classes compare_sample(const NetworkGraph& graph, IntegerSimulation& simulation, const IntegerNetwork& network, const NetworkSample& sample,
                       Readout readout, Agreement& agreement);

}  // namespace snnvp
