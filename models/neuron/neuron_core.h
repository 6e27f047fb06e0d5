// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/engine/engine_core.h>

namespace snnvp::neuron {

struct Config {
  unsigned lanes = 32;             ///< neurons updated in parallel
  Cycles cycles_per_update = 2;    ///< one cycle to integrate, one to leak and compare (spec/prosperity.md 5.3)
  Bits dma_bits_per_cycle = 1024;  ///< 0: unlimited
  unsigned prefetch_steps = 2;     ///< time steps of sums that fit the input buffer
};

/// A unit for everything that is not a matrix product (decision 54): job `neuron`, [T][neurons] in memory to spikes or membranes
/// [T][neurons], and job `elementwise`. One item per time step: fetch its values, update all lane by lane; results leave when the
/// last step is done.
class NeuronCore : public engine::EngineCore {
public:
  explicit NeuronCore(const Config& config) : config_(config) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  std::uint32_t capabilities() const override {
    return 1U << static_cast<unsigned>(engine::Operation::neuron) | 1U << static_cast<unsigned>(engine::Operation::elementwise);
  }
  void reset() override { updates_.reset(), spikes_.reset(), update_cycles_.reset(), elements_.reset(); }
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return {{"lif.16", updates_.value()}}; }

  const Config& config() const { return config_; }
  /// Cycles for `values` values of one step.
  Cycles step_cycles(std::uint64_t values) const { return ceil_div(values, config_.lanes) * config_.cycles_per_update; }
  /// Cycles the DMA port is taken for `bytes`.
  Cycles port_cycles(Bytes bytes) const { return config_.dma_bits_per_cycle ? ceil_div(bytes * 8, config_.dma_bits_per_cycle) : 0; }

  // Counted by the jobs.
  void count_updates(std::uint64_t neurons) { updates_.add(neurons); }
  void count_spikes(std::uint64_t spikes) { spikes_.add(spikes); }
  void count_elements(std::uint64_t values) { elements_.add(values); }
  void count_cycles(Cycles cycles) { update_cycles_.add(cycles); }

private:
  Config config_;
  Counter updates_, spikes_, update_cycles_, elements_;
};

using JobOrRefusal = std::variant<std::unique_ptr<engine::Job>, engine::Refusal>;

/// The two kinds of job; `core` outlives them.
JobOrRefusal make_neuron_update(NeuronCore& core, const engine::JobDescriptor& job);
JobOrRefusal make_elementwise(NeuronCore& core, const engine::JobDescriptor& job);

}  // namespace snnvp::neuron
