// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/spike_source.h>

#include <algorithm>
#include <array>

namespace snnvp::snap {

SpikeSource::SpikeSource(const Config& config, const LayerTable& table) : config_(config) {
  double mean = config.boundary.rate, sum = 0;
  for (const Boundary::Bin& bin : config.boundary.histogram) {
    weight_ += bin.weight;
    sum += bin.weight * (bin.low + bin.high) / 2;
  }
  if (weight_ > 0) mean = sum / weight_;
  if (config.boundary.trace) mean = config.boundary.trace->density();
  for (const LayerRecord& layer : table.layers) {
    seeds_.push_back(fnv1a64("boundary/" + layer.name) ^ mix64(config.seed));
    rates_.push_back(layer.density.value_or(config.boundary.rate));
    mean_.push_back(config.boundary.histogram.empty() && !config.boundary.trace ? rates_.back() : mean);
  }
}

bool SpikeSource::from_trace(std::uint64_t neuron, std::uint64_t token, std::uint64_t step) const {
  const SpikeTensor& trace = *config_.boundary.trace;
  const std::uint64_t steps = trace.shape()[0], neurons = trace.bits() / steps;
  return trace.at(step % steps * neurons + (neuron + token * 257) % neurons);  // tokens look at other neurons of the recording
}

/// For whole alpha and beta, Beta(alpha, beta) is the alpha-th smallest of alpha + beta - 1 uniform numbers: no power, no logarithm, equal
/// on every host. Scaled to the layer's mean, at most 1.
double SpikeSource::clustered(std::uint32_t layer, std::uint64_t channel) const {
  const unsigned alpha = config_.boundary.alpha, beta = config_.boundary.beta, count = alpha + beta - 1;
  std::array<double, 2 * most_cluster> drawn{};
  std::uint64_t word = mix64(seeds_[layer] ^ mix64(channel + 1));
  for (unsigned i = 0; i < count; ++i) drawn[i] = unit_real(word = mix64(word));
  std::nth_element(drawn.begin(), drawn.begin() + (alpha - 1), drawn.begin() + count);
  return std::min(1.0, rates_[layer] * drawn[alpha - 1] * (alpha + beta) / alpha);
}

double SpikeSource::rate_of(std::uint32_t layer, std::uint64_t neuron) const {
  if (config_.boundary.alpha != 0) return clustered(layer, neuron);
  const std::uint64_t word = mix64(seeds_[layer] ^ mix64(neuron));
  double pick = unit_real(word) * weight_;
  for (const Boundary::Bin& bin : config_.boundary.histogram) {
    if (pick < bin.weight) return bin.low + (bin.high - bin.low) * unit_real(mix64(word));
    pick -= bin.weight;
  }
  return config_.boundary.histogram.back().high;
}

}  // namespace snnvp::snap
