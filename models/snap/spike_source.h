// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/snap/snap_config.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/layers/layer_table.h>

namespace snnvp::snap {

/// Spikes of networks without weights: a pure function of (layer, neuron, token, step), so that every copy of a spike is the same
/// spike and no order of packets changes it. Rates, histograms and traces are those of the boundary.
class SpikeSource {
public:
  SpikeSource(const Config& config, const LayerTable& table);

  bool at(std::uint32_t layer, std::uint64_t neuron, std::uint64_t token, std::uint64_t step) const {
    if (config_.boundary.trace) return from_trace(neuron, token, step);
    const std::uint64_t where = mix64(mix64(seeds_[layer] + neuron) + (token << 6) + step);
    const bool is_plain = config_.boundary.histogram.empty() && config_.boundary.alpha == 0;
    return unit_real(where) < (is_plain ? rates_[layer] : rate_of(layer, neuron));
  }
  /// Mean rate of a layer's outputs.
  double rate(std::uint32_t layer) const { return mean_[layer]; }

private:
  bool from_trace(std::uint64_t neuron, std::uint64_t token, std::uint64_t step) const;
  double rate_of(std::uint32_t layer, std::uint64_t neuron) const;
  double clustered(std::uint32_t layer, std::uint64_t channel) const;

  const Config& config_;
  std::vector<std::uint64_t> seeds_;
  std::vector<double> rates_, mean_;
  double weight_ = 0;  // of all bins
};

}  // namespace snnvp::snap
