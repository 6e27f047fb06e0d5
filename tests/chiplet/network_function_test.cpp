// SPDX-License-Identifier: Apache-2.0
// Networks with weights on the tiles of a package: every value of every node against the golden model.
#include <catch2/catch.hpp>

#include <snnvp/models/snap/snap_core.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/recorded.h>

using namespace snnvp;
using namespace snnvp::snap;

namespace {

/// Small tiles on small chips, so that little networks spread over several of them.
Config package(Mode mode, unsigned chips = 3, unsigned side = 3, unsigned size = 16) {
  Config c;
  c.chips_x = c.chips_y = chips;
  c.mesh.width = c.mesh.height = side;
  c.neurons = c.axons = size;
  c.mode = mode;
  c.encoding_spec.tune(c.boundary.rate);
  return c;
}

/// An integer network, node by node; each follows the one before unless `from` says otherwise.
class Maker {
public:
  explicit Maker(const Shape& input, Signal signal) {
    IntegerNode& node = add("input", NodeOp::input, {}, signal, signal);
    node.in = node.out = input;
  }

  IntegerNode& add(const std::string& name, NodeOp op, std::vector<std::string> from, Signal in, Signal out) {
    IntegerNode node;
    node.name = name, node.op = op;
    node.input_signal = in, node.signal = out;
    if (from.empty() && !network.nodes.empty()) from.push_back(network.nodes.back().name);
    for (const std::string& source : from) node.inputs.push_back({static_cast<std::size_t>(network.find(source)), 0, 1, 0});
    network.nodes.push_back(std::move(node));
    return network.nodes.back();
  }
  IntegerNode& connection(const std::string& name, NodeOp op, const Shape& out, std::uint64_t weights, Signal in,
                          std::vector<std::string> from = {}) {
    IntegerNode& node = add(name, op, std::move(from), in, Signal::int32);
    node.out = out;
    RandomStream random(3, name);
    node.weight.resize(weights);
    for (std::int8_t& w : node.weight) w = random.next_int8();
    for (std::uint64_t i = 0; i < (op == NodeOp::linear ? elements_of(out) : out[0]); ++i) node.bias.push_back(random.next_int8());
    return node;
  }
  IntegerNode& relu(const std::string& name, unsigned shift, std::vector<std::string> from = {}) {
    IntegerNode& node = add(name, NodeOp::relu, std::move(from), Signal::int32, Signal::int8);
    node.multiplier = {3}, node.shift = shift;
    return node;
  }
  IntegerNode& neurons(const std::string& name, NodeOp op, std::uint64_t channels, std::uint64_t positions, std::int32_t threshold,
                       std::vector<std::string> from = {}) {
    IntegerNode& node = add(name, op, std::move(from), Signal::int32, is_spiking(op) ? Signal::spikes : Signal::int32);
    node.channels = channels, node.positions = positions;
    node.neuron.threshold = threshold, node.neuron.width_bits = 24;
    node.neuron.leak = NeuronRecord::Leak::multiply, node.neuron.leak_value = 57344;
    node.neuron.model = op == NodeOp::li         ? NeuronRecord::Model::li
                        : op == NodeOp::cuba_lif ? NeuronRecord::Model::cuba
                                                 : NeuronRecord::Model::lif;
    if (op == NodeOp::cuba_lif) node.neuron.synapse_leak = 40000, node.neuron.synapse_shift = 1;
    RandomStream random(4, name);
    for (std::uint64_t c = 0; c < channels; ++c)
      node.neuron.channel_threshold.push_back(threshold + static_cast<std::int32_t>(random.below(64)));
    return node;
  }
  static void window(IntegerNode& node, std::uint64_t kernel, std::uint64_t stride, std::uint64_t padding, std::uint64_t groups = 1) {
    node.window.kernel = {kernel, kernel}, node.window.stride = {stride, stride};
    node.window.pad_before = node.window.pad_after = {padding, padding};
    node.window.groups = groups;
  }
  IntegerNetwork finish() {
    const Signal signal = network.nodes.back().signal;
    add("output", NodeOp::output, {}, signal, signal);
    Diagnostics diagnostics;
    check_network(network, "made", diagnostics);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    return network;
  }

