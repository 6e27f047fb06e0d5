// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>

// A spiking network as a directed graph with real parameters: what an import gives, and what the float reference runs.
namespace snnvp {

/// What a node does. The first block is that of NIR (spec/formats.md 4.1.2); max_pool2d, add and relu occur in folders only.
enum class NodeOp {
  input,
  output,
  linear,  ///< y = W x + b; Affine and Linear of NIR
  conv1d,
  conv2d,
  sum_pool2d,
  avg_pool2d,
  flatten,
  scale,      ///< element-wise product
  threshold,  ///< 1 if x > threshold
  delay,
  integrator,  ///< I of NIR: v += k x, graded output
  if_neuron,
  li,
  lif,
  cuba_li,
  cuba_lif,
  max_pool2d,  ///< OR over spikes
  add,         ///< sum of its inputs; every node sums its inputs, so this is only a name
  relu,        ///< max(x, 0); with the linear or conv before it a dense int8 layer of a ReLU network (decision 39)
};

/// "linear", "cuba_lif", ...: the word in network folders and messages.
std::string op_name(NodeOp op);
/// The reverse; false if there is no such word.
bool parse_op(std::string_view word, NodeOp& op);
/// All words, for messages.
std::vector<std::string> op_names();

/// Keeps a state between steps: delay, integrator, if, li, lif, cuba_li, cuba_lif.
bool is_stateful(NodeOp op);
/// Its output is spikes: threshold, if, lif, cuba_lif.
bool is_spiking(NodeOp op);
/// Has weights: linear, conv1d, conv2d.
bool is_connection(NodeOp op);
/// sum_pool2d, avg_pool2d, max_pool2d.
bool is_pool(NodeOp op);
/// cuba_li, cuba_lif.
bool is_cuba(NodeOp op);
/// A membrane: integrator, if, li, lif, cuba_li, cuba_lif.
bool is_neuron(NodeOp op);

using Shape = std::vector<std::uint64_t>;

/// Product of the sizes; 1 for a scalar.
std::uint64_t elements_of(const Shape& shape);

/// Real numbers in C order.
struct RealTensor {
  Shape shape;
  std::vector<double> values;

  bool empty() const { return values.empty(); }
};

/// A parameter of a neuron: any shape that broadcasts to the node's output until infer_shapes() has seen it; from then on one
/// value for all neurons, or one per neuron in C order.
using NeuronParam = RealTensor;
inline double value_of(const NeuronParam& param, std::uint64_t neuron) {
  return param.values.size() == 1 ? param.values[0] : param.values[neuron];
}
/// The same value for all neurons.
inline NeuronParam scalar_param(double value) { return {{}, {value}}; }

/// Window of a convolution or a pool, [0] along H and [1] along W; conv1d uses H = 1.
struct Window {
  std::array<std::uint64_t, 2> kernel{1, 1};
  std::array<std::uint64_t, 2> stride{1, 1};
  std::array<std::uint64_t, 2> pad_before{0, 0};  ///< above, left; may differ from pad_after for `same`
  std::array<std::uint64_t, 2> pad_after{0, 0};
  std::array<std::uint64_t, 2> dilation{1, 1};
  std::uint64_t groups = 1;

  /// floor((in + before + after - dilation (kernel - 1) - 1) / stride) + 1, or 0 if the kernel does not fit.
  std::uint64_t out(unsigned axis, std::uint64_t in) const;
};

struct GraphNode {
  std::string name;  ///< nested graphs give `outer/inner`
  NodeOp op = NodeOp::input;
  Shape declared;  ///< shape the source states: of an input or output, or what a conv or flatten expects; may be empty
  Shape in;        ///< without batch and time; images are (C, H, W), conv1d (C, L); filled by infer_shapes(), as is `out`
  Shape out;
  std::string approximation;  ///< what is not exactly as the source says; empty if all is

  RealTensor weight;           ///< linear (out, in), conv1d (Cout, Cin/groups, K), conv2d (Cout, Cin/groups, Kh, Kw)
  std::vector<double> bias;    ///< per output (linear) or output channel, or empty
  Window window;               ///< conv and pools; conv1d uses [1]
  std::int64_t first_dim = 0;  ///< flatten, axes without batch, inclusive; negative counts from the end
  std::int64_t last_dim = -1;

  NeuronParam tau, r, v_leak, v_threshold, v_reset;  ///< seconds; v_reset defaults to 0, r to 1
  NeuronParam tau_syn, w_in;                         ///< cuba; w_in defaults to 1
  NeuronParam factor;                                ///< scale
  NeuronParam delay_steps;                           ///< delay: whole numbers
};

/// Longest delay of an edge or a node.
constexpr std::uint64_t max_delay_steps = std::uint64_t{1} << 20;

/// from -> to; the value arrives `delay` steps later (1 for edges that close a cycle, spec/formats.md 4.1.3).
struct GraphEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  std::uint32_t delay = 0;
};

enum class ResetRule { to_v_reset, subtract };  ///< v = v_reset; v -= v_threshold - v_reset

struct NetworkGraph {
  std::string name;
  std::string source;         ///< file it came from, may be empty
  std::string source_sha256;  ///< of that file
  double dt = 1e-4;           ///< seconds per step
  ResetRule reset = ResetRule::to_v_reset;
  double if_gain = 1;  ///< what IF and integrator nodes multiply `r` with: 1 or dt
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;  ///< fan-in is a sum

  /// Index of the node of that name, or -1.
  int find(std::string_view node) const;
  /// Nodes such that each edge of delay 0 goes forward; ties in the order of `nodes`. InputError if there is a cycle of such edges.
  std::vector<std::size_t> order() const;
  std::vector<std::size_t> inputs() const;   ///< nodes of op input, in order of `nodes`
  std::vector<std::size_t> outputs() const;  ///< nodes of op output
};

/// Gives every edge on a cycle that starts at a stateful node delay 1 (others keep theirs). A cycle without one is an error
/// that names its nodes.
void delay_cycles(NetworkGraph& graph, Diagnostics& diagnostics);

/// Fills `in` and `out` of all nodes from the inputs' shapes and checks every weight and parameter against them.
/// Problems name the node. A warning where only the axes differ, not the number of elements.
void infer_shapes(NetworkGraph& graph, Diagnostics& diagnostics);

}  // namespace snnvp
