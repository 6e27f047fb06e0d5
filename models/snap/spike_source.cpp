// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/spike_source.h>

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

double SpikeSource::rate_of(std::uint32_t layer, std::uint64_t neuron) const {
  const std::uint64_t word = mix64(seeds_[layer] ^ mix64(neuron));
  double pick = unit_real(word) * weight_;
  for (const Boundary::Bin& bin : config_.boundary.histogram) {
    if (pick < bin.weight) return bin.low + (bin.high - bin.low) * unit_real(mix64(word));
    pick -= bin.weight;
  }
  return config_.boundary.histogram.back().high;
}

}  // namespace snnvp::snap
