// SPDX-License-Identifier: Apache-2.0
// Networks of every node type through the program: what engines do not compute, models.neuron or the host does, and all of it is
// compared with the golden model.
#include <catch2/catch.hpp>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/network/quantise.h>

#include "../support/process.h"

using namespace snnvp;
using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;

/// A graph made node by node; each node follows the one before unless it says otherwise.
class GraphMaker {
public:
  explicit GraphMaker(const Shape& input) {
    GraphNode node;
    node.name = "input", node.op = NodeOp::input, node.declared = input;
    add(std::move(node), {});
  }

  GraphMaker& add(GraphNode node, const std::vector<std::string>& from) {
    const std::size_t at = graph.nodes.size();
    for (const std::string& name : from) graph.edges.push_back({static_cast<std::size_t>(graph.find(name)), at, 0});
    graph.nodes.push_back(std::move(node));
    return *this;
  }
  GraphMaker& follow(GraphNode node) { return add(std::move(node), {graph.nodes.back().name}); }
  GraphMaker& edge(const std::string& from, const std::string& to) {
    graph.edges.push_back({static_cast<std::size_t>(graph.find(from)), static_cast<std::size_t>(graph.find(to)), 0});
    return *this;
  }

  /// `low`: the least value of graded inputs, 0: they are spikes.
  IntegerNetwork network(double low = 0) {
    GraphNode node;
    node.name = "output", node.op = NodeOp::output;
    follow(std::move(node));
    Diagnostics diagnostics;
    delay_cycles(graph, diagnostics);
    infer_shapes(graph, diagnostics);
    if (diagnostics.has_errors()) throw InputError(diagnostics);
    QuantiseOptions options;
    std::vector<NetworkSample> samples;
    if (low != 0) {
      NetworkSample sample;
      sample.steps = 1;
      std::vector<double> values(elements_of(graph.nodes[graph.inputs().front()].out), low);
      values[0] = 1.27;
      sample.inputs.push_back({{}, values});
      samples.push_back(sample);
    }
    IntegerNetwork made = quantise(graph, options, samples).network;
    made.name = "made";
    return made;
  }

  NetworkGraph graph;
};

GraphNode named(const std::string& name, NodeOp op) {
  GraphNode node;
  node.name = name, node.op = op;
  return node;
}

std::vector<double> drawn(std::uint64_t count, const std::string& name, double size = 1) {
  RandomStream random(5, name);
  std::vector<double> values(count);
  for (double& v : values) v = size * static_cast<double>(random.next_int8()) / 128;
  return values;
}

GraphNode linear(const std::string& name, std::uint64_t in, std::uint64_t out, bool bias = false) {
  GraphNode node = named(name, NodeOp::linear);
  node.weight = {{out, in}, drawn(in * out, name)};
  if (bias) node.bias = drawn(out, name + ".bias", 0.3);
  return node;
}

GraphNode conv(const std::string& name, std::uint64_t in, std::uint64_t out, std::uint64_t kernel, std::uint64_t pad, bool bias = false) {
  GraphNode node = named(name, NodeOp::conv2d);
  node.window.kernel = {kernel, kernel};
  node.window.pad_before = node.window.pad_after = {pad, pad};
  node.weight = {{out, in, kernel, kernel}, drawn(out * in * kernel * kernel, name)};
  if (bias) node.bias = drawn(out, name + ".bias", 0.3);
  return node;
}

GraphNode neuron(const std::string& name, NodeOp op, double threshold = 1) {
  GraphNode node = named(name, op);
  node.tau = scalar_param(8e-4), node.r = scalar_param(op == NodeOp::if_neuron ? 1 : 8), node.v_leak = scalar_param(0);
  node.v_threshold = scalar_param(threshold), node.v_reset = scalar_param(0);
  if (is_cuba(op)) node.tau_syn = scalar_param(4e-4), node.w_in = scalar_param(4);
  return node;
}

GraphNode pool(const std::string& name, NodeOp op, std::uint64_t kernel) {
  GraphNode node = named(name, op);
  node.window.kernel = node.window.stride = {kernel, kernel};
  return node;
}

/// The network's folder and three samples for it: spikes, or graded values.
void write_samples(const ScratchFolder& scratch, const IntegerNetwork& network, std::uint64_t steps, bool graded) {
  write_network_folder(network, scratch.path() + "/net");
  Shape shape = network.nodes[network.inputs().front()].out;
  shape.insert(shape.begin(), {3, steps});
  NpyArray array = NpyArray::of(graded ? NpyType{NpyType::Kind::real, 8} : NpyType{NpyType::Kind::unsigned_integer, 1}, shape);
  RandomStream random(9, "samples");
  for (std::uint64_t i = 0; i < elements_of(shape); ++i) {
    if (!graded) {
      array.data[i] = random.below(4) == 0;
      continue;
    }
    const double value = static_cast<double>(random.next_int8()) / 100;
    std::memcpy(array.data.data() + 8 * i, &value, 8);
  }
  write_npy(scratch.path() + "/samples.npy", array);
}

