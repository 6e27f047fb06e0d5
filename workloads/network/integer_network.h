// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <snnvp/workloads/network/graph.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/network/lif.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// The quantised network that engines run (folder format `snn-network-v1`). Everything is integer; the scales only say what an
// integer means and are not used in the arithmetic.
namespace snnvp {

/// What travels over an edge.
enum class Signal {
  spikes,  ///< 0 or 1
  int8,    ///< graded, -128 to 127
  int32    ///< sums and membranes
};

/// One incoming edge. It contributes round(value * multiplier / 2^shift), halves away from zero, of `delay` steps ago
/// (0 before the first step).
struct IntegerInput {
  std::size_t from = 0;
  std::uint32_t delay = 0;
  std::int32_t multiplier = 1;
  unsigned shift = 0;

  bool is_plain() const { return multiplier == 1 && shift == 0; }
};

/// One node. Its input x is the sum of all contributions, saturated to int32 (to int8 for conv and linear fed by other than
/// spikes, and for an input that is one plain edge no sum is needed). Then, with all sums in int32, saturating:
///   input       the sample: spikes, or int8 = round(real / scale)
///   linear      W x + bias                conv1d, conv2d  likewise; conv1d is a conv2d with H = 1
///   sum_pool2d  sum                       max_pool2d      OR of spikes
///   flatten, add, output  x               delay           x of `delay_steps` ago
///   scale       round(x * multiplier[i] / 2^shift)        relu  clamp(round(x * multiplier[i] / 2^shift), 0, 127)
///   threshold and neurons  NeuronRecord of lif.h (`threshold` is a lif that forgets: leak factor 0)
/// avg_pool2d does not occur: its factor is folded into the next weights.
struct IntegerNode {
  std::string name;
  NodeOp op = NodeOp::input;
  std::vector<IntegerInput> inputs;
  Shape in, out;
  Signal signal = Signal::int32;        ///< of its output
  Signal input_signal = Signal::int32;  ///< of x: what conv, linear and pools work on

  std::vector<std::int8_t> weight;        ///< linear (out, in), conv (Cout, Cin/groups, Kh, Kw), C order
  std::vector<double> weight_scale{1.0};  ///< real weight = scale * integer; one, or one per output channel
  std::vector<std::int32_t> bias;         ///< per output (linear) or output channel, in units of the sums; or empty
  std::uint64_t parameters = 0;           ///< of a connection: weights and biases of its source; 0: those that stand here
  Window window;                          ///< conv and pools
  NeuronRecord neuron;                    ///< threshold and neurons
  std::uint64_t channels = 0;             ///< of `neuron`: per-channel values are per leading axis, or per neuron if positions == 1
  std::uint64_t positions = 1;
  std::vector<std::int32_t> multiplier;  ///< scale, relu: one, one per channel or one per neuron
  unsigned shift = 0;                    ///< scale, relu
  std::vector<std::uint64_t> delay_steps;

  /// real = scale * integer for the output; one, or one per channel (leading axis), or one per element.
  std::vector<double> scale{1.0};

  std::uint64_t size() const { return elements_of(out); }
  bool spiking() const { return signal == Signal::spikes; }
};

/// Where an integer network came from and how it was made; kept in the folder.
struct IntegerNetwork {
  std::string name;
  std::string source;         ///< file it was imported from
  std::string source_sha256;  ///< digest of that file
  double dt = 1e-4;
  ResetRule reset = ResetRule::to_v_reset;
  double if_gain = 1;
  unsigned bits = 8;               ///< of the weights
  std::vector<IntegerNode> nodes;  ///< in an order in which edges of delay 0 go forward

  int find(std::string_view node) const;
  std::vector<std::size_t> inputs() const;
  std::vector<std::size_t> outputs() const;
  /// Strongly connected groups in execution order; a group of one without a self edge is feed-forward and may run all its steps
  /// at once, the others step by step.
  std::vector<std::vector<std::size_t>> groups() const;
};

/// Largest multiplier and shift of an edge, a scale or a relu.
constexpr std::int32_t max_multiplier = std::int32_t{1} << 20;
constexpr unsigned max_multiplier_shift = 40;

/// Fills shapes that are missing from the inputs on and tells what is wrong with a network, all at once; everything that runs
/// it relies on this. `file` stands in the messages.
void check_network(IntegerNetwork& network, const std::string& file, Diagnostics& diagnostics);

/// The neuron at `index` with the bias of the connections that feed it through plain edges of delay 0 folded into its record, so
/// that an engine needs only the bare matrix products. `folded` (if not null) receives those connections. Exact as long as the
/// sums stay within int32.
NeuronRecord neuron_with_biases(const IntegerNetwork& network, std::size_t index, std::vector<std::size_t>* folded = nullptr);

/// A connection as engines take it: a matrix product over T steps with weights [K][N] (golden_gemm). Grouped, dilated and
/// rectangular kernels are embedded in square ones where one padding and stride can give the same outputs; otherwise
/// the convolution becomes the equivalent fully connected layer, whose N outputs are those of the node in C order.
struct LoweredConnection {
  GemmGeometry geometry;
  std::vector<std::int8_t> weights;
  bool expanded = false;  ///< a convolution that became fully connected
};
/// InputError if the layer would have more than `max_weights` weights.
LoweredConnection lower_connection(const IntegerNode& node, std::uint64_t T, std::uint64_t max_weights = std::uint64_t{1} << 28);

}  // namespace snnvp
