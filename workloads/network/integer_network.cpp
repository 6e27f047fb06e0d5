// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/integer_network.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/network/graph_order.h>

namespace snnvp {

namespace {

std::vector<std::size_t> nodes_of(const IntegerNetwork& network, NodeOp op) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < network.nodes.size(); ++i)
    if (network.nodes[i].op == op) found.push_back(i);
  return found;
}

/// Inputs of one output: with int8 on both sides every sum then fits int32.
constexpr std::uint64_t max_graded_inputs = std::uint64_t{1} << 17;
constexpr std::uint64_t max_spike_inputs = std::uint64_t{1} << 24;
/// So many edges into one node keep their sum within 64 bits.
constexpr std::size_t max_fan_in = 4096;

class NetworkCheck {
public:
  NetworkCheck(IntegerNetwork& network, const std::string& file, Diagnostics& diagnostics)
      : network_(network), file_(file), diagnostics_(diagnostics) {}

  void run() {
    if (network_.inputs().empty()) diagnostics_.error({file_}, "nodes", "there is no input node");
    if (network_.outputs().empty()) diagnostics_.error({file_}, "nodes", "there is no output node");
    std::set<std::string> names;
    for (const IntegerNode& node : network_.nodes)
      if (node.name.empty() || !names.insert(node.name).second)
        fail(node, node.name.empty() ? "a node has no name" : "there are two nodes of this name");
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) edges(i);
    if (diagnostics_.has_errors()) return;
    shapes();
    if (diagnostics_.has_errors()) return;
    for (const IntegerNode& node : network_.nodes) content(node);
  }

