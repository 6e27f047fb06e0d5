// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/workloads/network/graph.h>
#include <snnvp/workloads/network/integer_network.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// One sample through a network: in real numbers (the reference) and in integers (the golden model of every engine).
namespace snnvp {

/// What goes into one input node: T steps of `size` values in C order, as spikes or as reals.
struct InputSignal {
  SpikeTensor spikes;          ///< used if not empty; T x size bits
  std::vector<double> values;  ///< otherwise [T][size]
};

/// One sample; `inputs` in the order of the network's input nodes.
struct NetworkSample {
  std::uint64_t steps = 0;
  std::vector<InputSignal> inputs;
};

/// InputError unless the sample has one signal per input node, each of steps x `sizes` values.
void check_sample(const std::vector<std::uint64_t>& sizes, const NetworkSample& sample);

/// Real values over time of one node, [T][size].
struct FloatTrace {
  std::vector<double> output;    ///< spikes as 0 and 1
  std::vector<double> membrane;  ///< neurons: v after reset; else empty
  std::vector<double> current;   ///< cuba: i
};

/// The equations of spec/formats.md 4.1.4 in double precision, forward Euler, from rest; step by step.
class FloatSimulation {
public:
  /// The graph must outlive the simulation and have passed infer_shapes(). InputError for a cycle without delay.
  explicit FloatSimulation(const NetworkGraph& graph);
  ~FloatSimulation();
  FloatSimulation(const FloatSimulation&) = delete;
  FloatSimulation& operator=(const FloatSimulation&) = delete;

  /// One step; `step` counts through `sample`, which must have passed check_sample().
  void step(const NetworkSample& sample, std::uint64_t step);
  /// Values of node i after the step: spikes as 0 and 1; v after reset (neurons); the synaptic current (cuba).
  const double* output(std::size_t i) const;
  const std::vector<double>& membrane(std::size_t i) const;
  const std::vector<double>& current(std::size_t i) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole sample. `record[i]` chooses the nodes that are kept, all if empty. InputError if the sample does not fit.
std::vector<FloatTrace> simulate_float(const NetworkGraph& graph, const NetworkSample& sample, const std::vector<bool>& record = {});

/// Integer values over time of one node.
struct IntegerTrace {
  SpikeTensor spikes;                ///< spiking nodes and inputs of spikes: axes TC or TCHW
  std::vector<std::int32_t> values;  ///< the others: [T][size]
};

/// Sees every node in every step of an integer simulation.
class StepObserver {
public:
  virtual ~StepObserver() = default;
  /// Node `node` has turned its input x (elements of its `in`) into y (elements of its `out`); `state` is that of a neuron or a
  /// threshold after the step, else null.
  virtual void step(std::size_t node, const std::int32_t* x, const std::int32_t* y, const LifState* state) = 0;
};

/// The golden model of an integer network. Samples are independent: each starts from rest.
class IntegerSimulation {
public:
  /// The network must outlive the simulation and have passed check_network().
  explicit IntegerSimulation(const IntegerNetwork& network);
  ~IntegerSimulation();
  IntegerSimulation(const IntegerSimulation&) = delete;
  IntegerSimulation& operator=(const IntegerSimulation&) = delete;

  /// All nodes, or those chosen by `record` (the others come back empty). InputError if the sample does not fit.
  std::vector<IntegerTrace> run(const NetworkSample& sample, const std::vector<bool>& record = {}, StepObserver* observer = nullptr);

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The integers an input node sees: spikes, or round(real / scale) saturated to int8.
IntegerTrace quantised_input(const IntegerNode& node, const InputSignal& signal, std::uint64_t steps);

/// How outputs become a class: the largest spike count, or the largest sum, final value or maximum over time of a graded output.
enum class Readout { automatic, count, sum, last, max };
/// Index of the winner among the outputs of node `index` (ties: the lowest). automatic: count for spikes, sum for the others.
std::size_t classify(const IntegerNode& node, const IntegerTrace& trace, std::uint64_t steps, Readout readout = Readout::automatic);
std::size_t classify(const GraphNode& node, const FloatTrace& trace, std::uint64_t steps, Readout readout = Readout::automatic);

}  // namespace snnvp
