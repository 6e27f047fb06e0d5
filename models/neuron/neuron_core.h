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

/// A LIF unit: job `neuron`, sums [T][neurons] in memory to spikes [T][neurons]. One item per time step:
/// fetch its sums, update all neurons lane by lane; spikes leave when the last step is done.
class NeuronCore : public engine::EngineCore {
public:
  explicit NeuronCore(const Config& config) : config_(config) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  std::uint32_t capabilities() const override { return 1U << static_cast<unsigned>(engine::Operation::neuron); }
  void reset() override { updates_.reset(), spikes_.reset(), update_cycles_.reset(); }
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return {{"lif.16", updates_.value()}}; }

private:
  class NeuronUpdate;
  Config config_;
  Counter updates_, spikes_, update_cycles_;
};

}  // namespace snnvp::neuron