private:
  void fail(const IntegerNode& node, const std::string& what, const std::string& hint = {}) {
    diagnostics_.error({file_}, node.name, what, hint);
  }

  void edges(std::size_t i) {
    const IntegerNode& node = network_.nodes[i];
    if (node.op == NodeOp::input && !node.inputs.empty()) fail(node, "an input node has no inputs");
    if (node.op != NodeOp::input && node.inputs.empty()) fail(node, "nothing leads to it");
    if (node.op == NodeOp::avg_pool2d)
      fail(node, "avg_pool2d does not occur in integer networks", "sum_pool2d with the factor in the scale");
    if (node.inputs.size() > max_fan_in)
      fail(node, fmt::format("{} edges lead to it", node.inputs.size()), fmt::format("at most {}", max_fan_in));
    for (const IntegerInput& input : node.inputs) {
      if (input.from >= network_.nodes.size()) {
        fail(node, "an input names no node");
        continue;
      }
      const IntegerNode& from = network_.nodes[input.from];
      if (input.delay == 0 && input.from >= i) fail(node, fmt::format("takes {} of the same step, which stands behind it", from.name));
      if (input.delay > max_delay_steps)
        fail(node, fmt::format("a delay of {} steps", input.delay), fmt::format("at most {}", max_delay_steps));
      if (input.multiplier > max_multiplier || input.multiplier < -max_multiplier || input.shift > max_multiplier_shift)
        fail(node, fmt::format("multiplier {} and shift {} of the edge from {}", input.multiplier, input.shift, from.name),
             fmt::format("at most {} and {}", max_multiplier, max_multiplier_shift));
    }
  }

  /// Shapes are those of a graph of the same operations.
  void shapes() {
    NetworkGraph graph;
    graph.source = file_;
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      const IntegerNode& node = network_.nodes[i];
      GraphNode g;
      g.name = node.name;
      g.op = node.op;
      g.window = node.window;
      g.declared = node.op == NodeOp::input || node.op == NodeOp::output ? node.out : node.in;
      if (is_connection(node.op)) weight_shape(node, g);
      if (node.op == NodeOp::flatten && !node.out.empty()) {
        g.op = NodeOp::add;  // any reshaping, checked below
      }
      for (const IntegerInput& input : node.inputs) graph.edges.push_back({input.from, i, input.delay});
      graph.nodes.push_back(std::move(g));
    }
    if (diagnostics_.has_errors()) return;
    Diagnostics found;
    infer_shapes(graph, found);
    for (const Diagnostic& d : found.items())
      if (d.severity == Diagnostic::Severity::error) diagnostics_.error({file_}, d.path, d.text, d.hint);
    if (diagnostics_.has_errors()) return;
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      IntegerNode& node = network_.nodes[i];
      const GraphNode& g = graph.nodes[i];
      if (node.in.empty()) node.in = g.in;
      if (node.out.empty()) node.out = g.out;
      if (elements_of(node.in) != elements_of(g.in) || elements_of(node.out) != elements_of(g.out) ||
          (is_connection(node.op) && node.op != NodeOp::linear && (node.in != g.in || node.out != g.out)))
        fail(node, fmt::format("shapes ({}) to ({}) do not fit, expected ({}) to ({})", shape_text(node.in), shape_text(node.out),
                               shape_text(g.in), shape_text(g.out)));
    }
  }

  void weight_shape(const IntegerNode& node, GraphNode& g) {
    Shape& shape = g.weight.shape;
    const std::uint64_t count = node.weight.size();
    if (node.op == NodeOp::linear) {
      const std::uint64_t outs = node.out.empty() ? 0 : elements_of(node.out);
      if (outs == 0 || count == 0 || count % outs != 0) return fail(node, fmt::format("{} weights for {} outputs", count, outs));
      shape = {outs, count / outs};
      return;
    }
    const bool two = node.op == NodeOp::conv2d;
    std::uint64_t taps = node.window.kernel[1];
    if (two) taps *= node.window.kernel[0];
    const std::uint64_t outs = node.out.empty() ? 0 : node.out[0];
    if (outs == 0 || taps == 0 || count == 0 || count % (outs * taps) != 0)
      return fail(node, fmt::format("{} weights for {} output channels and {} taps", count, outs, taps));
    shape = {outs, count / outs / taps};
    if (two) shape.push_back(node.window.kernel[0]);
    shape.push_back(node.window.kernel[1]);
  }

  void content(const IntegerNode& node) {
    const std::uint64_t size = node.size();
    const auto divides = [size](std::size_t count) { return count != 0 && count <= size && size % count == 0; };
    if (!divides(node.scale.size())) fail(node, fmt::format("{} scales for {} values", node.scale.size(), size));
    for (const double scale : node.scale)
      if (!(scale > 0) || !std::isfinite(scale)) return fail(node, fmt::format("a scale of {} is not a positive number", scale));
    if (!node.bias.empty() && node.bias.size() != (node.op == NodeOp::linear ? size : node.out[0]))
      fail(node, fmt::format("{} biases for {} outputs", node.bias.size(), node.op == NodeOp::linear ? size : node.out[0]));
    if (is_connection(node.op)) {
      const std::uint64_t inputs = node.weight.size() / (node.op == NodeOp::linear ? size : node.out[0]);
      const std::uint64_t most = node.input_signal == Signal::spikes ? max_spike_inputs : max_graded_inputs;
      if (inputs > most) fail(node, fmt::format("an output has {} inputs", inputs), fmt::format("at most {}", most));
    }
    if (is_neuron(node.op) || node.op == NodeOp::threshold) {
      if (node.channels * node.positions != size)
        fail(node, fmt::format("{} channels of {} positions for {} neurons", node.channels, node.positions, size));
      else if (const std::string problem = neuron_problem(node.neuron, node.channels); !problem.empty())
        fail(node, problem);
      if (node.neuron.fires() != is_spiking(node.op)) fail(node, "its neuron record is of another model");
    }
    if (node.op == NodeOp::scale || node.op == NodeOp::relu) {
      if (!divides(node.multiplier.size())) fail(node, fmt::format("{} multipliers for {} values", node.multiplier.size(), size));
      if (node.shift > max_multiplier_shift)
        fail(node, fmt::format("a shift of {}", node.shift), fmt::format("at most {}", max_multiplier_shift));
    }
    if (node.op == NodeOp::delay) {
      if (node.delay_steps.size() != 1 && node.delay_steps.size() != size)
        fail(node, fmt::format("{} delays for {} values", node.delay_steps.size(), size));
      for (const std::uint64_t steps : node.delay_steps)
        if (steps > max_delay_steps || steps * size > std::uint64_t{1} << 28)
          return fail(node, fmt::format("a delay of {} steps is too long", steps));
    }
    signals(node);
  }

  void signals(const IntegerNode& node) {
    const bool spikes_in = node.inputs.size() == 1 && node.inputs[0].is_plain() && network_.nodes[node.inputs[0].from].spiking();
    if (node.op == NodeOp::input) {
      if (node.signal == Signal::int32) fail(node, "an input gives spikes or int8");
      return;
    }
    if (node.input_signal == Signal::spikes && !spikes_in)
      fail(node, "takes spikes, which only one plain edge from a node of spikes can bring");
    if (is_connection(node.op) && node.input_signal == Signal::int32) fail(node, "a connection takes spikes or int8");
    const bool passes = node.op == NodeOp::output || node.op == NodeOp::flatten || node.op == NodeOp::add || node.op == NodeOp::delay ||
                        node.op == NodeOp::max_pool2d;
    const Signal gives = is_spiking(node.op) || (passes && node.input_signal == Signal::spikes) ? Signal::spikes
                         : node.op == NodeOp::relu                                              ? Signal::int8
                                                                                                : Signal::int32;
    if (node.signal != gives && !(passes && node.signal == node.input_signal)) fail(node, "its signal does not fit its operation");
  }

  IntegerNetwork& network_;
  const std::string& file_;
  Diagnostics& diagnostics_;
};

}  // namespace

