// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/workloads/network/integer_network.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

/// NeuroBench's static and workload metrics (names and definitions of version 2.3.0; spec/formats.md 8), of an integer network.
///
/// Ours: precision is the network's own (weights of `bits`, biases of 32 bit, thresholds, leaks and states of the membrane's width);
/// MAC or AC is decided for each sample alone; activation layers are threshold, if, lif, cuba_lif and relu.
struct NeuroBenchMetrics {
  double footprint_bytes = 0;         ///< Footprint: parameters and states
  std::uint64_t parameter_count = 0;  ///< ParameterCount: weights and biases
  double connection_sparsity = 0;     ///< ConnectionSparsity: zero weights / weights, 4 digits
  double activation_sparsity = 0;     ///< ActivationSparsity: 1 - nonzero / all outputs of activation layers, steps and samples
  std::vector<std::pair<std::string, double>> activation_sparsity_by_layer;
  double effective_macs = 0, effective_acs = 0, dense = 0;  ///< SynapticOperations, per sample
  double membrane_updates = 0;                              ///< MembraneUpdates, per sample
  double effective_neuron_ops = 0, dense_neuron_ops = 0;    ///< NeuronOperations, per sample
  std::uint64_t samples = 0;
};

/// Counts while an IntegerSimulation runs: give it as the observer of each run(), and call end_sample() after it.
class NeuroBench : public StepObserver {
public:
  explicit NeuroBench(const IntegerNetwork& network);
  ~NeuroBench() override;

  void step(std::size_t node, const std::int32_t* x, const std::int32_t* y, const LifState* state) override;
  void end_sample();
  NeuroBenchMetrics metrics() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snnvp
