// SPDX-License-Identifier: Apache-2.0
// The integer golden model: its neuron, its connections against the golden matrix product, its folder, and NeuroBench's counts.
#include <catch2/catch.hpp>

#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/neurobench.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

using Model = NeuronRecord::Model;

std::int64_t clamp_to(std::int64_t v, unsigned bits) {
  const std::int64_t high = (std::int64_t{1} << (bits - 1)) - 1;
  return v > high ? high : v < -high - 1 ? -high - 1 : v;
}
std::int64_t halves_away(std::int64_t v, unsigned shift) {
  const double exact = static_cast<double>(v) / static_cast<double>(std::int64_t{1} << shift);
  return std::llround(exact);
}

/// The update of lif.h written a second time, for one neuron.
struct PlainNeuron {
  std::int64_t v = 0, i = 0;
  bool step(const NeuronRecord& r, std::int64_t x) {
    std::int64_t drive = x * (std::int64_t{1} << r.input_shift);
    if (r.has_current()) {
      i = clamp_to(i * r.synapse_leak / 65536 + drive + r.synapse_bias, r.width_bits);
      drive = halves_away(i, r.synapse_shift);
    }
    if (r.leak == NeuronRecord::Leak::multiply) v = v * r.leak_value / 65536;
    if (r.leak == NeuronRecord::Leak::subtract) v -= r.leak_value;
    v = clamp_to(v + drive + r.bias, r.width_bits);
    if (!r.fires() || v <= r.threshold) return false;
    v = clamp_to(r.reset == NeuronRecord::Reset::zero ? r.reset_value : v - (r.threshold - r.reset_value), r.width_bits);
    return true;
  }
};