int IntegerNetwork::find(std::string_view node) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == node) return static_cast<int>(i);
  return -1;
}

std::vector<std::size_t> IntegerNetwork::inputs() const { return nodes_of(*this, NodeOp::input); }
std::vector<std::size_t> IntegerNetwork::outputs() const { return nodes_of(*this, NodeOp::output); }

std::vector<std::vector<std::size_t>> IntegerNetwork::groups() const {
  std::vector<Arc> arcs;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const IntegerInput& input : nodes[i].inputs) arcs.push_back({input.from, i});
  const std::vector<std::size_t> component = strong_components(nodes.size(), arcs);
  std::vector<std::vector<std::size_t>> groups(nodes.empty() ? 0 : 1 + *std::max_element(component.begin(), component.end()));
  for (std::size_t i = 0; i < nodes.size(); ++i) groups[component[i]].push_back(i);
  return groups;
}

void check_network(IntegerNetwork& network, const std::string& file, Diagnostics& diagnostics) {
  NetworkCheck(network, file, diagnostics).run();
}

NeuronRecord neuron_with_biases(const IntegerNetwork& network, std::size_t index, std::vector<std::size_t>* folded) {
  const IntegerNode& node = network.nodes[index];
  NeuronRecord record = node.neuron;
  std::vector<std::int64_t> total(node.channels, 0);
  bool any = false;
  for (const IntegerInput& input : node.inputs) {
    const IntegerNode& from = network.nodes[input.from];
    if (!is_connection(from.op) || from.bias.empty() || !input.is_plain() || input.delay != 0) continue;
    if (from.bias.size() != node.channels && node.positions != 1) continue;
    for (std::uint64_t c = 0; c < node.channels; ++c)
      total[c] += from.bias.size() == node.channels ? from.bias[c] : from.bias[c / (node.channels / from.bias.size())];
    any = true;
    if (folded != nullptr) folded->push_back(input.from);
  }
  if (!any) return record;
  std::vector<std::int32_t>& each = record.has_current() ? record.channel_synapse_bias : record.channel_bias;
  const std::int32_t all = record.has_current() ? record.synapse_bias : record.bias;
  if (each.empty()) each.assign(node.channels, all);
  for (std::uint64_t c = 0; c < node.channels; ++c) {
    const std::int64_t sum = each[c] + (total[c] << record.input_shift);
    each[c] = static_cast<std::int32_t>(std::clamp<std::int64_t>(sum, INT32_MIN, INT32_MAX));
  }
  return record;
}

