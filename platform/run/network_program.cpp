// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/network_program.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

using engine::Format;
using engine::JobDescriptor;
using engine::Operation;
using Kind = NetworkAction::Kind;

struct Range {
  std::int64_t low = 0, high = 1;
};

/// The least and largest value a node can give.
Range range_of(const IntegerNetwork& network, std::size_t index, unsigned depth = 0) {
  const IntegerNode& node = network.nodes[index];
  if (node.spiking()) return {0, 1};
  const Range unknown{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
  if (node.op == NodeOp::relu) return {0, 127};
  if (node.signal == Signal::int8 && node.op == NodeOp::input) return {-128, 127};
  const bool passes = node.op == NodeOp::flatten || node.op == NodeOp::add || node.op == NodeOp::max_pool2d || node.op == NodeOp::delay ||
                      node.op == NodeOp::sum_pool2d;
  if (!passes || depth > 16) return unknown;
  Range sum{0, 0};
  for (const IntegerInput& input : node.inputs) {
    if (!input.is_plain()) return unknown;
    const Range r = range_of(network, input.from, depth + 1);
    sum.low += std::min<std::int64_t>(r.low, 0), sum.high += std::max<std::int64_t>(r.high, 0);
  }
  if (node.op == NodeOp::sum_pool2d) {
    const auto taps = static_cast<std::int64_t>(node.window.kernel[0] * node.window.kernel[1]);
    sum.low *= taps, sum.high *= taps;
  }
  return {std::max(sum.low, unknown.low), std::min(sum.high, unknown.high)};
}

bool passes_on(const IntegerNetwork& network, const IntegerNode& node) {
  if (node.op != NodeOp::flatten && node.op != NodeOp::output && node.op != NodeOp::add) return false;
  return node.inputs.size() == 1 && node.inputs[0].is_plain() && node.inputs[0].delay == 0 &&
         (node.signal == network.nodes[node.inputs[0].from].signal);
}

class Planner {
public:
  Planner(const IntegerNetwork& network, std::uint64_t steps, const NetworkPlacement& placement, const BlockRefusal& refusal,
          const std::vector<std::string>& candidates, std::vector<LayerRefusal>& refused)
      : network_(network), placement_(placement), refusal_(refusal), candidates_(candidates), refused_(refused) {
    const std::size_t count = network.nodes.size();
    program_.steps = steps;
    program_.value_buffer.assign(count, no_buffer);
    program_.sums_job.assign(count, -1);
    program_.input_buffer.assign(count, no_buffer);
    in_cycle_.assign(count, false);
    done_.assign(count, false);
    consumers_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const IntegerNode& node = network.nodes[i];
      for (const IntegerInput& input : node.inputs) consumers_[input.from].push_back(i);
      program_.source.push_back(passes_on(network, node) ? program_.source[node.inputs[0].from] : i);
    }
  }

  NetworkProgram plan() {
    for (const std::vector<std::size_t>& group : network_.groups()) {
      const auto& inputs = network_.nodes[group[0]].inputs;
      const bool feeds_itself = std::any_of(inputs.begin(), inputs.end(), [&](const IntegerInput& i) { return i.from == group[0]; });
      if (group.size() > 1 || feeds_itself)
        cycle(group);
      else
        forward(group[0]);
    }
    return std::move(program_);
  }

private:
  const IntegerNode& node_of(std::size_t i) const { return network_.nodes[i]; }

  int add_buffer(const std::string& what, Bytes bytes) {
    program_.buffers.push_back({what, std::max<Bytes>(bytes, 1), false, {}});
    return static_cast<int>(program_.buffers.size() - 1);
  }

  int add_shared(const std::string& what, const void* data, Bytes bytes) {
    NetworkBuffer buffer{what, bytes, true, std::vector<std::uint8_t>(bytes)};
    std::memcpy(buffer.content.data(), data, bytes);
    program_.buffers.push_back(std::move(buffer));
    return static_cast<int>(program_.buffers.size() - 1);
  }

  int add_value_buffer(std::size_t i) {
    const IntegerNode& node = node_of(i);
    const std::uint64_t values = program_.steps * node.size();
    const int buffer = add_buffer(node.name, node.spiking() ? (values + 7) / 8 : values * 4);
    return program_.value_buffer[i] = buffer;
  }

  void act(Kind kind, std::size_t node, std::int64_t step = -1) { program_.actions.push_back({kind, node, step}); }

  void on_host(std::size_t i) { program_.host_nodes.push_back(i); }

  void forward(std::size_t i) {
    const IntegerNode& node = node_of(i);
    if (done_[i] || program_.source[i] != i) return;
    if (node.op == NodeOp::input) {
      add_value_buffer(i);
    } else if (is_connection(node.op)) {
      connection(i);
    } else if (!unit_job(i)) {
      if (const auto mapped = placement_.layers.find(node.name); mapped != placement_.layers.end())
        refused_.push_back({node.name, mapped->second, "it does not do nodes of op " + op_name(node.op), {}});
      add_value_buffer(i);
      on_host(i);
      act(Kind::evaluate, i);
    }
  }

  /// All steps in turn: engines multiply, the host keeps the states.
  void cycle(const std::vector<std::size_t>& group) {
    for (const std::size_t i : group) in_cycle_[i] = true, program_.source[i] = i, program_.recurrent.push_back(i);
    std::map<std::size_t, std::size_t> chain_of;
    for (const std::size_t i : group) {
      add_value_buffer(i);
      if (!is_connection(node_of(i).op)) {
        on_host(i);
        continue;
      }
      NetworkJob job = gemm_job(i, 1);
      job.descriptor.flags |= engine::flag_first;
      job.descriptor.tag = static_cast<std::uint32_t>(program_.jobs.size());
      program_.sums_job[i] = static_cast<int>(program_.jobs.size());
      chain_of[i] = program_.chains.size();
      program_.chains.push_back({job.block, {program_.jobs.size()}});
      program_.jobs.push_back(std::move(job));
    }
    for (std::uint64_t t = 0; t < program_.steps; ++t)
      for (const std::size_t i : group) {
        const auto step = static_cast<std::int64_t>(t);
        if (!is_connection(node_of(i).op)) {
          act(Kind::evaluate, i, step);
          continue;
        }
        act(Kind::pack, i, step);
        program_.actions.push_back({Kind::chain, chain_of[i], step});
        act(Kind::collect, i, step);
      }
    for (const std::size_t i : group) act(Kind::publish, i);
  }

  std::string engine_of(std::size_t i) const {
    const auto it = placement_.layers.find(node_of(i).name);
    return it == placement_.layers.end() ? placement_.engine : it->second;
  }

  /// The bare product of a connection over so many steps, input operand included if the values lie in memory as they are needed.
  NetworkJob gemm_job(std::size_t i, std::uint64_t steps) {
    const IntegerNode& node = node_of(i);
    NetworkJob job;
    job.block = engine_of(i);
    job.node = i;
    const std::uint64_t inputs = elements_of(node.in);
    const bool direct = !in_cycle_[i] && node.input_signal == Signal::spikes && node.inputs.size() == 1 && node.inputs[0].is_plain() &&
                        node.inputs[0].delay == 0;
    if (!direct) job.planes = planes_of(network_, i);
    const std::uint64_t rows = steps * job.planes;
    job.buffers[engine::operand::input] =
        direct ? program_.value_buffer[program_.source[node.inputs[0].from]] : add_buffer("input of " + node.name, (rows * inputs + 7) / 8);
    if (!direct) program_.input_buffer[i] = job.buffers[engine::operand::input];

    LoweredConnection lowered = lower_connection(node, rows);
    const GemmGeometry& g = lowered.geometry;
    const bool conv = g.kind == GemmGeometry::Kind::conv2d;
    JobDescriptor& d = job.descriptor;
    d.operation = conv ? Operation::conv2d : Operation::gemm;
    d.gemm = g;
    set_operand(d, engine::operand::input, Format::spikes, conv ? Shape{rows, g.C, g.H, g.W} : Shape{rows, inputs});
    set_operand(d, engine::operand::weights, Format::int8, {g.K(), g.N});
    job.buffers[engine::operand::weights] = add_shared("weights of " + node.name, lowered.weights.data(), lowered.weights.size());
    set_operand(d, engine::operand::sums, Format::int32, sums_shape(g));
    job.buffers[engine::operand::sums] = add_buffer("sums of " + node.name, output_count(g) * 4);
    d.flags = engine::flag_store_sums;
    check(job);
    return job;
  }

  static std::uint64_t output_count(const GemmGeometry& g) { return g.M() * g.N; }
  static Shape sums_shape(const GemmGeometry& g) {
    if (g.kind == GemmGeometry::Kind::conv2d) return {g.T, g.N, g.out_h(), g.out_w()};
    return {g.T, g.N};
  }

  static void set_operand(JobDescriptor& d, unsigned index, Format format, const Shape& shape) {
    engine::Operand& operand = d.operands[index];
    operand.format = format;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] > 0xFFFFFFFF) throw InputError("a layer has a side of more than 2^32 - 1");
      operand.shape[i] = static_cast<std::uint32_t>(shape[i]);
    }
  }

  void check(const NetworkJob& job) {
    const std::string reason = refusal_(job.block, job.descriptor);
    if (reason.empty()) return;
    LayerRefusal refused{node_of(job.node).name, job.block, reason, {}};
    for (const std::string& other : candidates_)
      if (other != job.block && refusal_(other, job.descriptor).empty()) refused.others.push_back(other);
    refused_.push_back(std::move(refused));
  }

  void connection(std::size_t i) {
    NetworkJob job = gemm_job(i, program_.steps);
    if (program_.input_buffer[i] != no_buffer) act(Kind::pack, i);
    fuse(job);
    if (!job.fused || placement_.keeps_sums) program_.sums_job[i] = static_cast<int>(program_.jobs.size());
    add_job(std::move(job));
  }

  /// Takes the neurons behind a connection into its job, if the engine's own neurons can do them.
  void fuse(NetworkJob& job) {
    const std::size_t i = job.node;
    if (job.planes != 1 || consumers_[i].size() != 1) return;
    const std::size_t n = consumers_[i][0];
    const IntegerNode& neuron = node_of(n);
    const auto mapped = placement_.layers.find(neuron.name);
    if (mapped != placement_.layers.end() && mapped->second != job.block) return;
    if (!is_spiking(neuron.op) || in_cycle_[n] || neuron.inputs.size() != 1 || !neuron.inputs[0].is_plain() || neuron.inputs[0].delay != 0)
      return;
    std::vector<std::size_t> folded;
    NeuronRecord record = neuron_with_biases(network_, n, &folded);
    if (!node_of(i).bias.empty() && folded.empty()) return;
    JobDescriptor fused = job.descriptor;
    if (!spread(record, fused.gemm.N)) return;
    set_neuron(fused, record, neuron.size(), fused.gemm.N);
    fused.flags = 0;
    set_operand(fused, engine::operand::spikes_out, Format::spikes, sums_shape(fused.gemm));
    if (!placement_.keeps_sums) fused.operands[engine::operand::sums] = {};
    if (!refusal_(job.block, fused).empty()) return;
    job.descriptor = fused;
    job.fused = n;
    if (!placement_.keeps_sums) job.buffers[engine::operand::sums] = no_buffer;
    job.buffers[engine::operand::spikes_out] = add_value_buffer(n);
    add_table(job, neuron.name);
    done_[n] = true;
  }

  /// Per-channel values for `channels` channels; false if they do not go by these.
  static bool spread(NeuronRecord& record, std::uint64_t channels) {
    for (std::vector<std::int32_t>* values : {&record.channel_threshold, &record.channel_leak, &record.channel_reset, &record.channel_bias,
                                              &record.channel_synapse_leak, &record.channel_synapse_bias}) {
      if (values->empty() || values->size() == channels) continue;
      if (channels % values->size() != 0) return false;
      std::vector<std::int32_t> wide;
      for (std::uint64_t c = 0; c < channels; ++c) wide.push_back((*values)[c / (channels / values->size())]);
      *values = std::move(wide);
    }
    return true;
  }

  static void set_neuron(JobDescriptor& d, const NeuronRecord& record, std::uint64_t neurons, std::uint64_t channels) {
    d.neuron.present = true;
    d.neuron.neurons = static_cast<std::uint32_t>(neurons);
    d.neuron.record = record;
    d.neuron.channel_table = engine::has_channel_values(record);
    d.neuron.channels = d.neuron.channel_table ? static_cast<std::uint32_t>(channels) : 0;
    d.neuron.threshold_address = d.neuron.channel_table ? 64 : 0;  // settled when memory is laid out
  }

  void add_table(NetworkJob& job, const std::string& name) {
    const engine::NeuronJob& n = job.descriptor.neuron;
    if (!n.channel_table) return;
    const std::vector<std::int32_t> table = engine::channel_table_of(n.record, n.channels);
    job.table = add_shared("neuron values of " + name, table.data(), table.size() * 4);
  }

  /// Where the values of an edge lie.
  struct Source {
    int buffer = no_buffer;
    Format format = Format::int32;
    bool lacks_bias = false;  ///< bare sums of a connection that has a bias
  };

  /// No buffer: not as they would be needed.
  Source source_of(const IntegerInput& input) const {
    const std::size_t from = program_.source[input.from];
    if (input.delay != 0) return {};
    if (program_.value_buffer[from] != no_buffer)
      return {program_.value_buffer[from], node_of(from).spiking() ? Format::spikes : Format::int32, false};
    if (program_.sums_job[from] < 0) return {};
    const NetworkJob& job = program_.jobs[static_cast<std::size_t>(program_.sums_job[from])];
    if (job.planes != 1) return {};
    return {job.buffers[engine::operand::sums], Format::int32, !node_of(from).bias.empty()};
  }

  /// An element-wise job for the inputs of a node, without its kind; false if they cannot be read.
  bool element_inputs(std::size_t i, NetworkJob& job, bool folds_biases) const {
    const IntegerNode& node = node_of(i);
    if (node.inputs.size() > 4 || node.input_signal == Signal::int8) return false;  // what saturates to int8 stays on the host
    JobDescriptor& d = job.descriptor;
    d.operation = Operation::elementwise;
    engine::ElementwiseJob& e = d.elementwise;
    const Shape& in = node.in;
    const auto side = [](std::uint64_t n) { return static_cast<std::uint32_t>(n); };
    e.T = side(program_.steps), e.C = in.size() == 3 ? side(in[0]) : 1, e.H = in.size() == 3 ? side(in[1]) : 1;
    e.W = side(in.size() == 3 ? in[2] : elements_of(in));
    for (unsigned k = 0; k < node.inputs.size(); ++k) {
      const IntegerInput& input = node.inputs[k];
      const Source source = source_of(input);
      if (source.buffer == no_buffer || (source.lacks_bias && !(folds_biases && input.is_plain()))) return false;
      const unsigned at = k == 0 ? engine::operand::element_in : engine::operand::element_more + k - 1;
      set_operand(d, at, source.format, {program_.steps, elements_of(in)});
      job.buffers[at] = source.buffer;
      e.inputs[k] = {input.multiplier, input.shift};
    }
    return true;
  }

  /// The first neuron unit that takes a job; false if none does.
  bool find_unit(std::size_t i, NetworkJob& job) const {
    const auto mapped = placement_.layers.find(node_of(i).name);
    const std::vector<std::string> units =
        mapped == placement_.layers.end() ? placement_.neuron_units : std::vector<std::string>{mapped->second};
    const auto takes = [&](const std::string& unit) { return refusal_(unit, job.descriptor).empty(); };
    const auto unit = std::find_if(units.begin(), units.end(), takes);
    if (unit == units.end()) return false;
    job.block = *unit;
    job.node = i;
    return true;
  }

  /// A node without weights as jobs of a neuron unit; false if none takes it.
  bool unit_job(std::size_t i) {
    const IntegerNode& node = node_of(i);
    if (is_neuron(node.op) || node.op == NodeOp::threshold) return neuron_job(i);
    NetworkJob job;
    engine::ElementwiseJob& e = job.descriptor.elementwise;
    if (!element_inputs(i, job, false)) return false;
    switch (node.op) {
      case NodeOp::add:
      case NodeOp::flatten:
      case NodeOp::output: e.kind = engine::ElementwiseJob::Kind::add; break;
      case NodeOp::sum_pool2d:
      case NodeOp::max_pool2d: {
        const Window& w = node.window;
        if (w.pad_before != w.pad_after || w.dilation != std::array<std::uint64_t, 2>{1, 1}) return false;
        e.kind = node.op == NodeOp::sum_pool2d ? engine::ElementwiseJob::Kind::sum_pool : engine::ElementwiseJob::Kind::max_pool;
        for (unsigned axis = 0; axis < 2; ++axis) {
          if (std::max({w.kernel[axis], w.stride[axis], w.pad_before[axis]}) > 0xFFFF) return false;
          e.kernel[axis] = static_cast<std::uint32_t>(w.kernel[axis]);
          e.stride[axis] = static_cast<std::uint32_t>(w.stride[axis]);
          e.padding[axis] = static_cast<std::uint32_t>(w.pad_before[axis]);
        }
        break;
      }
      case NodeOp::scale:
      case NodeOp::relu:
        e.kind = node.op == NodeOp::scale ? engine::ElementwiseJob::Kind::scale : engine::ElementwiseJob::Kind::relu;
        e.shift = node.shift;
        e.multiplier = node.multiplier[0];
        if (node.multiplier.size() > 1) e.channels = static_cast<std::uint32_t>(node.multiplier.size()), e.multipliers_address = 64;
        break;
      default: return false;
    }
    set_operand(job.descriptor, engine::operand::element_out, node.spiking() ? Format::spikes : Format::int32,
                {program_.steps, node.size()});
    if (!find_unit(i, job)) return false;
    job.buffers[engine::operand::element_out] = add_value_buffer(i);
    if (e.multipliers_address != 0)
      job.table = add_shared("multipliers of " + node.name, node.multiplier.data(), node.multiplier.size() * 4);
    add_job(std::move(job));
    return true;
  }

  bool neuron_job(std::size_t i) {
    const IntegerNode& node = node_of(i);
    if (node.input_signal == Signal::int8) return false;
    NetworkJob job, sum;
    JobDescriptor& d = job.descriptor;
    d.operation = Operation::neuron;
    d.gemm.T = program_.steps, d.gemm.C = 1, d.gemm.N = node.channels, d.gemm.W = node.positions;
    std::vector<std::size_t> folded;
    const NeuronRecord record = neuron_with_biases(network_, i, &folded);
    const auto biases = static_cast<std::size_t>(
        std::count_if(node.inputs.begin(), node.inputs.end(), [&](const IntegerInput& input) { return source_of(input).lacks_bias; }));
    if (biases != folded.size()) return false;
    set_neuron(d, record, node.size(), node.channels);
    Source in = source_of(node.inputs[0]);
    const bool adds = node.inputs.size() != 1 || !node.inputs[0].is_plain();
    if (adds) {  // a job of its own adds the inputs up
      if (!element_inputs(i, sum, true)) return false;
      set_operand(sum.descriptor, engine::operand::element_out, Format::int32, {program_.steps, node.size()});
      if (!find_unit(i, sum)) return false;
      in = {0, Format::int32, false};
    }
    if (in.buffer == no_buffer) return false;
    set_operand(d, engine::operand::neuron_sums, in.format, {program_.steps, node.size()});
    set_operand(d, engine::operand::neuron_spikes, node.spiking() ? Format::spikes : Format::int32, {program_.steps, node.size()});
    if (!find_unit(i, job)) return false;
    if (adds) {
      in.buffer = add_buffer("input sums of " + node.name, program_.steps * node.size() * 4);
      sum.buffers[engine::operand::element_out] = in.buffer;
      sum.is_partial = true;
      add_job(std::move(sum));
    }
    job.buffers[engine::operand::neuron_sums] = in.buffer;
    job.buffers[engine::operand::neuron_spikes] = add_value_buffer(i);
    add_table(job, node.name);
    add_job(std::move(job));
    return true;
  }

  void add_job(NetworkJob job) {
    const bool follows = !program_.actions.empty() && program_.actions.back().kind == Kind::chain && program_.actions.back().step < 0 &&
                         program_.chains[program_.actions.back().index].block == job.block;
    if (!follows) {
      program_.actions.push_back({Kind::chain, program_.chains.size(), -1});
      program_.chains.push_back({job.block, {}});
    }
    NetworkChain& chain = program_.chains[program_.actions.back().index];
    // What the engine keeps on chip is the result of the job before; any other input comes from memory.
    const bool goes_on = !chain.jobs.empty() &&
                         program_.jobs[chain.jobs.back()].buffers[engine::operand::spikes_out] == job.buffers[engine::operand::input] &&
                         program_.jobs[chain.jobs.back()].fused;
    if (!goes_on) job.descriptor.flags |= engine::flag_first;
    job.descriptor.tag = static_cast<std::uint32_t>(program_.jobs.size());
    chain.jobs.push_back(program_.jobs.size());
    program_.jobs.push_back(std::move(job));
  }

  const IntegerNetwork& network_;
  const NetworkPlacement& placement_;
  const BlockRefusal& refusal_;
  const std::vector<std::string>& candidates_;
  std::vector<LayerRefusal>& refused_;
  NetworkProgram program_;
  std::vector<bool> in_cycle_, done_;
  std::vector<std::vector<std::size_t>> consumers_;
};

}  // namespace