std::int32_t pick(RandomStream& random, std::int32_t low, std::int32_t high) {
  return low + static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

NeuronRecord random_record(RandomStream& random) {
  NeuronRecord r;
  r.model = static_cast<Model>(random.below(5));
  r.width_bits = static_cast<unsigned>(pick(random, 6, 32));
  r.threshold = pick(random, -50, 5000);
  r.leak = r.model == Model::i ? NeuronRecord::Leak::none : static_cast<NeuronRecord::Leak>(random.below(3));
  r.leak_value = r.leak == NeuronRecord::Leak::multiply ? pick(random, 0, 65536) : pick(random, -9, 9);
  r.reset = static_cast<NeuronRecord::Reset>(random.below(2));
  r.reset_value = pick(random, -20, 20);
  r.bias = pick(random, -30, 30);
  r.input_shift = static_cast<unsigned>(random.below(8));
  r.synapse_leak = pick(random, 0, 65536);
  r.synapse_bias = pick(random, -30, 30);
  r.synapse_shift = static_cast<unsigned>(random.below(6));
  return r;
}

/// A connection of small random weights with the given geometry.
IntegerNode connection(NodeOp op, const Shape& in, const Shape& out, const Window& window, RandomStream& random) {
  IntegerNode n;
  n.name = "c", n.op = op, n.in = in, n.out = out, n.window = window;
  n.inputs = {{0}};
  n.input_signal = Signal::spikes, n.signal = Signal::int32;
  const std::uint64_t count = op == NodeOp::linear   ? elements_of(in) * elements_of(out)
                              : op == NodeOp::conv1d ? out[0] * in[0] / window.groups * window.kernel[1]
                                                     : out[0] * in[0] / window.groups * window.kernel[0] * window.kernel[1];
  for (std::uint64_t k = 0; k < count; ++k) n.weight.push_back(random.next_int8());
  return n;
}

IntegerNetwork around(IntegerNode node) {
  IntegerNetwork network;
  IntegerNode input, output;
  input.name = "input", input.in = input.out = node.in, input.signal = input.input_signal = Signal::spikes;
  output.name = "output", output.op = NodeOp::output, output.in = output.out = node.out, output.inputs = {{1}};
  network.nodes = {input, std::move(node), output};
  return network;
}

void require_sound(IntegerNetwork& network) {
  Diagnostics diagnostics;
  check_network(network, "test", diagnostics);
  INFO(diagnostics.format());
  REQUIRE(!diagnostics.has_errors());
}

NetworkSample random_sample(std::uint64_t steps, std::uint64_t size, double density, std::uint64_t seed = 1) {
  RandomStream random(seed, "sample");
  NetworkSample sample;
  sample.steps = steps;
  InputSignal signal;
  signal.spikes = SpikeTensor("TC", {steps, size});
  for (std::uint64_t i = 0; i < steps * size; ++i)
    if (random.bernoulli(density)) signal.spikes.set(i);
  sample.inputs.push_back(std::move(signal));
  return sample;
}

IntegerNode if_node(const std::string& name, std::size_t from, std::uint64_t size, std::int32_t threshold) {
  IntegerNode n;
  n.name = name, n.op = NodeOp::if_neuron, n.in = n.out = {size}, n.inputs = {{from}};
  n.signal = Signal::spikes, n.neuron.threshold = threshold, n.channels = size;
  return n;
}
IntegerNode fc_node(const std::string& name, std::size_t from, std::uint64_t in, std::uint64_t out, std::vector<std::int8_t> weight) {
  IntegerNode n;
  n.name = name, n.op = NodeOp::linear, n.in = {in}, n.out = {out}, n.inputs = {{from}};
  n.input_signal = Signal::spikes, n.weight = std::move(weight);
  return n;
}
IntegerNode end_node(NodeOp op, const std::string& name, std::uint64_t size, std::vector<IntegerInput> inputs) {
  IntegerNode n;
  n.name = name, n.op = op, n.in = n.out = {size}, n.inputs = std::move(inputs);
  n.signal = n.input_signal = Signal::spikes;
  return n;
}

/// The two layers of F17.
IntegerNetwork two_layers() {
  IntegerNetwork network;
  network.nodes = {end_node(NodeOp::input, "input", 3, {}),
                   fc_node("fc1", 0, 3, 2, {1, 0, 2, 0, 3, 0}),
                   if_node("if1", 1, 2, 2),
                   fc_node("fc2", 2, 2, 1, {1, -1}),
                   if_node("if2", 3, 1, 0),
                   end_node(NodeOp::output, "output", 1, {{4}})};
  require_sound(network);
  return network;
}

std::string folder_text(const std::string& folder) {
  std::string text;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) text += file.filename().string() + "\n" + slurp(file.string());
  return text;
}

}  // namespace

TEST_CASE("every neuron model does exactly what its page says", "[neuron]") {
  RandomStream random(11, "records");
  for (int k = 0; k < 300; ++k) {
    const NeuronRecord r = random_record(random);
    LifState state(r, 1, 1);
    PlainNeuron plain;
    for (int t = 0; t < 40; ++t) {
      const std::int32_t x = pick(random, -400, 600);
      std::uint8_t spike = 2;
      state.step(0, 1, &x, &spike);
      REQUIRE(spike == plain.step(r, x));
      REQUIRE(state.membranes()[0] == plain.v);
      if (r.has_current()) REQUIRE(state.currents()[0] == plain.i);
    }
  }
}

