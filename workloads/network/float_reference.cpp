// SPDX-License-Identifier: Apache-2.0
// The float reference: spec/formats.md 4.1.4 word for word, forward Euler, in double precision.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/connection.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

namespace {

class FloatNode {
public:
  FloatNode(const NetworkGraph& graph, const GraphNode& node, std::uint64_t history)
      : graph_(graph), node_(node), size_(elements_of(node.out)), x_(elements_of(node.in)), output_(size_, history) {
    if (is_connection(node.op)) connection_.emplace(node.op, node.window, node.in, node.out, node.weight.values);
    if (is_neuron(node.op)) v_.assign(size_, 0.0);
    if (is_cuba(node.op)) i_.assign(size_, 0.0);
    if (node.op == NodeOp::delay)
      past_.emplace(size_, static_cast<std::uint64_t>(*std::max_element(node.delay_steps.values.begin(), node.delay_steps.values.end())));
  }

  std::vector<double>& x() { return x_; }
  const double* output(std::uint64_t ago) const { return output_.ago(ago); }
  const std::vector<double>& v() const { return v_; }
  const std::vector<double>& i() const { return i_; }

  /// Begins a step, for all nodes before the first one computes: delayed values are then the same whatever the order.
  void advance() { output_.next(); }
  /// Computes the step, from x() to output(0).
  void step() {
    double* y = output_.current();
    switch (node_.op) {
      case NodeOp::linear:
      case NodeOp::conv1d:
      case NodeOp::conv2d:
        connection_->apply(x_.data(), y);
        if (!node_.bias.empty())
          for (std::uint64_t n = 0; n < size_; ++n) y[n] += node_.bias[n / (size_ / node_.bias.size())];
        return;
      case NodeOp::sum_pool2d: return pool<false>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::max_pool2d: return pool<true>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::avg_pool2d: {
        pool<false>(node_.window, node_.in, node_.out, x_.data(), y);
        const auto taps = static_cast<double>(node_.window.kernel[0] * node_.window.kernel[1]);
        for (std::uint64_t n = 0; n < size_; ++n) y[n] /= taps;
        return;
      }
      case NodeOp::scale:
        for (std::uint64_t n = 0; n < size_; ++n) y[n] = x_[n] * value_of(node_.factor, n);
        return;
      case NodeOp::threshold:
        for (std::uint64_t n = 0; n < size_; ++n) y[n] = x_[n] > value_of(node_.v_threshold, n) ? 1.0 : 0.0;
        return;
      case NodeOp::relu:
        for (std::uint64_t n = 0; n < size_; ++n) y[n] = std::max(x_[n], 0.0);
        return;
      case NodeOp::delay: {
        std::copy(x_.begin(), x_.end(), past_->next());
        for (std::uint64_t n = 0; n < size_; ++n) y[n] = past_->ago(static_cast<std::uint64_t>(value_of(node_.delay_steps, n)))[n];
        return;
      }
      case NodeOp::input:
      case NodeOp::output:
      case NodeOp::flatten:
      case NodeOp::add: std::copy(x_.begin(), x_.end(), y); return;
      default: neurons(y);
    }
  }

private:
  void neurons(double* y) {
    const double dt = graph_.dt;
    for (std::uint64_t n = 0; n < size_; ++n) {
      const double x = x_[n], r = value_of(node_.r, n);
      double& v = v_[n];
      switch (node_.op) {
        case NodeOp::integrator:
        case NodeOp::if_neuron: v += graph_.if_gain * r * x; break;
        case NodeOp::li:
        case NodeOp::lif: v += (dt / value_of(node_.tau, n)) * ((value_of(node_.v_leak, n) - v) + r * x); break;
        default:
          i_[n] += (dt / value_of(node_.tau_syn, n)) * (-i_[n] + value_of(node_.w_in, n) * x);
          v += (dt / value_of(node_.tau, n)) * ((value_of(node_.v_leak, n) - v) + r * i_[n]);
      }
      if (!is_spiking(node_.op)) {
        y[n] = v;
        continue;
      }
      const double threshold = value_of(node_.v_threshold, n), reset = value_of(node_.v_reset, n);
      y[n] = v > threshold ? 1.0 : 0.0;
      if (v > threshold) v = graph_.reset == ResetRule::to_v_reset ? reset : v - (threshold - reset);
    }
  }

