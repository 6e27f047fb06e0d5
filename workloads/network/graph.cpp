// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/graph.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/network/graph_order.h>

namespace snnvp {

namespace {

struct OpWord {
  NodeOp op;
  const char* word;
};
constexpr OpWord op_words[] = {
    {NodeOp::input, "input"},
    {NodeOp::output, "output"},
    {NodeOp::linear, "linear"},
    {NodeOp::conv1d, "conv1d"},
    {NodeOp::conv2d, "conv2d"},
    {NodeOp::sum_pool2d, "sum_pool2d"},
    {NodeOp::avg_pool2d, "avg_pool2d"},
    {NodeOp::flatten, "flatten"},
    {NodeOp::scale, "scale"},
    {NodeOp::threshold, "threshold"},
    {NodeOp::delay, "delay"},
    {NodeOp::integrator, "integrator"},
    {NodeOp::if_neuron, "if"},
    {NodeOp::li, "li"},
    {NodeOp::lif, "lif"},
    {NodeOp::cuba_li, "cuba_li"},
    {NodeOp::cuba_lif, "cuba_lif"},
    {NodeOp::max_pool2d, "max_pool2d"},
    {NodeOp::add, "add"},
    {NodeOp::relu, "relu"},
};

std::vector<Arc> arcs_of(const std::vector<GraphEdge>& edges, bool all) {
  std::vector<Arc> arcs;
  for (const GraphEdge& edge : edges)
    if (all || edge.delay == 0) arcs.push_back({edge.from, edge.to});
  return arcs;
}

std::vector<std::size_t> nodes_of(const NetworkGraph& graph, NodeOp op) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].op == op) found.push_back(i);
  return found;
}

/// "a, b, c" of the nodes that take part in a cycle of undelayed edges.
std::string names_on_cycles(const NetworkGraph& graph) {
  const std::vector<Arc> arcs = arcs_of(graph.edges, false);
  const std::vector<std::size_t> component = strong_components(graph.nodes.size(), arcs);
  std::vector<bool> on_cycle(graph.nodes.size(), false);
  for (const Arc& arc : arcs)
    if (component[arc.from] == component[arc.to]) on_cycle[arc.from] = true;
  std::vector<std::string> names;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (on_cycle[n]) names.push_back(quote(graph.nodes[n].name));
  return join_names(names);
}

}  // namespace

std::string op_name(NodeOp op) {
  for (const OpWord& entry : op_words)
    if (entry.op == op) return entry.word;
  return {};
}

bool parse_op(std::string_view word, NodeOp& op) {
  const auto* entry = std::find_if(std::begin(op_words), std::end(op_words), [&](const OpWord& o) { return word == o.word; });
  if (entry == std::end(op_words)) return false;
  op = entry->op;
  return true;
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const OpWord& entry : op_words) names.emplace_back(entry.word);
  return names;
}

bool is_spiking(NodeOp op) { return op == NodeOp::threshold || op == NodeOp::if_neuron || op == NodeOp::lif || op == NodeOp::cuba_lif; }
bool is_connection(NodeOp op) { return op == NodeOp::linear || op == NodeOp::conv1d || op == NodeOp::conv2d; }
bool is_pool(NodeOp op) { return op == NodeOp::sum_pool2d || op == NodeOp::avg_pool2d || op == NodeOp::max_pool2d; }
bool is_cuba(NodeOp op) { return op == NodeOp::cuba_li || op == NodeOp::cuba_lif; }
bool is_neuron(NodeOp op) {
  return op == NodeOp::integrator || op == NodeOp::if_neuron || op == NodeOp::li || op == NodeOp::lif || is_cuba(op);
}
bool is_stateful(NodeOp op) { return is_neuron(op) || op == NodeOp::delay; }

std::uint64_t elements_of(const Shape& shape) {
  std::uint64_t product = 1;
  for (const std::uint64_t size : shape) product *= size;
  return product;
}

std::uint64_t Window::out(unsigned axis, std::uint64_t in) const {
  const std::uint64_t padded = in + pad_before[axis] + pad_after[axis], reach = dilation[axis] * (kernel[axis] - 1) + 1;
  return padded < reach ? 0 : (padded - reach) / stride[axis] + 1;
}

int NetworkGraph::find(std::string_view node) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == node) return static_cast<int>(i);
  return -1;
}

std::vector<std::size_t> NetworkGraph::order() const {
  std::vector<std::size_t> sorted = topological_order(nodes.size(), arcs_of(edges, false));
  if (sorted.size() != nodes.size())
    throw InputError(fmt::format("{}: the nodes {} form a cycle without a delay", name.empty() ? "network" : name, names_on_cycles(*this)));
  return sorted;
}

std::vector<std::size_t> NetworkGraph::inputs() const { return nodes_of(*this, NodeOp::input); }
std::vector<std::size_t> NetworkGraph::outputs() const { return nodes_of(*this, NodeOp::output); }

void delay_cycles(NetworkGraph& graph, Diagnostics& diagnostics) {
  const std::vector<std::size_t> component = strong_components(graph.nodes.size(), arcs_of(graph.edges, true));
  for (GraphEdge& edge : graph.edges)
    if (component[edge.from] == component[edge.to] && is_stateful(graph.nodes[edge.from].op) && edge.delay == 0) edge.delay = 1;
  if (topological_order(graph.nodes.size(), arcs_of(graph.edges, false)).size() == graph.nodes.size()) return;
  diagnostics.error({graph.source}, "edges", fmt::format("the nodes {} form a cycle that holds no state", names_on_cycles(graph)),
                    "a cycle must pass a neuron or a Delay, whose output then arrives in the next step");
}

}  // namespace snnvp