TEST_CASE("per-channel values act on their channel only, and equal values equal the scalar", "[neuron]") {
  RandomStream random(12, "channels");
  NeuronRecord scalar = random_record(random);
  scalar.model = Model::cuba, scalar.leak = NeuronRecord::Leak::multiply, scalar.leak_value = 60000;
  NeuronRecord each = scalar;
  each.channel_threshold.assign(3, scalar.threshold), each.channel_leak.assign(3, scalar.leak_value),
      each.channel_reset.assign(3, scalar.reset_value);
  each.channel_bias.assign(3, scalar.bias), each.channel_synapse_leak.assign(3, scalar.synapse_leak),
      each.channel_synapse_bias.assign(3, scalar.synapse_bias);
  NeuronRecord other = each;
  other.channel_bias[1] += 500;
  LifState a(scalar, 3, 2), b(each, 3, 2), c(other, 3, 2);
  std::uint8_t sa[6], sb[6], sc[6];
  for (int t = 0; t < 50; ++t) {
    std::int32_t x[6];
    for (std::int32_t& v : x) v = pick(random, -100, 200);
    a.step(0, 6, x, sa), b.step(0, 6, x, sb), c.step(0, 6, x, sc);
    REQUIRE(a.membranes() == b.membranes());
    for (int n : {0, 1, 4, 5}) REQUIRE(a.membranes()[static_cast<std::size_t>(n)] == c.membranes()[static_cast<std::size_t>(n)]);
  }
  CHECK(a.membranes() != c.membranes());
}

TEST_CASE("state that is saved and restored goes on as if nothing had happened", "[neuron]") {
  RandomStream random(13, "restore");
  NeuronRecord r = random_record(random);
  r.model = Model::cuba;
  LifState whole(r, 4, 1), first(r, 4, 1), second(r, 4, 1);
  std::uint8_t spikes[4], later[4];
  std::vector<std::int32_t> x(80);
  for (std::int32_t& v : x) v = pick(random, -50, 100);
  for (std::size_t t = 0; t < 20; ++t) {
    whole.step(0, 4, &x[4 * t], spikes);
    if (t == 10) second.restore(first.membranes(), first.currents());
    (t < 10 ? first : second).step(0, 4, &x[4 * t], later);
    REQUIRE(std::equal(spikes, spikes + 4, later));
  }
  CHECK(whole.membranes() == second.membranes());
}