namespace {

/// A square kernel of side `side` with padding `padding` in which the node's taps start at `row` and `column`.
struct Embedding {
  std::uint64_t side = 0, padding = 0, row = 0, column = 0;
};

bool embed(const IntegerNode& node, Embedding& found) {
  const Window& w = node.window;
  const bool two = node.op == NodeOp::conv2d;
  if (two && w.stride[0] != w.stride[1]) return false;
  const std::uint64_t stride = w.stride[1], height = two ? node.in[1] : 1, width = node.in.back();
  const std::uint64_t out_h = two ? node.out[1] : 1, out_w = node.out.back();
  const std::uint64_t reach_h = two ? w.dilation[0] * (w.kernel[0] - 1) + 1 : 1, reach_w = w.dilation[1] * (w.kernel[1] - 1) + 1;
  const std::uint64_t top = two ? w.pad_before[0] : 0, left = w.pad_before[1], least = std::max(reach_h, reach_w);
  const auto outs = [stride](std::uint64_t size, std::uint64_t padding, std::uint64_t side) {
    return size + 2 * padding < side ? 0 : (size + 2 * padding - side) / stride + 1;
  };
  if (least > 1024) return false;  // no kernel anyone runs; the search would take long
  for (std::uint64_t side = least; side <= 2 * least; ++side)
    for (std::uint64_t row = 0; row + reach_h <= side; ++row) {
      const std::uint64_t padding = top + row;
      if (padding < left || padding - left + reach_w > side) continue;
      if (outs(height, padding, side) != out_h || outs(width, padding, side) != out_w) continue;
      found = {side, padding, row, padding - left};
      return true;
    }
  return false;
}

/// Calls visit(output channel, input channel, ky, kx, weight) for all weights of a convolution, groups resolved.
template <typename Visit>
void for_each_weight(const IntegerNode& node, Visit visit) {
  const Window& w = node.window;
  const std::uint64_t kh = node.op == NodeOp::conv2d ? w.kernel[0] : 1, kw = w.kernel[1];
  const std::uint64_t outs = node.out[0], per_group_in = node.in[0] / w.groups, per_group_out = outs / w.groups;
  std::uint64_t at = 0;
  for (std::uint64_t o = 0; o < outs; ++o)
    for (std::uint64_t c = 0; c < per_group_in; ++c)
      for (std::uint64_t ky = 0; ky < kh; ++ky)
        for (std::uint64_t kx = 0; kx < kw; ++kx) visit(o, o / per_group_out * per_group_in + c, ky, kx, node.weight[at++]);
}

void require(const IntegerNode& node, std::uint64_t K, std::uint64_t N, std::uint64_t most) {
  if (K == 0 || N > most / K)
    throw InputError(fmt::format("{}: as a matrix product it has {} x {} weights, more than {}", node.name, K, N, most));
}

}  // namespace

LoweredConnection lower_connection(const IntegerNode& node, std::uint64_t T, std::uint64_t max_weights) {
  LoweredConnection lowered;
  GemmGeometry& g = lowered.geometry;
  g.T = T;
  if (node.op == NodeOp::linear) {
    g.C = elements_of(node.in), g.N = node.size();
    require(node, g.C, g.N, max_weights);
    lowered.weights.resize(g.C * g.N);
    for (std::uint64_t n = 0; n < g.N; ++n)
      for (std::uint64_t k = 0; k < g.C; ++k) lowered.weights[k * g.N + n] = node.weight[n * g.C + k];
    return lowered;
  }
  const Window& w = node.window;
  const bool two = node.op == NodeOp::conv2d;
  Embedding e;
  if (embed(node, e)) {
    g.kind = GemmGeometry::Kind::conv2d;
    g.C = node.in[0], g.H = two ? node.in[1] : 1, g.W = node.in.back(), g.N = node.out[0];
    g.kernel = e.side, g.stride = w.stride[1], g.padding = e.padding;
    require(node, g.K(), g.N, max_weights);
    lowered.weights.assign(g.K() * g.N, 0);
    for_each_weight(node, [&](std::uint64_t o, std::uint64_t c, std::uint64_t ky, std::uint64_t kx, std::int8_t weight) {
      const std::uint64_t y = e.row + (two ? ky * w.dilation[0] : 0), x = e.column + kx * w.dilation[1];
      lowered.weights[((c * e.side + y) * e.side + x) * g.N + o] = weight;
    });
    return lowered;
  }
  lowered.expanded = true;
  g.C = elements_of(node.in), g.N = node.size();
  require(node, g.C, g.N, max_weights);
  lowered.weights.assign(g.C * g.N, 0);
  const std::uint64_t height = two ? node.in[1] : 1, width = node.in.back(), out_h = two ? node.out[1] : 1, out_w = node.out.back();
  for_each_weight(node, [&](std::uint64_t o, std::uint64_t c, std::uint64_t ky, std::uint64_t kx, std::int8_t weight) {
    for (std::uint64_t oy = 0; oy < out_h; ++oy)
      for (std::uint64_t ox = 0; ox < out_w; ++ox) {
        const std::uint64_t y = two ? oy * w.stride[0] + ky * w.dilation[0] - w.pad_before[0] : 0;  // wraps outside the image
        const std::uint64_t x = ox * w.stride[1] + kx * w.dilation[1] - w.pad_before[1];
        if (y < height && x < width) lowered.weights[((c * height + y) * width + x) * g.N + (o * out_h + oy) * out_w + ox] = weight;
      }
  });
  return lowered;
}

}  // namespace snnvp