std::string write_scenario(const ScratchFolder& scratch, const std::string& platform, const std::string& workload) {
  return scratch.write("nodes.yaml", "scenario: 1\nname: nodes\nplatform:\n  extends: " + root + "/scenarios/platforms/two_engines.yaml\n" +
                                         platform + "workload:\n  kind: network\n  network: " + scratch.path() + "/net\n  input: { file: " +
                                         scratch.path() + "/samples.npy }\n" + workload + "run: { limit: 10 s }\n");
}

/// Runs a network on SpikeX and Prosperity in turn, beside a unit for neurons if wanted.
json run(const ScratchFolder& scratch, const IntegerNetwork& network, std::uint64_t steps, bool with_neurons, bool graded = false) {
  write_samples(scratch, network, steps, graded);
  const std::string unit =
      "  blocks:\n    - { name: neurons, kind: models.neuron, clock: core }\n  links:\n    - { from: neurons.dma, to: bus.in }\n"
      "    - { from: neurons.irq, to: \"host.irq[2]\" }\n  maps:\n    - { through: bus, to: neurons.regs, base: 0x1001_2000, size: 4 KiB "
      "}\n";
  const std::string file = write_scenario(scratch, with_neurons ? unit : "", "  engines: [spikex, prosperity]\n");
  const ProcessResult result = run_snnvp({"run", file, "--quiet", "--json"});
  INFO(result.err);
  INFO(result.out.substr(0, 2000));
  REQUIRE(result.exit_code == 0);
  const json report = json::parse(result.out);
  CHECK(report.at("check").at("mismatches") == 0);
  CHECK(report.at("check").at("compared") > 0);
  return report;
}

std::set<std::string> host_nodes(const json& report) {
  std::set<std::string> names;
  for (const json& name : report.at("workload").at("host_nodes")) names.insert(name.get<std::string>());
  return names;
}

}  // namespace

TEST_CASE("networks.2 convolutions with biases, pools, flatten, scale, delay, threshold and a leaky readout run on both engines") {
  const ScratchFolder scratch;
  GraphMaker maker({2, 8, 8});
  maker.follow(conv("conv1", 2, 4, 3, 1, true)).follow(neuron("if1", NodeOp::if_neuron)).follow(pool("sum", NodeOp::sum_pool2d, 2));
  maker.follow(conv("conv2", 4, 6, 3, 1)).follow(neuron("lif2", NodeOp::lif)).follow(pool("average", NodeOp::avg_pool2d, 2));
  maker.follow(named("flat", NodeOp::flatten)).follow(linear("fc1", 24, 12)).follow(neuron("cuba", NodeOp::cuba_lif));
  GraphNode delay = named("delay", NodeOp::delay);
  delay.delay_steps = scalar_param(2);
  maker.follow(delay).follow(linear("fc2", 12, 12, true));
  GraphNode threshold = named("threshold", NodeOp::threshold);
  threshold.v_threshold = scalar_param(0.4);
  GraphNode scale = named("scale", NodeOp::scale);
  scale.factor = scalar_param(0.75);
  maker.follow(threshold).follow(linear("fc3", 12, 5)).follow(scale).follow(neuron("li", NodeOp::li));
  const IntegerNetwork network = maker.network();
  const std::set<std::string> alone = host_nodes(run(scratch, network, 12, false));
  for (const char* name : {"sum", "cuba", "delay", "scale", "li"}) CHECK(alone.count(name) == 1);
  for (const char* name : {"if1", "conv1", "conv2"}) CHECK(alone.count(name) == 0);  // a fused neuron and products
  const std::set<std::string> beside = host_nodes(run(scratch, network, 12, true));
  for (const char* name : {"sum", "li", "if1"}) CHECK(beside.count(name) == 0);
  CHECK(beside.count("delay") == 1);
}

TEST_CASE("networks.2 recurrent edges, a residual sum and a second path run on both engines") {
  const ScratchFolder scratch;
  GraphMaker maker({6});
  maker.follow(linear("in", 6, 10)).follow(neuron("lif", NodeOp::lif));
  maker.follow(linear("back", 10, 10)).edge("back", "lif");
  maker.add(linear("up", 10, 8, true), {"lif"}).follow(neuron("second", NodeOp::lif));
  maker.add(linear("skip", 6, 8), {"input"}).edge("skip", "second");
  maker.add(linear("out", 8, 4), {"second"}).follow(neuron("readout", NodeOp::lif, 1.5));
  const IntegerNetwork network = maker.network();
  const std::set<std::string> host = host_nodes(run(scratch, network, 9, false));
  CHECK(host.count("lif") == 1);     // its state goes round with the loop
  CHECK(host.count("second") == 1);  // behind two layers
  CHECK(host.count("readout") == 0);
  const json unit = run(scratch, network, 9, true);
  CHECK(host_nodes(unit) == std::set<std::string>{"lif"});
  std::set<std::string> rows;
  for (const json& layer : unit.at("layers"))
    if (layer.at("engine") == "neurons") rows.insert(layer.at("name").get<std::string>());
  CHECK(rows == std::set<std::string>{"second", "second.sum"});
}