  const NetworkGraph& graph_;
  const GraphNode& node_;
  std::uint64_t size_;
  std::vector<double> x_, v_, i_;
  History<double> output_;
  std::optional<History<double>> past_;
  std::optional<Connection<double, double>> connection_;
};

void append(const std::vector<double>& values, std::vector<double>& to) { to.insert(to.end(), values.begin(), values.end()); }

/// What a sample gives an input node in one step.
void load(const InputSignal& signal, std::uint64_t step, std::vector<double>& x) {
  const std::uint64_t first = step * x.size();
  for (std::uint64_t n = 0; n < x.size(); ++n)
    x[n] = signal.spikes.bits() != 0 ? static_cast<double>(signal.spikes.at(first + n)) : signal.values[first + n];
}

}  // namespace

void check_sample(const std::vector<std::uint64_t>& sizes, const NetworkSample& sample) {
  if (sample.inputs.size() != sizes.size())
    throw InputError(fmt::format("the network has {} input nodes, the sample {}", sizes.size(), sample.inputs.size()));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const InputSignal& signal = sample.inputs[i];
    const std::uint64_t given = signal.spikes.bits() != 0 ? signal.spikes.bits() : signal.values.size();
    if (given != sizes[i] * sample.steps)
      throw InputError(fmt::format("the sample has {} values for input {}, needed are {} steps of {}", given, i, sample.steps, sizes[i]));
  }
}

struct FloatSimulation::Impl {
  std::vector<std::size_t> order;
  std::vector<FloatNode> nodes;
  std::vector<std::vector<GraphEdge>> edges_to;
  std::vector<int> input_number;  // of each node, -1 if it is none

  explicit Impl(const NetworkGraph& graph) : order(graph.order()), edges_to(graph.nodes.size()), input_number(graph.nodes.size(), -1) {
    std::vector<std::uint64_t> history(graph.nodes.size(), 0);
    for (const GraphEdge& edge : graph.edges) {
      history[edge.from] = std::max<std::uint64_t>(history[edge.from], edge.delay);
      edges_to[edge.to].push_back(edge);
    }
    nodes.reserve(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) nodes.emplace_back(graph, graph.nodes[i], history[i]);
    int number = 0;
    for (const std::size_t i : graph.inputs()) input_number[i] = number++;
  }
};

FloatSimulation::FloatSimulation(const NetworkGraph& graph) : impl_(std::make_unique<Impl>(graph)) {}
FloatSimulation::~FloatSimulation() = default;

void FloatSimulation::step(const NetworkSample& sample, std::uint64_t step) {
  std::vector<FloatNode>& nodes = impl_->nodes;
  for (FloatNode& node : nodes) node.advance();
  for (const std::size_t i : impl_->order) {
    std::vector<double>& x = nodes[i].x();
    std::fill(x.begin(), x.end(), 0.0);
    if (impl_->input_number[i] >= 0) load(sample.inputs[static_cast<std::size_t>(impl_->input_number[i])], step, x);
    for (const GraphEdge& edge : impl_->edges_to[i]) {
      const double* y = nodes[edge.from].output(edge.delay);
      for (std::uint64_t n = 0; n < x.size(); ++n) x[n] += y[n];
    }
    nodes[i].step();
  }
}

const double* FloatSimulation::output(std::size_t i) const { return impl_->nodes[i].output(0); }
const std::vector<double>& FloatSimulation::membrane(std::size_t i) const { return impl_->nodes[i].v(); }
const std::vector<double>& FloatSimulation::current(std::size_t i) const { return impl_->nodes[i].i(); }

std::vector<FloatTrace> simulate_float(const NetworkGraph& graph, const NetworkSample& sample, const std::vector<bool>& record) {
  std::vector<std::uint64_t> sizes;
  for (const std::size_t i : graph.inputs()) sizes.push_back(elements_of(graph.nodes[i].out));
  check_sample(sizes, sample);
  FloatSimulation simulation(graph);
  std::vector<FloatTrace> traces(graph.nodes.size());
  for (std::uint64_t step = 0; step < sample.steps; ++step) {
    simulation.step(sample, step);
    for (std::size_t i = 0; i < traces.size(); ++i) {
      if (!record.empty() && !record[i]) continue;
      const double* y = simulation.output(i);
      traces[i].output.insert(traces[i].output.end(), y, y + elements_of(graph.nodes[i].out));
      append(simulation.membrane(i), traces[i].membrane);
      append(simulation.current(i), traces[i].current);
    }
  }
  return traces;
}

}  // namespace snnvp
