// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/neurobench.h>

#include <cmath>
#include <optional>

#include <snnvp/workloads/network/connection.h>

namespace snnvp {

namespace {

bool is_activation(NodeOp op) { return is_spiking(op) || op == NodeOp::relu; }

/// Operations per neuron update (table of NeuroBench: Leaky 4, Synaptic 6 with subtraction and 8 with reset to zero).
std::uint64_t operations_per_update(const IntegerNode& node) {
  if (!node.neuron.has_current()) return 4;
  return node.neuron.reset == NeuronRecord::Reset::subtract ? 6 : 8;
}

struct NodeCounts {
  std::optional<Connection<std::int8_t, std::int64_t>> ones;  // where the weights are not zero
  std::uint64_t dense_per_call = 0;
  double x_scale = 1;  // real value of 1 at the input
  std::vector<std::int32_t> membrane;
  bool first_step = true;
  std::uint64_t outputs = 0, nonzero = 0;
  std::uint64_t macs = 0, acs = 0, calls = 0, updates = 0, steps = 0;
  std::vector<std::int8_t> mask;
  std::vector<std::int64_t> sums;
};

}  // namespace

struct NeuroBench::Impl {
  const IntegerNetwork& network;
  std::vector<NodeCounts> nodes;
  std::uint64_t samples = 0;

  explicit Impl(const IntegerNetwork& n) : network(n), nodes(n.nodes.size()) {
    for (std::size_t i = 0; i < n.nodes.size(); ++i)
      if (is_connection(n.nodes[i].op)) prepare(n.nodes[i], nodes[i]);
  }

  static std::int64_t sum(const std::vector<std::int64_t>& values) {
    std::int64_t total = 0;
    for (const std::int64_t v : values) total += v;
    return total;
  }

  static void prepare(const IntegerNode& node, NodeCounts& counts) {
    std::vector<std::int8_t> weights(node.weight.size(), 1);
    counts.mask.assign(elements_of(node.in), 1);
    counts.sums.resize(node.size());
    // The layer really runs, so zeros of the padding do not count.
    Connection<std::int8_t, std::int64_t> all(node.op, node.window, node.in, node.out, weights);
    all.apply(counts.mask.data(), counts.sums.data());
    counts.dense_per_call = static_cast<std::uint64_t>(sum(counts.sums));
    for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = node.weight[k] != 0;
    counts.ones.emplace(node.op, node.window, node.in, node.out, weights);
    counts.x_scale = node.input_signal == Signal::spikes ? 1 : node.scale[0] / node.weight_scale[0];
  }

  void connection(NodeCounts& counts, const std::int32_t* x) const {
    bool accumulates = true;
    for (std::size_t n = 0; n < counts.mask.size(); ++n) {
      counts.mask[n] = x[n] != 0;
      if (x[n] != 0 && std::abs(std::abs(x[n] * counts.x_scale) - 1) > 1e-9) accumulates = false;
    }
    counts.ones->apply(counts.mask.data(), counts.sums.data());
    (accumulates ? counts.acs : counts.macs) += static_cast<std::uint64_t>(sum(counts.sums));
    ++counts.calls;
  }

  static void membrane(NodeCounts& counts, const LifState& state) {
    const std::vector<std::int32_t>& now = state.membranes();
    ++counts.steps;
    if (counts.first_step) {
      counts.updates += now.size();
    } else {
      for (std::size_t n = 0; n < now.size(); ++n) counts.updates += now[n] != counts.membrane[n];
    }
    counts.first_step = false;
    counts.membrane = now;
  }
};

NeuroBench::NeuroBench(const IntegerNetwork& network) : impl_(std::make_unique<Impl>(network)) {}
NeuroBench::~NeuroBench() = default;

void NeuroBench::step(std::size_t index, const std::int32_t* x, const std::int32_t* y, const LifState* state) {
  const IntegerNode& node = impl_->network.nodes[index];
  NodeCounts& counts = impl_->nodes[index];
  if (counts.ones) impl_->connection(counts, x);
  if (state != nullptr && is_neuron(node.op)) Impl::membrane(counts, *state);
  if (!is_activation(node.op)) return;
  const std::uint64_t size = node.size();
  counts.outputs += size;
  for (std::uint64_t n = 0; n < size; ++n) counts.nonzero += y[n] != 0;
}

void NeuroBench::end_sample() {
  ++impl_->samples;
  for (NodeCounts& counts : impl_->nodes) counts.first_step = true;
}

NeuroBenchMetrics NeuroBench::metrics() const {
  NeuroBenchMetrics m;
  m.samples = impl_->samples;
  double bits = 0;
  std::uint64_t weights = 0, zeros = 0, outputs = 0, nonzero = 0, macs = 0, acs = 0, dense = 0, updates = 0, operations = 0,
                dense_operations = 0;
  for (std::size_t i = 0; i < impl_->nodes.size(); ++i) {
    const IntegerNode& node = impl_->network.nodes[i];
    const NodeCounts& counts = impl_->nodes[i];
    const std::uint64_t parameters = node.parameters != 0 ? node.parameters : node.weight.size() + node.bias.size();
    if (is_connection(node.op)) {
      m.parameter_count += parameters;
      bits += static_cast<double>(node.weight.size() * impl_->network.bits + (parameters - node.weight.size()) * 32);
      weights += node.weight.size();
      for (const std::int8_t w : node.weight) zeros += w == 0;
    }
    if (is_neuron(node.op)) {
      const NeuronRecord& r = node.neuron;
      const auto count = [](const std::vector<std::int32_t>& each) { return each.empty() ? std::size_t{1} : each.size(); };
      std::uint64_t values = node.size() * (r.has_current() ? 2 : 1);
      if (r.fires()) values += count(r.channel_threshold);
      if (r.leak != NeuronRecord::Leak::none) values += count(r.channel_leak);
      if (r.has_current()) values += count(r.channel_synapse_leak);
      bits += static_cast<double>(values * r.width_bits);
      updates += counts.updates;
      operations += counts.updates * operations_per_update(node);
      dense_operations += counts.steps * node.size() * operations_per_update(node);
    }
    if (is_activation(node.op)) {
      outputs += counts.outputs, nonzero += counts.nonzero;
      m.activation_sparsity_by_layer.emplace_back(
          node.name, counts.outputs == 0 ? 0.0 : 1 - static_cast<double>(counts.nonzero) / static_cast<double>(counts.outputs));
    }
    macs += counts.macs, acs += counts.acs, dense += counts.calls * counts.dense_per_call;
  }
  m.footprint_bytes = bits / 8;
  if (weights != 0) m.connection_sparsity = std::round(1e4 * static_cast<double>(zeros) / static_cast<double>(weights)) / 1e4;
  if (outputs != 0) m.activation_sparsity = 1 - static_cast<double>(nonzero) / static_cast<double>(outputs);
  const double samples = m.samples == 0 ? 1 : static_cast<double>(m.samples);
  m.effective_macs = static_cast<double>(macs) / samples;
  m.effective_acs = static_cast<double>(acs) / samples;
  m.dense = static_cast<double>(dense) / samples;
  m.membrane_updates = static_cast<double>(updates) / samples;
  m.effective_neuron_ops = static_cast<double>(operations) / samples;
  m.dense_neuron_ops = static_cast<double>(dense_operations) / samples;
  return m;
}

}  // namespace snnvp