unsigned planes_of(const IntegerNetwork& network, std::size_t index) {
  const IntegerNode& node = network.nodes[index];
  if (node.input_signal == Signal::spikes) return 1;
  Range sum{0, 0};
  for (const IntegerInput& input : node.inputs) {
    Range r = range_of(network, input.from);
    if (!input.is_plain()) r = {-128, 127};
    sum.low += std::min<std::int64_t>(r.low, 0), sum.high += std::max<std::int64_t>(r.high, 0);
  }
  if (sum.low < 0) return 8;
  const std::int64_t most = std::min<std::int64_t>(sum.high, 127);
  unsigned planes = 1;
  while (most >> planes != 0) ++planes;
  return planes;
}

std::vector<std::string> NetworkProgram::blocks() const {
  std::vector<std::string> names;
  for (const NetworkChain& chain : chains)
    if (std::find(names.begin(), names.end(), chain.block) == names.end()) names.push_back(chain.block);
  return names;
}

NetworkProgram make_network_program(const IntegerNetwork& network, std::uint64_t steps, const NetworkPlacement& placement,
                                    const BlockRefusal& refusal, const std::vector<std::string>& candidates,
                                    std::vector<LayerRefusal>& refused) {
  return Planner(network, steps, placement, refusal, candidates, refused).plan();
}

}  // namespace snnvp