TEST_CASE("the golden model's connections equal the golden matrix product of the lowered layer", "[golden]") {
  RandomStream random(21, "connections");
  const auto window = [](Shape kernel, Shape stride, Shape before, Shape after, Shape dilation, std::uint64_t groups) {
    Window w;
    for (std::size_t a = 0; a < 2; ++a)
      w.kernel[a] = kernel[a], w.stride[a] = stride[a], w.pad_before[a] = before[a], w.pad_after[a] = after[a], w.dilation[a] = dilation[a];
    w.groups = groups;
    return w;
  };
  struct Case {
    NodeOp op;
    Shape in, out;
    Window window;
    bool expanded;
  };
  const std::vector<Case> cases{
      {NodeOp::linear, {7}, {5}, {}, false},
      {NodeOp::conv2d, {3, 8, 6}, {4, 8, 6}, window({3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1), false},
      {NodeOp::conv2d, {2, 9, 9}, {3, 4, 4}, window({3, 3}, {2, 2}, {0, 0}, {0, 0}, {1, 1}, 1), false},
      {NodeOp::conv2d, {4, 6, 6}, {6, 6, 6}, window({3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 2), false},  // groups
      {NodeOp::conv2d, {2, 9, 9}, {3, 5, 5}, window({3, 3}, {1, 1}, {0, 0}, {0, 0}, {2, 2}, 1), false},  // dilation
      {NodeOp::conv2d, {2, 7, 8}, {3, 7, 8}, window({1, 3}, {1, 1}, {0, 1}, {0, 1}, {1, 1}, 1), false},  // rectangular, embedded
      {NodeOp::conv2d, {2, 7, 8}, {3, 5, 4}, window({3, 5}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, 1), true},   // rectangular, expanded
      {NodeOp::conv2d, {1, 6, 6}, {2, 6, 6}, window({4, 4}, {1, 1}, {1, 1}, {2, 2}, {1, 1}, 1), false},  // `same` of an even kernel
      {NodeOp::conv2d, {2, 8, 8}, {2, 4, 8}, window({3, 3}, {2, 1}, {1, 1}, {1, 1}, {1, 1}, 1), true},   // unequal strides
      {NodeOp::conv1d, {3, 20}, {4, 20}, window({1, 5}, {1, 1}, {0, 2}, {0, 2}, {1, 1}, 1), false},
      {NodeOp::conv1d, {3, 20}, {4, 9}, window({1, 3}, {1, 2}, {0, 0}, {0, 0}, {1, 1}, 1), true}};
  for (std::size_t k = 0; k < cases.size(); ++k) {
    const Case& c = cases[k];
    INFO("case " << k);
    IntegerNetwork network = around(connection(c.op, c.in, c.out, c.window, random));
    require_sound(network);
    constexpr std::uint64_t T = 4;
    const NetworkSample sample = random_sample(T, elements_of(c.in), 0.3, k);
    const auto traces = IntegerSimulation(network).run(sample);
    const LoweredConnection lowered = lower_connection(network.nodes[1], T);
    CHECK(geometry_problem(lowered.geometry) == "");
    std::vector<std::int32_t> sums(output_sums(lowered.geometry));
    golden_gemm(lowered.geometry, sample.inputs[0].spikes.view(), lowered.weights.data(), sums.data());
    CHECK(sums == traces[1].values);
    CHECK(lowered.expanded == c.expanded);
  }
}

TEST_CASE("biases folded into the neuron give the same spikes", "[golden]") {
  RandomStream random(31, "bias");
  IntegerNetwork network = two_layers();
  network.nodes[1].bias = {2, -1};
  network.nodes[2].neuron.input_shift = 3;
  network.nodes[2].neuron.threshold = 20;
  const NetworkSample sample = random_sample(60, 3, 0.4);
  const auto with = IntegerSimulation(network).run(sample);
  std::vector<std::size_t> folded;
  IntegerNetwork other = network;
  other.nodes[2].neuron = neuron_with_biases(network, 2, &folded);
  other.nodes[1].bias.clear();
  require_sound(other);
  CHECK(folded == std::vector<std::size_t>{1});
  const auto without = IntegerSimulation(other).run(sample);
  CHECK(with[2].spikes == without[2].spikes);
  CHECK(with[2].spikes.count() > 0);
}

TEST_CASE("delayed, scaled and several inputs of a node add up as stated", "[golden]") {
  IntegerNetwork network;
  IntegerNode sum;
  sum.name = "sum", sum.op = NodeOp::add, sum.in = sum.out = {1}, sum.inputs = {{0, 0, 5, 1}, {0, 2, -3, 0}};
  IntegerNode output = end_node(NodeOp::output, "output", 1, {{1}});
  output.signal = output.input_signal = Signal::int32;
  network.nodes = {end_node(NodeOp::input, "input", 1, {}), sum, output};
  require_sound(network);
  const auto traces = IntegerSimulation(network).run(spike_sample(5, 1, {{0, 0}, {2, 0}}));
  CHECK(traces[2].values == std::vector<std::int32_t>{3, 0, 0, 0, -3});  // 2.5 rounds to 3, away from zero; 3 - 3 at step 2
}

TEST_CASE("strongly connected groups come in order of execution", "[golden]") {
  IntegerNetwork network = two_layers();
  network.nodes[2].inputs.push_back({4, 1});  // if2 acts back on if1
  network.nodes[2].in = network.nodes[2].out = {2};
  const auto groups = network.groups();
  REQUIRE(groups.size() == 4);
  CHECK(groups[0] == std::vector<std::size_t>{0});
  CHECK(groups[2] == std::vector<std::size_t>{2, 3, 4});
}

TEST_CASE("formats.F17 NeuroBench's figures of two layers over ten steps are those worked out by hand", "[neurobench]") {
  const IntegerNetwork network = two_layers();
  const NetworkSample sample =
      spike_sample(10, 3, {{0, 0}, {1, 2}, {2, 1}, {4, 0}, {4, 1}, {4, 2}, {6, 0}, {7, 1}, {8, 2}, {9, 0}, {9, 2}});
  // fc1: 11 spikes, each into one non-zero weight; dense 3 x 2 = 6 a step. if1: neuron 0 gets a + 2c and is 1 0 0 0 0 0 1 1 0 0
  // after the steps, spikes at 1 4 8 9, updated at 0 1 6 8; neuron 1 gets 3b and is always 0, spikes at 2 4 7, updated at 0.
  // fc2: 7 spikes into one weight each; dense 2 a step. if2 gets s0 - s1 and is 0 0 -1 -1 -1 -1 -1 -2 -1 0, spikes at 1, updated
  // at 0 2 7 8 9.
  NeuroBench bench(network);
  IntegerSimulation simulation(network);
  for (int i = 0; i < 3; ++i) simulation.run(sample, {}, &bench), bench.end_sample();
  const NeuroBenchMetrics m = bench.metrics();
  CHECK(m.samples == 3);
  CHECK(m.parameter_count == 8);
  CHECK(m.connection_sparsity == 0.375);  // 3 of 8
  CHECK(m.footprint_bytes == 18);         // 8 weights of 8 bit; 3 membranes and 2 thresholds of 16 bit
  CHECK(m.effective_acs == 18);
  CHECK(m.effective_macs == 0);
  CHECK(m.dense == 80);
  CHECK(m.membrane_updates == 10);
  CHECK(m.activation_sparsity == 1 - 8.0 / 30);  // 7 + 1 spikes of 20 + 10
  REQUIRE(m.activation_sparsity_by_layer.size() == 2);
  CHECK(m.activation_sparsity_by_layer[0] == std::pair<std::string, double>("if1", 1 - 7.0 / 20));
  CHECK(m.activation_sparsity_by_layer[1] == std::pair<std::string, double>("if2", 1 - 1.0 / 10));
  CHECK(m.effective_neuron_ops == 40);
  CHECK(m.dense_neuron_ops == 120);
}

TEST_CASE("formats.F17 a connection fed by other values than -1, 0 and 1 counts as MACs, call by call", "[neurobench]") {
  IntegerNetwork network;
  IntegerNode input = end_node(NodeOp::input, "input", 2, {});
  input.signal = input.input_signal = Signal::int8, input.scale = {0.5};
  IntegerNode fc = fc_node("fc", 0, 2, 2, {1, 1, 0, 1});
  fc.input_signal = Signal::int8, fc.scale = {0.5}, fc.weight_scale = {1.0};
  IntegerNode output = end_node(NodeOp::output, "output", 2, {{1}});
  output.signal = output.input_signal = Signal::int32;
  network.nodes = {input, fc, output};
  require_sound(network);
  NetworkSample sample;
  sample.steps = 3;
  sample.inputs.resize(1);
  sample.inputs[0].values = {1, -1, 0.5, 0, 0, 1};
  NeuroBench bench(network);
  IntegerSimulation(network).run(sample, {}, &bench);
  bench.end_sample();
  CHECK(bench.metrics().effective_acs == 3 + 2);  // steps 0 and 2: inputs 0 and 1 reach one and two outputs
  CHECK(bench.metrics().effective_macs == 1);     // step 1: 0.5
  CHECK(bench.metrics().dense == 12);
}

TEST_CASE("a network folder comes back equal, byte for byte", "[folder]") {
  const ScratchFolder folder;
  RandomStream random(41, "folder");
  IntegerNetwork network = two_layers();
  network.name = "na\xC3\xAFve", network.source = "x.nir", network.reset = ResetRule::subtract, network.dt = 2e-4;
  network.nodes[1].bias = {7, -7};
  network.nodes[1].parameters = 8;
  network.nodes[2].neuron = random_record(random);
  network.nodes[2].neuron.model = Model::lif;
  network.nodes[2].neuron.channel_threshold = {5, 6};
  network.nodes[3].name = "../../etc/passwd";  // any text is a name; files must not follow it
  network.nodes[4].inputs.push_back({4, 1, 3, 2});
  IntegerNode& delay = network.nodes[5];
  delay.name = "end";
  require_sound(network);
  const std::string a = folder.path() + "/a", b = folder.path() + "/b";
  write_network_folder(network, a);
  const IntegerNetwork read = read_network_folder(a);
  write_network_folder(read, b);
  CHECK(folder_text(a) == folder_text(b));
  CHECK(is_network_folder(a));
  CHECK(!is_network_folder(folder.path()));
  const NetworkSample sample = random_sample(50, 3, 0.4);
  const auto before = IntegerSimulation(network).run(sample), after = IntegerSimulation(read).run(sample);
  CHECK(before[4].spikes == after[4].spikes);
  for (const auto& entry : fs::directory_iterator(a)) CHECK(entry.path().filename().string().find("..") == std::string::npos);
}

TEST_CASE("a hand-written folder needs only what cannot be inferred, ReLU networks included", "[folder]") {
  const ScratchFolder folder;
  IntegerNetwork maker = two_layers();
  write_network_folder(maker, folder.path() + "/made");
  fs::copy(folder.path() + "/made/001_fc1.weight.npy", folder.path() + "/w.npy");
  folder.write("manifest.json", R"({"format": "snn-network-v1", "nodes": [
    {"name": "in", "op": "input", "out": [3], "signal": "int8", "input_signal": "int8", "scale": 0.25},
    {"name": "fc", "op": "linear", "weight": {"file": "w.npy", "scale": 0.5, "zero": 0}},
    {"name": "relu", "op": "relu", "params": {"multiplier": 3, "shift": 1}},
    {"name": "out", "op": "output"}]})");
  const IntegerNetwork network = read_network_folder(folder.path());
  NetworkSample sample;
  sample.steps = 2;
  sample.inputs.resize(1);
  sample.inputs[0].values = {1, 0.5, -0.25, -1, 20, 2};
  const auto traces = IntegerSimulation(network).run(sample);
  CHECK(traces[0].values == std::vector<std::int32_t>{4, 2, -1, -4, 80, 8});
  CHECK(traces[1].values == std::vector<std::int32_t>{2, 6, 12, 240});
  CHECK(traces[3].values == std::vector<std::int32_t>{3, 9, 18, 127});
}