  IntegerNetwork network;
};

NetworkSample sample_for(const IntegerNetwork& network, std::uint64_t steps, std::uint64_t seed) {
  NetworkSample sample;
  sample.steps = steps;
  const IntegerNode& node = network.nodes[network.inputs().front()];
  RandomStream random(seed, "sample");
  InputSignal input;
  for (std::uint64_t i = 0; i < steps * node.size(); ++i)
    input.values.push_back(node.spiking() ? static_cast<double>(random.below(3) == 0) : static_cast<double>(random.next_int8()));
  sample.inputs.push_back(std::move(input));
  return sample;
}

struct Outcome {
  TraceComparison plain, coded;
  std::uint64_t crossings = 0, spikes = 0, chips = 0, stages = 0;
};

/// Two samples one after the other; of the second one everything is compared.
Outcome run(const Config& c, IntegerNetwork made, std::uint64_t steps) {
  const auto network = std::make_shared<const IntegerNetwork>(std::move(made));
  const auto function = std::make_shared<NetworkFunction>(network, c.mode);
  SnapCore core(c, function);
  Outcome out;
  for (const std::uint64_t seed : {1, 2}) {
    const NetworkSample sample = sample_for(*network, steps, seed);
    core.begin_sample(sample);
    while (!core.is_finished()) {
      const StageResult r = core.run_stage();
      out.crossings += r.crossings, out.spikes += r.spikes, ++out.stages;
    }
    const std::vector<IntegerTrace> found = function->traces();
    out.plain = compare_traces(*network, found, IntegerSimulation(*network).run(sample));
    if (c.mode != Mode::snn)
      out.coded =
          compare_traces(*network, found, golden_behind_boundary(core.config(), function->segments(), *network, core.placement(), sample));
  }
  out.chips = 1 + chip_of(c, core.placement().layers.back().tiles.back());
  return out;
}

/// conv with stride - relu - residual block of two convs, one grouped, one depthwise - relu - sum pool - linear.
IntegerNetwork residual_network() {
  Maker m({3, 10, 10}, Signal::int8);
  Maker::window(m.connection("stem", NodeOp::conv2d, {20, 5, 5}, 20 * 3 * 9, Signal::int8), 3, 2, 1);
  m.relu("stem.relu", 11);
  Maker::window(m.connection("grouped", NodeOp::conv2d, {20, 5, 5}, 20 * 5 * 9, Signal::int8), 3, 1, 1, 4);
  m.relu("grouped.relu", 12);
  Maker::window(m.connection("depthwise", NodeOp::conv2d, {20, 5, 5}, 20 * 9, Signal::int8), 3, 1, 1, 20);
  IntegerNode& sum = m.add("sum", NodeOp::add, {"depthwise", "stem.relu"}, Signal::int32, Signal::int32);
  sum.inputs[1].multiplier = 77, sum.inputs[1].shift = 1;
  m.relu("sum.relu", 10);
  Maker::window(m.connection("project", NodeOp::conv2d, {18, 5, 5}, 18 * 20, Signal::int8), 1, 1, 0);
  IntegerNode& scale = m.add("scale", NodeOp::scale, {}, Signal::int32, Signal::int32);
  for (int c = 0; c < 18; ++c) scale.multiplier.push_back(900 + 10 * c);
  scale.shift = 10;
  IntegerNode& join = m.add("join", NodeOp::add, {"scale", "sum"}, Signal::int32, Signal::int32);
  join.inputs.pop_back();
  m.relu("join.relu", 11);
  Maker::window(m.add("pool", NodeOp::sum_pool2d, {}, Signal::int8, Signal::int32), 2, 2, 0);
  m.add("flatten", NodeOp::flatten, {}, Signal::int32, Signal::int32).out = {72};
  IntegerNode& fc = m.connection("fc", NodeOp::linear, {10}, 720, Signal::int8);
  fc.inputs[0].multiplier = 5, fc.inputs[0].shift = 4;
  return m.finish();
}

/// conv - LIF - conv (stride, asymmetric padding) - IF - max pool - dilated conv - CubaLIF - flatten - linear with a recurrent copy, LI.
IntegerNetwork spiking_network(bool recurrent) {
  Maker m({2, 9, 9}, Signal::spikes);
  Maker::window(m.connection("c1", NodeOp::conv2d, {20, 9, 9}, 20 * 2 * 9, Signal::spikes), 3, 1, 1);
  m.neurons("lif1", NodeOp::lif, 20, 81, 200);
  IntegerNode& c2 = m.connection("c2", NodeOp::conv2d, {18, 5, 5}, 18 * 20 * 9, Signal::spikes);
  Maker::window(c2, 3, 2, 1);
  IntegerNode& second = m.neurons("if2", NodeOp::if_neuron, 18, 25, 600);
  second.neuron.leak = NeuronRecord::Leak::none;
  second.neuron.reset = NeuronRecord::Reset::subtract;
  Maker::window(m.add("pool", NodeOp::max_pool2d, {}, Signal::spikes, Signal::spikes), 2, 1, 0);
  IntegerNode& c3 = m.connection("c3", NodeOp::conv2d, {17, 2, 2}, 17 * 18 * 4, Signal::spikes);
  Maker::window(c3, 2, 1, 0);
  c3.window.dilation = {2, 2};
  m.neurons("cuba", NodeOp::cuba_lif, 17, 4, 500);
  m.add("flatten", NodeOp::flatten, {}, Signal::spikes, Signal::spikes).out = {68};
  IntegerNode& delay = m.add("delay", NodeOp::delay, {}, Signal::spikes, Signal::spikes);
  delay.delay_steps = {1};
  m.connection("fc", NodeOp::linear, {20}, 20 * 68, Signal::spikes);
  if (recurrent) {
    IntegerNode& back = m.connection("back", NodeOp::linear, {20}, 400, Signal::spikes, {"fc"});
    back.inputs = {{m.network.nodes.size(), 1, 1, 0}};
    m.neurons("lif", NodeOp::lif, 20, 1, 300, {"fc", "back"});
  } else {
    m.neurons("lif", NodeOp::lif, 20, 1, 300);
  }
  m.connection("readout", NodeOp::linear, {5}, 100, Signal::spikes);
  m.neurons("li", NodeOp::li, 5, 1, 0);
  return m.finish();
}

}  // namespace

