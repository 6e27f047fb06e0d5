// SPDX-License-Identifier: Apache-2.0
// The golden model of an integer network, node by node and step by step.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/connection.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

namespace {

using Values = std::vector<std::int32_t>;

std::int32_t saturated(std::int64_t value) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}
std::int32_t saturated8(std::int64_t value) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -128, 127)); }

std::int32_t pick(const Values& each, std::uint64_t n, std::uint64_t size) {
  return each.size() == 1 ? each[0] : each[n / (size / each.size())];
}

class IntegerState {
public:
  IntegerState(const IntegerNode& node, std::uint64_t history)
      : node_(node), size_(node.size()), x_(elements_of(node.in)), output_(size_, history) {
    if (is_connection(node.op)) connection_.emplace(node.op, node.window, node.in, node.out, node.weight);
    if (is_neuron(node.op) || node.op == NodeOp::threshold)
      neuron_.emplace(node.neuron, node.channels, node.positions), fired_.resize(size_);
    if (node.op == NodeOp::delay) past_.emplace(size_, *std::max_element(node.delay_steps.begin(), node.delay_steps.end()));
  }

  Values& x() { return x_; }
  const std::int32_t* output(std::uint64_t ago) const { return output_.ago(ago); }
  void advance() { output_.next(); }
  const LifState* neuron() const { return neuron_ ? &*neuron_ : nullptr; }

  void reset() {
    output_.reset();
    if (past_) past_->reset();
    if (neuron_) neuron_->reset();
  }

  void step() {
    std::int32_t* y = output_.current();
    switch (node_.op) {
      case NodeOp::linear:
      case NodeOp::conv1d:
      case NodeOp::conv2d:
        connection_->apply(x_.data(), y);
        if (!node_.bias.empty())
          for (std::uint64_t n = 0; n < size_; ++n) y[n] = saturated(std::int64_t{y[n]} + pick(node_.bias, n, size_));
        return;
      case NodeOp::sum_pool2d: return pool<false>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::max_pool2d: return pool<true>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::scale:
      case NodeOp::relu:
        for (std::uint64_t n = 0; n < size_; ++n) {
          const std::int64_t value = shifted_right(std::int64_t{x_[n]} * pick(node_.multiplier, n, size_), node_.shift);
          y[n] = node_.op == NodeOp::relu ? static_cast<std::int32_t>(std::clamp<std::int64_t>(value, 0, 127)) : saturated(value);
        }
        return;
      case NodeOp::delay:
        std::copy(x_.begin(), x_.end(), past_->next());
        for (std::uint64_t n = 0; n < size_; ++n)
          y[n] = past_->ago(node_.delay_steps.size() == 1 ? node_.delay_steps[0] : node_.delay_steps[n])[n];
        return;
      case NodeOp::input:
      case NodeOp::output:
      case NodeOp::flatten:
      case NodeOp::add: std::copy(x_.begin(), x_.end(), y); return;
      default:
        neuron_->step(0, size_, x_.data(), fired_.data());
        if (node_.neuron.fires())
          std::copy(fired_.begin(), fired_.end(), y);
        else
          std::copy(neuron_->membranes().begin(), neuron_->membranes().end(), y);
    }
  }

private:
  const IntegerNode& node_;
  std::uint64_t size_;
  Values x_;
  History<std::int32_t> output_;
  std::optional<History<std::int32_t>> past_;
  std::optional<Connection<std::int8_t, std::int32_t>> connection_;
  std::optional<LifState> neuron_;
  std::vector<std::uint8_t> fired_;
};

}  // namespace

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
    const IntegerNode& node = network.nodes[i];
    Values& x = states[i].x();
    if (node.inputs.size() == 1 && node.inputs[0].is_plain()) {
      const std::int32_t* y = states[node.inputs[0].from].output(node.inputs[0].delay);
      if (node.input_signal == Signal::int8)
        std::transform(y, y + x.size(), x.begin(), saturated8);
      else
        std::copy_n(y, x.size(), x.begin());
      return;
    }
    sums.assign(x.size(), 0);
    for (const IntegerInput& input : node.inputs) {
      const std::int32_t* y = states[input.from].output(input.delay);
      for (std::uint64_t n = 0; n < x.size(); ++n) sums[n] += shifted_right(std::int64_t{y[n]} * input.multiplier, input.shift);
    }
    std::transform(sums.begin(), sums.end(), x.begin(), node.input_signal == Signal::int8 ? saturated8 : saturated);
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
    const IntegerNode& node = network.nodes[i];
    if (!node.spiking()) {
      traces[i].values.resize(sample.steps * node.size());
      continue;
    }
    Shape shape = node.out.size() == 3 ? node.out : Shape{node.size()};
    shape.insert(shape.begin(), sample.steps);
    traces[i].spikes = SpikeTensor(shape.size() == 4 ? "TCHW" : "TC", shape);
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
      if (traces[i].spikes.bits() != 0) {
        for (std::uint64_t n = 0; n < size; ++n)
          if (y[n] != 0) traces[i].spikes.set(t * size + n);
      } else if (!traces[i].values.empty()) {
        std::copy_n(y, size, traces[i].values.begin() + static_cast<std::ptrdiff_t>(t * size));
      }
    }
  }
  return traces;
}

}  // namespace snnvp