TEST_CASE("faults of a network folder name file and key", "[folder]") {
  const ScratchFolder folder;
  write_network_folder(two_layers(), folder.path());
  const std::string good = slurp(folder.path() + "/manifest.json");
  const auto told = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    folder.write("manifest.json", text);
    try {
      read_network_folder(folder.path());
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(told("\"bits\"", "\"bits\"") == "");
  CHECK_THAT(told("snn-network-v1", "snn-network-v9"), Contains("manifest.json: format: 'snn-network-v9' is not snn-network-v1"));
  CHECK_THAT(told("\"from\": \"fc1\"", "\"from\": \"fc7\""),
             Contains("nodes[2].inputs[0].from: there is no node 'fc7'; did you mean fc1?"));
  CHECK_THAT(told("\"linear\"", "\"lineal\""), Contains("nodes[1].op: 'lineal' is unknown"));
  CHECK_THAT(told("001_fc1.weight.npy", "../../../etc/passwd"), Contains("leads out of the folder"));
  CHECK_THAT(told("\"zero\": 0", "\"zero\": 3"), Contains("the zero point must be 0"));
  CHECK_THAT(told("\"width_bits\": 16", "\"width_bits\": 64"), Contains("must be 2 to 32"));
  CHECK_THAT(told("\"delay\": 0", "\"delay\": 99999999999"), Contains("delay"));
  CHECK_THAT(told("\"out\": [2]", "\"out\": [4]"), Contains("2 outputs, but `out` is (4)"));
  CHECK_THAT(told("\"name\": \"fc2\"", "\"name\": \"fc1\""), Contains("two nodes of this name"));
  CHECK_THAT(told("\"leak\": \"none\"", "\"leek\": \"none\""), Contains("did you mean leak?"));
}