TEST_CASE("a ReLU network with grouped convolutions, a residual and a pool computes on tiles what the golden model computes", "[chiplet]") {
  for (const Mode mode : {Mode::ann, Mode::hnn})
    for (const auto packing : {ActPacking::single, ActPacking::burst})
      for (const auto multicast : {Multicast::source, Multicast::tree}) {
        if (packing == ActPacking::burst && multicast == Multicast::tree) continue;  // bursts take several flits
        Config c = package(mode);
        c.packing = packing, c.multicast = multicast;
        const Outcome out = run(c, residual_network(), 2);
        INFO(out.coded.first << " / " << out.plain.first);
        CHECK(out.chips > 2);
        CHECK(out.crossings > 0);
        CHECK(out.coded.compared > 4000);
        if (mode == Mode::ann)
          CHECK(out.plain.mismatches == 0);
        else
          CHECK(out.coded.mismatches == 0);
        CHECK((out.plain.mismatches != 0) == (mode == Mode::hnn));
      }
}

TEST_CASE("with an axon for negative values nothing is clipped at a die edge", "[chiplet]") {
  // The input lies on the first chip and the stem on the second: signed values cross.
  Config c = package(Mode::hnn, 8, 1, 32);
  c.coding.steps = 8;
  const Outcome clipped = run(c, residual_network(), 1);
  CHECK(clipped.coded.mismatches == 0);
  c.dual_axon = true;
  const Outcome both = run(c, residual_network(), 1);
  INFO(both.coded.first);
  CHECK(both.coded.mismatches == 0);
  CHECK(both.spikes > clipped.spikes);
  CHECK(both.plain.mismatches != clipped.plain.mismatches);
}

TEST_CASE("a spiking network keeps its membranes in tiles and computes what the golden model computes", "[chiplet]") {
  for (const char* name : {"aer", "rle", "auto"})
    for (const auto core : {SnnCore::event, SnnCore::ranc}) {
      if (core == SnnCore::ranc && std::string(name) != "aer") continue;
      Config c = package(Mode::snn);
      c.snn_core = core;
      c.auto_encoding = std::string(name) == "auto";
      if (!c.auto_encoding) c.encoding = *encoding_of(name);
      const Outcome out = run(c, spiking_network(false), 9);
      INFO(name << ": " << out.plain.first);
      CHECK(out.plain.mismatches == 0);
      CHECK(out.plain.compared > 10'000);
      CHECK(out.spikes > 100);
      CHECK(out.chips > 2);
    }
}

TEST_CASE("a recurrent network goes step by step and computes what the golden model computes", "[chiplet]") {
  for (const char* name : {"aer", "rle"}) {
    Config c = package(Mode::snn);
    c.encoding = *encoding_of(name);
    const Outcome out = run(c, spiking_network(true), 5), straight = run(c, spiking_network(false), 5);
    INFO(out.plain.first);
    CHECK(out.plain.mismatches == 0);
    CHECK(out.stages > straight.stages);
  }
}

TEST_CASE("a one-dimensional convolution and neurons right behind the input run on tiles", "[chiplet]") {
  Maker m({3, 40}, Signal::spikes);
  m.neurons("first", NodeOp::lif, 3, 40, 0);
  IntegerNode& conv = m.connection("conv", NodeOp::conv1d, {20, 19}, 20 * 3 * 5, Signal::spikes);
  conv.window.kernel = {1, 5}, conv.window.stride = {1, 2}, conv.window.pad_before = {0, 1}, conv.window.pad_after = {0, 0};
  m.neurons("second", NodeOp::lif, 20, 19, 150);
  const IntegerNetwork network = m.finish();
  const Outcome out = run(package(Mode::snn), network, 6);
  INFO(out.plain.first);
  CHECK(out.plain.mismatches == 0);
  CHECK(out.spikes > 0);
}

TEST_CASE("networks of the other kind are refused by name", "[chiplet]") {
  const auto refusal = [](const IntegerNetwork& network, Mode mode) {
    try {
      NetworkFunction(std::make_shared<const IntegerNetwork>(network), mode);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal(spiking_network(false), Mode::ann).find("lif1 (lif)") != std::string::npos);
  CHECK(refusal(spiking_network(false), Mode::hnn).find("spiking networks in snn") != std::string::npos);
  CHECK(refusal(residual_network(), Mode::snn).find("stem.relu (relu)") != std::string::npos);
  CHECK(refusal(residual_network(), Mode::ann).empty());
}
