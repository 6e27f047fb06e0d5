// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <snnvp/workloads/encoding/encoding.h>

// Closed forms of the encodings' cost for independent spikes (spec/chiplet.md 4.3). Only sums and products, no libm, so that the
// Rice parameter chosen from them is the same on every host.
namespace snnvp {

/// Spike statistics of a window.
struct SpikeStatistics {
  double rate = 0.033;     ///< p, spikes per neuron and step
  unsigned steps = 8;      ///< T
  double correlation = 0;  ///< lag-1 correlation of a neuron's train, for delta
};

/// Expected bits per neuron and window. Groups are full; `rle` uses the exact expectation with the best k.
double expected_bits(Encoding encoding, const EncodingSpec& spec, const SpikeStatistics& spikes);
/// Expected bits of the Rice-coded gaps of one group of `group` neurons in one step, header excluded; exact for independent spikes.
double expected_rice_bits(double rate, unsigned group, unsigned k);
/// G(p): expected bits per spike for unbounded gaps, the best of k = 0..11.
double expected_rice_bits_unbounded(double rate);
/// The k = 0..11 with the least expected_rice_bits().
unsigned best_rice_k(double rate, unsigned group);
/// T x H(p): the least any code can need for independent neurons and steps.
double entropy_bits(const SpikeStatistics& spikes);

/// The point in (lo, hi) where a - b changes its sign, by bisection. Requires that it does.
double break_even(const std::function<double(double)>& a, const std::function<double(double)>& b, double lo, double hi);

}  // namespace snnvp
