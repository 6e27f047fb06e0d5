// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/quantise.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/quantise_neuron.h>
#include <snnvp/workloads/network/quantise_weights.h>

namespace snnvp {

namespace {

/// Without data of the user's, ranges come from this.
constexpr std::uint64_t default_steps = 64;
constexpr double default_density = 0.25;

std::vector<NetworkSample> default_samples(const NetworkGraph& graph) {
  NetworkSample sample;
  sample.steps = default_steps;
  RandomStream random(1, "quantise/ranges");
  for (const std::size_t i : graph.inputs()) {
    const std::uint64_t size = elements_of(graph.nodes[i].out);
    InputSignal signal;
    signal.spikes = SpikeTensor("TC", {default_steps, size});
    for (std::uint64_t n = 0; n < default_steps * size; ++n)
      if (random.bernoulli(default_density)) signal.spikes.set(n);
    sample.inputs.push_back(std::move(signal));
  }
  return {sample};
}

double magnitude(const std::vector<double>& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

/// Keeps the largest magnitude; not a number stays.
void grow(double& most, double v) {
  const double a = std::abs(v);
  if (!(a <= most) && most == most) most = a;
}

/// Counts on a grid: the value is `step` times a whole number of at most `most`. most == 0: not known to be.
struct Grid {
  double step = 1;
  std::uint64_t most = 0;
};

/// Nodes that hand their input on, so that sums of connections may meet in them.
bool passes(NodeOp op) {
  return op == NodeOp::add || op == NodeOp::flatten || op == NodeOp::delay || op == NodeOp::output || op == NodeOp::input;
}

class Quantiser {
public:
  Quantiser(const NetworkGraph& graph, const QuantiseOptions& options, const std::vector<NetworkSample>& samples)
      : graph_(graph), options_(options), measured_(!samples.empty()), order_(graph.order()), n_(graph.nodes.size()) {
    edges_to_.resize(n_), edges_from_.resize(n_), signal_.assign(n_, Signal::int32), scale_.resize(n_), x_scale_.resize(n_);
    for (const GraphEdge& edge : graph.edges) edges_to_[edge.to].push_back(edge), edges_from_[edge.from].push_back(edge);
    measure(measured_ ? samples : default_samples(graph));
  }

  Quantised run() {
    find_signals();
    find_grids();
    for (const std::size_t i : order_)
      if (is_connection(node(i).op)) x_scale_[i] = {connection_input_scale(i)};
    group_connections();
    start();
    for (const std::size_t i : order_) convert(i);
    for (const std::size_t i : order_) join(i);
    finish();
    return std::move(result_);
  }

private:
  const GraphNode& node(std::size_t i) const { return graph_.nodes[i]; }
  double levels() const { return static_cast<double>((1U << (options_.bits - 1)) - 1); }

  // -- what the values are ------------------------------------------------------------------------------------------------

  void measure(const std::vector<NetworkSample>& samples) {
    ranges_.resize(n_), activity_.resize(n_);
    for (const GraphEdge& edge : graph_.edges)
      if (is_connection(node(edge.to).op)) activity_[edge.from].assign(elements_of(node(edge.from).out), 0.0);
    spike_input_.assign(n_, true);
    std::vector<std::uint64_t> sizes;
    for (const std::size_t i : graph_.inputs()) sizes.push_back(elements_of(node(i).out));
    for (const NetworkSample& sample : samples) {
      check_sample(sizes, sample);
      FloatSimulation simulation(graph_);
      for (std::uint64_t step = 0; step < sample.steps; ++step) {
        simulation.step(sample, step);
        for (std::size_t i = 0; i < n_; ++i) watch(i, simulation);
      }
    }
    for (std::size_t i = 0; i < n_; ++i)
      for (const double range : {ranges_[i].output, ranges_[i].membrane, ranges_[i].current})
        if (!std::isfinite(range))
          throw InputError(fmt::format("{}: its values grow beyond all bounds in the float reference", node(i).name));
  }

  void watch(std::size_t i, const FloatSimulation& simulation) {
    const double* y = simulation.output(i);
    const std::uint64_t size = elements_of(node(i).out);
    for (std::uint64_t n = 0; n < size; ++n) {
      grow(ranges_[i].output, y[n]);
      if (!activity_[i].empty()) activity_[i][n] += y[n];
      if (node(i).op == NodeOp::input && y[n] != 0 && y[n] != 1) spike_input_[i] = false;
    }
    for (const double v : simulation.membrane(i)) grow(ranges_[i].membrane, v);
    for (const double v : simulation.current(i)) grow(ranges_[i].current, v);
  }

  void find_signals() {
    for (bool grows = true; grows;) {
      grows = false;
      for (std::size_t i = 0; i < n_; ++i) {
        if (signal_[i] == Signal::spikes) continue;
        const bool forwards = (passes(node(i).op) && node(i).op != NodeOp::input) || node(i).op == NodeOp::max_pool2d;
        if (is_spiking(node(i).op) || (node(i).op == NodeOp::input && spike_input_[i]) || (forwards && takes_spikes(i)))
          signal_[i] = Signal::spikes, grows = true;
      }
    }
    for (std::size_t i = 0; i < n_; ++i) {
      if (node(i).op == NodeOp::relu || (node(i).op == NodeOp::input && signal_[i] != Signal::spikes)) signal_[i] = Signal::int8;
      if (signal_[i] == Signal::spikes) scale_[i] = {1.0};
    }
  }
  bool takes_spikes(std::size_t i) const { return edges_to_[i].size() == 1 && signal_[edges_to_[i][0].from] == Signal::spikes; }

  /// Follows counts of spikes through pools and sums: they need no rounding.
  void find_grids() {
    grids_.resize(n_);
    for (const std::size_t i : order_) {
      if (signal_[i] == Signal::spikes) {
        grids_[i] = {1, 1};
        continue;
      }
      const Grid x = input_grid(i);
      const std::uint64_t taps = node(i).window.kernel[0] * node(i).window.kernel[1];
      if (x.most == 0) continue;
      if (node(i).op == NodeOp::sum_pool2d) grids_[i] = {x.step, x.most * taps};
      if (node(i).op == NodeOp::avg_pool2d) grids_[i] = {x.step / static_cast<double>(taps), x.most * taps};
      if (passes(node(i).op) || node(i).op == NodeOp::max_pool2d) grids_[i] = x;
    }
  }
  Grid input_grid(std::size_t i) const {
    Grid sum{1, 0};
    for (const GraphEdge& edge : edges_to_[i]) {
      const Grid& from = grids_[edge.from];
      if (from.most == 0 || (sum.most != 0 && from.step != sum.step)) return {1, 0};
      sum = {from.step, sum.most + from.most};
    }
    return sum;
  }

  /// Conv and linear work on int8: counts as they are, spikes as they are, all else rounded to 127 levels of the range.
  double connection_input_scale(std::size_t i) const {
    if (takes_spikes(i)) return 1;
    if (const Grid grid = input_grid(i); grid.most != 0 && grid.most <= 127) return grid.step;
    double range = 0;
    for (const GraphEdge& edge : edges_to_[i]) range += ranges_[edge.from].output;
    return range > 0 ? range / 127 : 1.0 / 127;
  }

  // -- one scale for all connections whose sums meet ----------------------------------------------------------------------

  std::size_t root(std::size_t i) {
    while (group_[i] != i) i = group_[i] = group_[group_[i]];
    return i;
  }

  void group_connections() {
    group_.resize(n_);
    std::iota(group_.begin(), group_.end(), std::size_t{0});
    // A spike leaves a neuron with scale 1 and a pool changes scales, so only sums before them are one group.
    for (const GraphEdge& edge : graph_.edges) {
      const NodeOp from = node(edge.from).op, to = node(edge.to).op;
      const bool carries =
          is_connection(from) || ((from == NodeOp::add || from == NodeOp::flatten) && signal_[edge.from] != Signal::spikes);
      if (carries && !is_connection(to) && !is_pool(to) && to != NodeOp::scale && to != NodeOp::relu)
        group_[root(edge.from)] = root(edge.to);
    }
    std::vector<std::vector<std::size_t>> members(n_);
    for (const std::size_t i : order_)
      if (is_connection(node(i).op)) members[root(i)].push_back(i);
    group_scale_.resize(n_);
    for (const auto& group : members)
      if (!group.empty())
        for (const std::size_t i : group) group_scale_[i] = scale_of(group);
  }

  static std::uint64_t blocks_of(const GraphNode& node) { return node.weight.shape[0]; }

  std::vector<double> scale_of(const std::vector<std::size_t>& group) const {
    const std::uint64_t outputs = blocks_of(node(group[0]));
    const bool same = std::all_of(group.begin(), group.end(), [&](std::size_t i) { return blocks_of(node(i)) == outputs; });
    if (!options_.per_channel || !same) return {aligned(best_scale(group, 0, 1), threshold_behind(group, 0, 1))};
    std::vector<double> scales;
    for (std::uint64_t o = 0; o < outputs; ++o)
      scales.push_back(aligned(best_scale(group, o, outputs), threshold_behind(group, o, outputs)));
    return scales;
  }

  /// The sum that just reaches the threshold, if it is the same for all neurons of a block behind the group; else 0.
  double threshold_behind(const std::vector<std::size_t>& group, std::uint64_t block, std::uint64_t blocks) const {
    double found = 0;
    for (const std::size_t i : group)
      for (const GraphEdge& edge : edges_from_[i]) {
        const GraphNode& neuron = node(edge.to);
        if (!is_spiking(neuron.op)) continue;
        const std::uint64_t size = elements_of(neuron.out), step = size / blocks;
        for (std::uint64_t n = block * step; n < (block + 1) * step; ++n) {
          const double sum = value_of(neuron.v_threshold, n) / input_gain(neuron, n, graph_.dt, graph_.if_gain);
          if (found == 0) found = sum;
          if (!(std::abs(sum - found) <= 1e-12 * std::abs(found))) return 0;
        }
      }
    return found;
  }

  /// A slightly larger scale in which the threshold is a whole number: rounding it would shift every spike the same way.
  static double aligned(double scale, double threshold) {
    constexpr double least = 32;  // so that the scale grows by 3 % at most
    const double whole = std::floor(threshold / scale + 1e-9);
    return whole >= least && whole <= 1e9 ? threshold / whole : scale;
  }

  /// The scale with the least squared error over block `block` of `blocks` of all weights: the largest weight need not be met.
  double best_scale(const std::vector<std::size_t>& group, std::uint64_t block, std::uint64_t blocks) const {
    double most = 0;
    std::uint64_t count = 0;
    const auto for_each = [&](auto visit) {
      for (const std::size_t i : group) {
        const std::vector<double>& w = node(i).weight.values;
        const std::size_t step = w.size() / blocks;
        for (std::size_t k = block * step; k < (block + 1) * step; ++k) visit(w[k] * x_scale_[i][0]);
      }
    };
    for_each([&](double w) { most = std::max(most, std::abs(w)), ++count; });
    if (most == 0) return x_scale_[group[0]][0] / levels();
    double best = most / levels(), least = -1;
    constexpr std::uint64_t small = 1U << 22;  // more weights are not searched over
    for (int k = 0; k < (count <= small ? 30 : 1); ++k) {
      const double scale = most * (1 - 0.02 * k) / levels();
      double error = 0;
      for_each([&](double w) {
        const double rest = w - scale * std::clamp(std::nearbyint(w / scale), -levels(), levels());
        error += rest * rest;
      });
      if (least < 0 || error < least) least = error, best = scale;
    }
    return best;
  }

  // -- nodes --------------------------------------------------------------------------------------------------------------

  void start() {
    IntegerNetwork& network = result_.network;
    network.name = graph_.name, network.source = graph_.source, network.source_sha256 = graph_.source_sha256;
    network.dt = graph_.dt, network.reset = graph_.reset, network.if_gain = graph_.if_gain, network.bits = options_.bits;
    position_.resize(n_);
    for (std::size_t p = 0; p < n_; ++p) position_[order_[p]] = p;
    network.nodes.resize(n_);
    result_.nodes.resize(n_);
  }

  void convert(std::size_t i) {
    const GraphNode& from = node(i);
    IntegerNode& to = result_.network.nodes[position_[i]];
    QuantisedNode& told = result_.nodes[position_[i]];
    to.name = told.name = from.name;
    to.op = from.op == NodeOp::avg_pool2d ? NodeOp::sum_pool2d : from.op;
    to.in = from.in, to.out = from.out, to.window = from.window;
    to.signal = signal_[i];
    to.input_signal = takes_spikes(i) || (from.op == NodeOp::input && signal_[i] == Signal::spikes) ? Signal::spikes
                      : is_connection(from.op) || from.op == NodeOp::input                          ? Signal::int8
                                                                                                    : Signal::int32;
    if (x_scale_[i].empty()) x_scale_[i] = sum_scale(i);
    if (is_connection(from.op)) {
      connection(i, to, told);
    } else if (is_neuron(from.op) || from.op == NodeOp::threshold) {
      quantise_neuron(from, context_of(i), to, told);
    } else {
      plain(i, to, told);
    }
    if (signal_[i] == Signal::spikes) to.scale = {1.0};
    scale_[i] = to.scale;
  }

  /// The unit in which a node adds up what reaches it.
  std::vector<double> sum_scale(std::size_t i) {
    if (node(i).op == NodeOp::input) return {signal_[i] == Signal::spikes ? 1.0 : std::max(ranges_[i].output, 1e-30) / 127};
    for (const GraphEdge& edge : edges_to_[i])
      if (is_connection(node(edge.from).op)) return group_scale_[edge.from];
    std::vector<double> finest;
    for (const GraphEdge& edge : edges_to_[i]) {
      const std::vector<double>& from = scale_[edge.from];
      if (from.empty()) continue;  // of a later node, through a delayed edge
      if (finest.empty() || (from.size() == 1 && (finest.size() > 1 || from[0] < finest[0]))) finest = from;
    }
    if (!finest.empty()) return finest;
    double range = 0;
    for (const GraphEdge& edge : edges_to_[i]) range += ranges_[edge.from].output;
    return {(range > 0 ? range : 1) / 32767};
  }

  void connection(std::size_t i, IntegerNode& to, QuantisedNode& told) {
    const GraphNode& from = node(i);
    to.scale = collapsed(group_scale_[i]);
    to.parameters = from.weight.values.size() + from.bias.size();
    to.weight_scale.clear();
    for (const double s : to.scale) to.weight_scale.push_back(s / x_scale_[i][0]);
    const double most = magnitude(from.weight.values);
    to.weight = rounded_weights(from, to.weight_scale, levels(), activity_of(i));
    double largest = 0;
    for (std::uint64_t k = 0; k < from.weight.values.size(); ++k) {
      const double w = from.weight.values[k], scale = spread_value(to.weight_scale, k, from.weight.values.size());
      largest = std::max(largest, std::abs(static_cast<double>(to.weight[k])));
      if (most > 0) told.weight_error = std::max(told.weight_error, std::abs(w - to.weight[k] * scale) / most);
    }
    if (most > 0 && largest < levels() / 8)
      told.remark = fmt::format("its weights use {} of {} levels, since they share a scale with larger ones", largest, levels());
    if (from.bias.empty() || feeds_only_neurons(i)) return;
    const std::uint64_t outputs = from.bias.size();
    for (std::uint64_t o = 0; o < outputs; ++o) {
      const double whole = std::nearbyint(from.bias[o] / spread_value(to.scale, o, outputs));
      to.bias.push_back(static_cast<std::int32_t>(std::clamp(whole, -2147483648.0, 2147483647.0)));
    }
  }

  /// Mean of each input of a connection over the samples, up to a factor.
  std::vector<double> activity_of(std::size_t i) const {
    std::vector<double> sum(elements_of(node(i).in), 0.0);
    for (const GraphEdge& edge : edges_to_[i])
      for (std::size_t n = 0; n < sum.size(); ++n) sum[n] += activity_[edge.from][n];
    return sum;
  }

  /// Then its bias goes to the neurons, which keep more digits of it.
  bool feeds_only_neurons(std::size_t i) const {
    return !edges_from_[i].empty() && std::all_of(edges_from_[i].begin(), edges_from_[i].end(), [this](const GraphEdge& edge) {
      return edge.delay == 0 && (is_neuron(node(edge.to).op) || node(edge.to).op == NodeOp::threshold);
    });
  }

  NeuronContext context_of(std::size_t i) const {
    NeuronContext context;
    context.dt = graph_.dt, context.if_gain = graph_.if_gain, context.reset = graph_.reset;
    context.width_bits = options_.width_bits;
    context.headroom = measured_ ? 1.5 : 3;
    context.range = ranges_[i];
    context.x_scale = x_scale_[i];
    const std::uint64_t size = elements_of(node(i).out);
    for (const GraphEdge& edge : edges_to_[i]) {
      const std::vector<double>& bias = node(edge.from).bias;
      if (bias.empty() || !feeds_only_neurons(edge.from)) continue;
      context.bias.resize(size, 0.0);
      for (std::uint64_t n = 0; n < size; ++n) context.bias[n] += spread_value(bias, n, size);
    }
    return context;
  }

  /// Nodes without state or weights, and delays.
  void plain(std::size_t i, IntegerNode& to, QuantisedNode& told) {
    const GraphNode& from = node(i);
    to.scale = x_scale_[i];
    switch (from.op) {
      case NodeOp::avg_pool2d: {
        const std::uint64_t taps = from.window.kernel[0] * from.window.kernel[1];
        for (double& s : to.scale) s /= static_cast<double>(taps);
        told.remark = fmt::format("sum pool, its factor 1/{} is part of the scale", taps);
        return;
      }
      case NodeOp::delay:
        for (const double steps : from.delay_steps.values) to.delay_steps.push_back(static_cast<std::uint64_t>(steps));
        return;
      case NodeOp::scale: return scale(i, to, told);
      case NodeOp::relu: return relu(i, to);
      default: return;
    }
  }

  void scale(std::size_t i, IntegerNode& to, QuantisedNode& told) {
    const std::vector<double>& factors = node(i).factor.values;
    const std::vector<double> equal = collapsed(factors);
    if (equal.size() == 1 && equal[0] != 0) {  // changes only what the integers mean
      to.multiplier = {equal[0] < 0 ? -1 : 1};
      for (double& s : to.scale) s *= std::abs(equal[0]);
      return;
    }
    const double most = std::max(magnitude(factors), 1e-300);
    constexpr unsigned digits = 14;
    const Grid grid = input_grid(i);
    to.shift = grid.most != 0 && grid.most <= 127 ? 0 : digits;  // counts have room for the digits
    for (const double f : factors) {
      const double whole = std::nearbyint(std::ldexp(f / most, digits));
      to.multiplier.push_back(static_cast<std::int32_t>(whole));
      told.weight_error = std::max(told.weight_error, std::abs(std::ldexp(f / most, digits) - whole) / std::ldexp(1.0, digits));
    }
    for (double& s : to.scale) s *= std::ldexp(most, static_cast<int>(to.shift) - static_cast<int>(digits));
  }

  void relu(std::size_t i, IntegerNode& to) {
    const double target = (ranges_[i].output > 0 ? ranges_[i].output : 1) / 127;
    const double most = magnitude(x_scale_[i]) / target;
    to.shift = shift_for(most);
    for (const double s : x_scale_[i])
      to.multiplier.push_back(static_cast<std::int32_t>(std::nearbyint(std::ldexp(s / target, static_cast<int>(to.shift)))));
    to.scale = {target};
  }

  // -- edges --------------------------------------------------------------------------------------------------------------

  struct Ratio {
    std::int32_t multiplier = 1;
    unsigned shift = 0;
    bool possible = true;
  };
  static unsigned shift_for(double ratio) {
    unsigned shift = 0;
    while (shift < max_multiplier_shift && std::ldexp(ratio, static_cast<int>(shift) + 1) <= max_multiplier) ++shift;
    return shift;
  }
  /// multiplier / 2^shift nearest to `ratio`, exact for whole numbers.
  static Ratio ratio_of(double ratio) {
    if (ratio > max_multiplier) return {max_multiplier, 0, false};
    const double whole = std::nearbyint(ratio);
    if (whole >= 1 && std::abs(ratio - whole) <= 1e-12 * whole) return {static_cast<std::int32_t>(whole), 0, true};
    const unsigned shift = shift_for(ratio);
    return {static_cast<std::int32_t>(std::nearbyint(std::ldexp(ratio, static_cast<int>(shift)))), shift, true};
  }

  static bool equal_scales(const std::vector<double>& a, const std::vector<double>& b) {
    const std::size_t n = std::max(a.size(), b.size());
    if (n % a.size() != 0 || n % b.size() != 0) return false;
    for (std::size_t i = 0; i < n; ++i)
      if (std::abs(spread_value(a, i, n) - spread_value(b, i, n)) > 1e-12 * std::abs(spread_value(a, i, n))) return false;
    return true;
  }

  void join(std::size_t i) {
    IntegerNode& to = result_.network.nodes[position_[i]];
    for (const GraphEdge& edge : edges_to_[i]) {
      IntegerInput input;
      input.from = position_[edge.from];
      input.delay = edge.delay;
      const std::vector<double>&from = scale_[edge.from], &x = x_scale_[i];
      if (!equal_scales(from, x)) {
        if (collapsed(from).size() != 1 || collapsed(x).size() != 1) {
          input = through_scale(i, edge, input);
          to.inputs.push_back(input);
          continue;
        }
        const Ratio ratio = ratio_of(from[0] / x[0]);
        if (!ratio.possible) too_far_apart(i, edge, from[0] / x[0]);
        input.multiplier = ratio.multiplier, input.shift = ratio.shift;
      }
      to.inputs.push_back(input);
    }
  }

  [[noreturn]] void too_far_apart(std::size_t i, const GraphEdge& edge, double ratio) const {
    throw InputError(fmt::format("{}: values of {} are {:.3g} times as large as one step of what they are added to", node(i).name,
                                 node(edge.from).name, ratio));
  }

  /// Scales that differ from neuron to neuron meet over a node of their own.
  IntegerInput through_scale(std::size_t i, const GraphEdge& edge, const IntegerInput& input) {
    const std::vector<double>&from = scale_[edge.from], &x = x_scale_[i];
    IntegerNode between;
    between.name = fmt::format("{}>{}", node(edge.from).name, node(i).name);
    between.op = NodeOp::scale;
    between.in = between.out = node(edge.from).out;
    between.inputs = {input};
    const std::size_t count = std::max(from.size(), x.size()), size = between.size();
    std::vector<double> ratios;
    for (std::size_t n = 0; n < count; ++n)
      ratios.push_back(spread_value(from, n * (size / count), size) / spread_value(x, n * (size / count), size));
    const double most = magnitude(ratios);
    if (most > max_multiplier) too_far_apart(i, edge, most);
    between.shift = shift_for(most);
    for (const double r : ratios)
      between.multiplier.push_back(static_cast<std::int32_t>(std::nearbyint(std::ldexp(r, static_cast<int>(between.shift)))));
    between.scale = x;
    inserted_.push_back({position_[i], std::move(between)});
    IntegerInput plain;
    plain.from = n_ + inserted_.size() - 1;  // until insert_scales()
    return plain;
  }

  /// Puts the nodes of through_scale() before those they lead to.
  void insert_scales() {
    if (inserted_.empty()) return;
    std::vector<IntegerNode>& nodes = result_.network.nodes;
    std::vector<IntegerNode> all;
    std::vector<QuantisedNode> told;
    std::vector<std::size_t> moved(n_ + inserted_.size());
    for (std::size_t p = 0; p < n_; ++p) {
      for (std::size_t k = 0; k < inserted_.size(); ++k) {
        if (inserted_[k].before != p) continue;
        moved[n_ + k] = all.size();
        told.push_back({inserted_[k].node.name, "brings values to the scale of others they are added to"});
        all.push_back(std::move(inserted_[k].node));
      }
      moved[p] = all.size();
      told.push_back(std::move(result_.nodes[p]));
      all.push_back(std::move(nodes[p]));
    }
    for (IntegerNode& moved_node : all)
      for (IntegerInput& input : moved_node.inputs) input.from = moved[input.from];
    nodes = std::move(all);
    result_.nodes = std::move(told);
  }

  void finish() {
    insert_scales();
    Diagnostics diagnostics;
    check_network(result_.network, graph_.name, diagnostics);
    if (diagnostics.has_errors()) throw InternalError("the quantised network is not consistent: " + diagnostics.format());
  }

  const NetworkGraph& graph_;
  const QuantiseOptions& options_;
  bool measured_;
  std::vector<std::size_t> order_;
  std::size_t n_;
  std::vector<std::vector<GraphEdge>> edges_to_, edges_from_;
  std::vector<NodeRange> ranges_;
  std::vector<std::vector<double>> activity_;  // sum over steps of each output that feeds a connection
  std::vector<bool> spike_input_;
  std::vector<Signal> signal_;
  std::vector<Grid> grids_;
  std::vector<std::size_t> group_, position_;
  std::vector<std::vector<double>> group_scale_, x_scale_, scale_;
  struct Inserted {
    std::size_t before;
    IntegerNode node;
  };
  std::vector<Inserted> inserted_;
  Quantised result_;
};

}  // namespace

Quantised quantise(const NetworkGraph& graph, const QuantiseOptions& options, const std::vector<NetworkSample>& samples) {
  if (options.bits < 2 || options.bits > 8) throw InputError(fmt::format("weights of {} bit: allowed are 2 to 8", options.bits));
  if (options.width_bits < 4 || options.width_bits > 32)
    throw InputError(fmt::format("membranes of {} bit: allowed are 4 to 32", options.width_bits));
  return Quantiser(graph, options, samples).run();
}

}  // namespace snnvp
