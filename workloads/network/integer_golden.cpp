// SPDX-License-Identifier: Apache-2.0
// The golden model of an integer network, node by node and step by step.
#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/integer_state.h>
#include <snnvp/workloads/network/recorded.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

IntegerTrace quantised_input(const IntegerNode& node, const InputSignal& signal, std::uint64_t steps) {
  IntegerTrace trace;
  const std::uint64_t size = node.size(), count = steps * size;
  if (node.spiking()) {
    if (signal.spikes.bits() != 0) {
      trace.spikes = signal.spikes;
      return trace;
    }
    trace.spikes = SpikeTensor("TC", {steps, size});
    for (std::uint64_t i = 0; i < count; ++i) {
      if (signal.values[i] != 0 && signal.values[i] != 1)
        throw InputError("input " + node.name + " takes spikes, but a value of the sample is neither 0 nor 1");
      if (signal.values[i] == 1) trace.spikes.set(i);
    }
    return trace;
  }
  trace.values.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double real = signal.spikes.bits() != 0 ? static_cast<double>(signal.spikes.at(i)) : signal.values[i];
    if (!std::isfinite(real)) throw InputError("input " + node.name + ": a value of the sample is not a finite number");
    const double scale = node.scale.size() == 1 ? node.scale[0] : node.scale[i % size / (size / node.scale.size())];
    const double ratio = std::clamp(real / scale, -128.0, 127.0);
    trace.values[i] = saturated8(std::llround(ratio));
  }
  return trace;
}

struct IntegerSimulation::Impl {
  const IntegerNetwork& network;
  std::vector<std::size_t> inputs;
  std::vector<IntegerState> states;

  explicit Impl(const IntegerNetwork& n) : network(n), inputs(n.inputs()) {
    std::vector<std::uint64_t> history(n.nodes.size(), 0);
    for (const IntegerNode& node : n.nodes)
      for (const IntegerInput& input : node.inputs) history[input.from] = std::max<std::uint64_t>(history[input.from], input.delay);
    states.reserve(n.nodes.size());
    for (std::size_t i = 0; i < n.nodes.size(); ++i) states.emplace_back(n.nodes[i], history[i]);
  }

  void gather(std::size_t i) {
    gather_input(
        network.nodes[i], [this](const IntegerInput& input) { return states[input.from].output(input.delay); }, sums, states[i].x());
  }

  std::vector<std::int64_t> sums;
};

IntegerSimulation::IntegerSimulation(const IntegerNetwork& network) : impl_(std::make_unique<Impl>(network)) {}
IntegerSimulation::~IntegerSimulation() = default;

std::vector<IntegerTrace> IntegerSimulation::run(const NetworkSample& sample, const std::vector<bool>& record, StepObserver* observer) {
  const IntegerNetwork& network = impl_->network;
  std::vector<std::uint64_t> sizes;
  for (const std::size_t i : impl_->inputs) sizes.push_back(network.nodes[i].size());
  check_sample(sizes, sample);
  std::vector<IntegerTrace> given, traces(network.nodes.size());
  std::vector<const IntegerTrace*> input_of(network.nodes.size(), nullptr);
  given.reserve(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    given.push_back(quantised_input(network.nodes[impl_->inputs[i]], sample.inputs[i], sample.steps));
    input_of[impl_->inputs[i]] = &given.back();
  }
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    impl_->states[i].reset();
    if (!record.empty() && !record[i]) continue;
    traces[i] = make_trace(network.nodes[i], sample.steps);
  }

  for (std::uint64_t t = 0; t < sample.steps; ++t) {
    for (IntegerState& state : impl_->states) state.advance();
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
      const IntegerNode& node = network.nodes[i];
      const std::uint64_t size = node.size();
      IntegerState& state = impl_->states[i];
      if (const IntegerTrace* input = input_of[i]; input != nullptr)
        for (std::uint64_t n = 0; n < size; ++n)
          state.x()[n] = input->values.empty() ? static_cast<std::int32_t>(input->spikes.at(t * size + n)) : input->values[t * size + n];
      else
        impl_->gather(i);
      state.step();
      const std::int32_t* y = state.output(0);
      if (observer != nullptr) observer->step(i, state.x().data(), y, state.neuron());
      if (traces[i].spikes.bits() != 0 || !traces[i].values.empty()) snnvp::record(traces[i], t, size, y);
    }
  }
  return traces;
}

}  // namespace snnvp
