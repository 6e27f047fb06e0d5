// SPDX-License-Identifier: Apache-2.0
// Shapes of a graph: forward from the inputs, and from weights and parameters where a recurrent edge has no source shape yet.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <snnvp/workloads/network/graph.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

constexpr std::uint64_t max_side = std::uint64_t{1} << 24;
constexpr std::uint64_t max_neurons = std::uint64_t{1} << 24;
constexpr std::uint64_t max_values = std::uint64_t{1} << 25;  // of all nodes together

std::string text_of(const Shape& shape) { return "(" + shape_text(shape) + ")"; }

bool too_large(const Shape& shape) {
  std::uint64_t product = 1;
  for (const std::uint64_t size : shape) {
    if (size > max_neurons || product * std::max<std::uint64_t>(size, 1) > max_neurons) return true;
    product *= std::max<std::uint64_t>(size, 1);
  }
  return false;
}

/// One pass over the graph; problems are sentences about one node.
class ShapePass {
public:
  ShapePass(NetworkGraph& graph, Diagnostics& diagnostics) : graph_(graph), diagnostics_(diagnostics) {}

  void run() {
    const std::vector<std::size_t> order = graph_.order();
    std::vector<std::vector<std::size_t>> from(graph_.nodes.size());
    for (const GraphEdge& edge : graph_.edges) from[edge.to].push_back(edge.from);
    failed_.assign(graph_.nodes.size(), false);
    for (GraphNode& node : graph_.nodes) node.in = node.out = {}, known_.push_back(false);
    for (bool grows = true; grows;) {
      grows = false;
      for (const std::size_t i : order)
        if (!known_[i] && !failed_[i] && visit(i, from[i])) grows = true;
    }
    for (const std::size_t i : order) {
      if (!known_[i] && !failed_[i]) fail(i, "its shape follows from nothing", "an Input node with a shape must lead to it");
      if (known_[i]) check_sources(i, from[i]);
    }
  }

private:
  void fail(std::size_t i, const std::string& what, const std::string& hint = {}) {
    failed_[i] = true;
    diagnostics_.error({graph_.source}, graph_.nodes[i].name, what, hint);
  }

  /// True if the node's shape has become known.
  bool visit(std::size_t i, const std::vector<std::size_t>& from) {
    GraphNode& node = graph_.nodes[i];
    bool any_failed = false;
    const Shape* source = nullptr;
    for (const std::size_t f : from) {
      any_failed = any_failed || failed_[f];
      if (known_[f] && source == nullptr) source = &graph_.nodes[f].out;
    }
    if (node.op == NodeOp::input) source = &node.declared;
    Shape own;
    if (source == nullptr) {
      own = own_input(node);
      if (own.empty()) {
        if (any_failed && from.size() == 1) failed_[i] = true;  // told already
        return false;
      }
      source = &own;
    }
    node.in = *source;
    if (std::any_of(node.in.begin(), node.in.end(), [](std::uint64_t size) { return size == 0; }) || too_large(node.in))
      return fail(i, fmt::format("a shape of {} is not possible", text_of(node.in)), fmt::format("1 to {} values", max_neurons)), false;
    if (!shape_of(i)) return false;
    if (too_large(node.out)) return fail(i, fmt::format("its output would have more than {} values", max_neurons)), false;
    total_ += elements_of(node.in) + elements_of(node.out);
    if (total_ > max_values)
      return fail(i, fmt::format("the network would have more than {} values with this node of ({})", max_values, shape_text(node.out))),
             false;
    known_[i] = true;
    return true;
  }

  /// What a node whose sources are unknown says about its own input; empty if nothing.
  static Shape own_input(const GraphNode& node) {
    if (node.op == NodeOp::linear && node.weight.shape.size() == 2) return {node.weight.shape[1]};
    if (!node.declared.empty() && node.op != NodeOp::output) return node.declared;
    if (is_neuron(node.op) || node.op == NodeOp::threshold || node.op == NodeOp::scale || node.op == NodeOp::delay)
      for (const NeuronParam* param : {&node.tau, &node.r, &node.v_threshold, &node.factor, &node.delay_steps})
        if (param->values.size() > 1) return param->shape;
    return {};
  }

  bool shape_of(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    switch (node.op) {
      case NodeOp::linear: return linear(i);
      case NodeOp::conv1d:
      case NodeOp::conv2d: return convolution(i);
      case NodeOp::sum_pool2d:
      case NodeOp::avg_pool2d:
      case NodeOp::max_pool2d: return pool(i);
      case NodeOp::flatten: return flatten(i);
      case NodeOp::output: node.out = node.declared.empty() ? node.in : node.declared; return output(i);
      default: node.out = node.in; return parameters(i);
    }
  }