TEST_CASE("networks.2 a one-dimensional and a grouped convolution run on both engines") {
  const ScratchFolder scratch;
  GraphMaker maker({3, 16});
  GraphNode conv1d = named("conv1d", NodeOp::conv1d);
  conv1d.window.kernel = {1, 5}, conv1d.window.stride = {1, 2}, conv1d.window.pad_before = conv1d.window.pad_after = {0, 2};
  conv1d.weight = {{6, 3, 5}, drawn(90, "conv1d")};
  maker.follow(conv1d).follow(neuron("lif1", NodeOp::lif));
  GraphNode grouped = named("grouped", NodeOp::conv1d);
  grouped.window.kernel = {1, 3}, grouped.window.pad_before = grouped.window.pad_after = {0, 1}, grouped.window.groups = 3;
  grouped.weight = {{6, 2, 3}, drawn(36, "grouped")};
  maker.follow(grouped)
      .follow(neuron("lif2", NodeOp::lif))
      .follow(named("flat", NodeOp::flatten))
      .follow(linear("fc", 48, 4))
      .follow(neuron("lif3", NodeOp::lif));
  run(scratch, maker.network(), 7, false);
}

TEST_CASE("neurons behind two connections run on a models.neuron of the platform, else on the host") {
  const ScratchFolder scratch;
  GraphMaker maker({10});
  maker.follow(linear("fc1", 10, 12))
      .follow(neuron("cuba", NodeOp::cuba_lif))
      .follow(linear("fc2", 12, 4))
      .follow(neuron("lif", NodeOp::lif));
  const json alone = run(scratch, maker.network(), 10, false);
  CHECK(host_nodes(alone) == std::set<std::string>{"cuba"});
  CHECK(alone.at("diagnosis").dump().find("cuba") != std::string::npos);
  GraphMaker again({10});
  again.follow(linear("fc1", 10, 12))
      .follow(neuron("cuba", NodeOp::cuba_lif))
      .follow(linear("fc2", 12, 4))
      .follow(neuron("lif", NodeOp::lif));
  const json unit = run(scratch, again.network(), 10, true);
  CHECK(host_nodes(unit).empty());
  CHECK(unit.at("engines").contains("neurons"));
}

TEST_CASE("a layer that an engine cannot do is refused before the run, with the engines that can") {
  const ScratchFolder scratch;
  GraphMaker maker({2, 5, 5});  // 2 windows x 25 positions do not divide into the 8 blocks of the compatible PTB
  maker.follow(conv("conv1", 2, 4, 3, 1)).follow(neuron("lif1", NodeOp::lif)).follow(named("flat", NodeOp::flatten));
  maker.follow(linear("fc", 100, 4)).follow(neuron("lif2", NodeOp::lif));
  const std::string compat =
      "  blocks:\n    - { name: compat, kind: models.pe_array, clock: core, params: { rows: 16, tws: 4, dispatch: ptb_lines, "
      "ptb: { variant: prosperity_compat } } }\n  links:\n    - { from: compat.dma, to: bus.in }\n"
      "  maps:\n    - { through: bus, to: compat.regs, base: 0x1001_2000, size: 4 KiB }\n";
  write_samples(scratch, maker.network(), 8, false);
  const std::string file = write_scenario(scratch, compat, "  engines: [spikex, compat]\n");
  const ProcessResult result = run_snnvp({"run", file});
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("compat does not take layer conv1: ") != std::string::npos);
  CHECK(result.err.find("engines that take it: prosperity, spikex") != std::string::npos);
  CHECK(result.err.find("layer fc") == std::string::npos);
  // The other engines take it.
  const ProcessResult mapped =
      run_snnvp({"run", write_scenario(scratch, compat, "  engines: [compat, spikex]\n  mapping: { conv1: spikex }\n"), "--quiet"});
  INFO(mapped.err);
  CHECK(mapped.exit_code == 0);
}

TEST_CASE("graded samples run as bit planes on both engines") {
  const ScratchFolder scratch;
  GraphMaker maker({2, 6, 6});
  maker.follow(conv("conv1", 2, 4, 3, 1, true)).follow(neuron("lif1", NodeOp::lif)).follow(named("flat", NodeOp::flatten));
  maker.follow(linear("fc", 144, 4)).follow(neuron("lif2", NodeOp::lif));
  IntegerNetwork network = maker.network(-1);
  REQUIRE(network.nodes[network.inputs().front()].signal == Signal::int8);
  const json report = run(scratch, network, 5, false, true);
  for (const json& layer : report.at("layers"))
    if (layer.at("name") == "conv1" && layer.at("engine") == "prosperity") CHECK(layer.at("M") == 5 * 8 * 36);
  CHECK(report.at("neurobench").at("SynapticOperations").at("Effective_MACs") > 0);
}