  bool output(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    if (node.out == node.in) return true;
    if (elements_of(node.out) != elements_of(node.in))
      return fail(i, fmt::format("has the shape {}, but what reaches it is {}", text_of(node.out), text_of(node.in))), false;
    diagnostics_.warning({graph_.source}, node.name, fmt::format("has the shape {} behind {}", text_of(node.out), text_of(node.in)));
    node.out = node.in;
    return true;
  }

  bool linear(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    const Shape& w = node.weight.shape;
    if (w.size() != 2) return fail(i, fmt::format("a weight of shape {} is not (out, in)", text_of(w))), false;
    if (elements_of(node.in) != w[1])
      return fail(i, fmt::format("its weight takes {} inputs, but {} reach it, of shape {}", w[1], elements_of(node.in), text_of(node.in))),
             false;
    if (node.in.size() > 1)
      diagnostics_.warning({graph_.source}, node.name, fmt::format("an input of shape {} is read as {} values", text_of(node.in), w[1]));
    if (!node.bias.empty() && node.bias.size() != w[0])
      return fail(i, fmt::format("{} biases for {} outputs", node.bias.size(), w[0])), false;
    node.out = {w[0]};
    return true;
  }

  bool convolution(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    const bool two = node.op == NodeOp::conv2d;
    const std::size_t axes = two ? 3 : 2;
    const Shape& w = node.weight.shape;
    const Window& window = node.window;
    if (node.in.size() != axes)
      return fail(i, fmt::format("needs an input of shape {}, not {}", two ? "(C, H, W)" : "(C, L)", text_of(node.in))), false;
    if (w.size() != axes + 1 || elements_of(w) == 0)
      return fail(i,
                  fmt::format("a weight of shape {} is not {}", text_of(w), two ? "(Cout, Cin/groups, Kh, Kw)" : "(Cout, Cin/groups, K)")),
             false;
    if (window.groups == 0 || w[0] % window.groups != 0)
      return fail(i, fmt::format("{} output channels do not divide into {} groups", w[0], window.groups)), false;
    if (node.in[0] != w[1] * window.groups)
      return fail(i, fmt::format("its weight takes {} channels, but {} reach it", w[1] * window.groups, node.in[0])), false;
    if (!node.declared.empty() && node.declared != node.in) {
      // The reference library derives both axes from the kernel's height, so what it writes for other shapes is no evidence.
      const bool square = node.in.size() == 3 && node.in[1] == node.in[2] && w[2] == w[3];
      const std::string text = fmt::format("states an input of {}, but {} reaches it", text_of(node.declared), text_of(node.in));
      if (square || !two) return fail(i, text), false;
      diagnostics_.warning({graph_.source}, node.name, text);
    }
    if (!node.bias.empty() && node.bias.size() != w[0])
      return fail(i, fmt::format("{} biases for {} output channels", node.bias.size(), w[0])), false;
    return windowed(i, w[0]);
  }

  bool pool(std::size_t i) {
    if (graph_.nodes[i].in.size() != 3)
      return fail(i, fmt::format("needs an input of shape (C, H, W), not {}", text_of(graph_.nodes[i].in))), false;
    return windowed(i, graph_.nodes[i].in[0]);
  }

  bool windowed(std::size_t i, std::uint64_t channels) {
    GraphNode& node = graph_.nodes[i];
    const Window& w = node.window;
    const std::size_t first = node.op == NodeOp::conv1d ? 1 : 0;
    Shape out{channels};
    for (std::size_t axis = first; axis < 2; ++axis) {
      const std::uint64_t in = node.in[node.in.size() - 2 + axis];
      for (const std::uint64_t v : {w.kernel[axis], w.stride[axis], w.dilation[axis]})
        if (v == 0 || v > max_side) return fail(i, "kernel, stride and dilation must be at least 1"), false;
      if (w.pad_before[axis] > max_side || w.pad_after[axis] > max_side) return fail(i, "the padding is too large"), false;
      out.push_back(w.out(static_cast<unsigned>(axis), in));
      if (out.back() == 0)
        return fail(i, fmt::format("a kernel of {} with dilation {} does not fit {} values with padding {} and {}", w.kernel[axis],
                                   w.dilation[axis], in, w.pad_before[axis], w.pad_after[axis])),
               false;
    }
    node.out = std::move(out);
    return true;
  }

  /// Writers that forget the batch axis keep the first axis apart although the layer behind wants all values.
  bool next_takes_all(std::size_t i) const {
    const std::uint64_t all = elements_of(graph_.nodes[i].in);
    return std::any_of(graph_.edges.begin(), graph_.edges.end(), [&](const GraphEdge& edge) {
      const GraphNode& to = graph_.nodes[edge.to];
      return edge.from == i && to.op == NodeOp::linear && to.weight.shape.size() == 2 && to.weight.shape[1] == all;
    });
  }

  bool flatten(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    const auto axes = static_cast<std::int64_t>(node.in.size());
    if (!node.declared.empty() && elements_of(node.declared) != elements_of(node.in))
      return fail(i, fmt::format("states an input of {}, but {} reaches it", text_of(node.declared), text_of(node.in))), false;
    const std::int64_t first = node.first_dim < 0 ? node.first_dim + axes : node.first_dim;
    const std::int64_t last = node.last_dim < 0 ? node.last_dim + axes : node.last_dim;
    if ((first != 0 || last != axes - 1) && next_takes_all(i)) {
      node.approximation = "flattens all axes, since the layer behind it takes all values";
      node.out = {elements_of(node.in)};
      return true;
    }
    if (first < 0 || first >= axes || last < first || last >= axes)
      return fail(i, fmt::format("start_dim {} and end_dim {} are not axes of {}", node.first_dim, node.last_dim, text_of(node.in))), false;
    node.out.assign(node.in.begin(), node.in.begin() + first);
    std::uint64_t product = 1;
    for (std::int64_t axis = first; axis <= last; ++axis) product *= node.in[static_cast<std::size_t>(axis)];
    node.out.push_back(product);
    node.out.insert(node.out.end(), node.in.begin() + last + 1, node.in.end());
    return true;
  }

  bool parameters(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    const struct {
      const char* name;
      NeuronParam* param;
    } params[] = {{"tau", &node.tau},          {"r", &node.r},       {"v_leak", &node.v_leak},   {"v_threshold", &node.v_threshold},
                  {"v_reset", &node.v_reset},  {"w_in", &node.w_in}, {"tau_syn", &node.tau_syn}, {"scale", &node.factor},
                  {"delay", &node.delay_steps}};
    for (const auto& [name, param] : params)
      if (!param->empty() && !broadcast(*param, node.out))
        return fail(i, fmt::format("its {} of shape {} does not broadcast to {}", name, text_of(param->shape), text_of(node.out)),
                    "one value, one per neuron, or axes of 1 where the values repeat"),
               false;
    if (node.op == NodeOp::delay)
      for (const double steps : node.delay_steps.values)
        if (steps * static_cast<double>(elements_of(node.out)) > static_cast<double>(max_values))
          return fail(i, fmt::format("a delay of {} steps for {} values is too long", steps, elements_of(node.out))), false;
    return true;
  }

  /// numpy's rules; false if they do not allow it. A constant stays a single value.
  static bool broadcast(NeuronParam& param, const Shape& out) {
    const std::uint64_t all = elements_of(out);
    if (param.values.size() == 1) return true;
    if (param.values.size() == all) return param.shape = out, true;
    if (param.shape.size() > out.size()) return false;
    const std::size_t missing = out.size() - param.shape.size();
    for (std::size_t axis = 0; axis < param.shape.size(); ++axis)
      if (param.shape[axis] != 1 && param.shape[axis] != out[axis + missing]) return false;
    if (missing != 0 && out.size() == 3) return false;  // (W) for an image: per column is hardly meant
    std::vector<double> spread(all);
    for (std::uint64_t n = 0; n < all; ++n) {
      std::uint64_t rest = n, index = 0, step = 1;
      for (std::size_t axis = out.size(); axis-- > 0;) {
        const std::uint64_t at = rest % out[axis];
        rest /= out[axis];
        if (axis < missing) continue;
        const std::uint64_t size = param.shape[axis - missing];
        if (size != 1) index += at * step;
        step *= size;
      }
      spread[n] = param.values[index];
    }
    param.shape = out;
    param.values = std::move(spread);
    return true;
  }

  /// All that reach a node must have as many values as it takes.
  void check_sources(std::size_t i, const std::vector<std::size_t>& from) {
    const GraphNode& node = graph_.nodes[i];
    for (const std::size_t f : from) {
      if (!known_[f] || graph_.nodes[f].out == node.in) continue;
      const std::string text =
          fmt::format("takes {}, but {} gives {}", text_of(node.in), graph_.nodes[f].name, text_of(graph_.nodes[f].out));
      if (elements_of(graph_.nodes[f].out) != elements_of(node.in))
        fail(i, text);
      else
        diagnostics_.warning({graph_.source}, node.name, text);
    }
  }

  NetworkGraph& graph_;
  Diagnostics& diagnostics_;
  std::vector<bool> known_, failed_;
  std::uint64_t total_ = 0;
};

}  // namespace

void infer_shapes(NetworkGraph& graph, Diagnostics& diagnostics) { ShapePass(graph, diagnostics).run(); }

}  // namespace snnvp
