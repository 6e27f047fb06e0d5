// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/quantise.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;

namespace {

std::vector<double> normal_like(RandomStream& random, std::uint64_t count, double mean, double spread) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (int k = 0; k < 6; ++k) sum += random.uniform();
    values.push_back(mean + spread * (sum - 3));
  }
  return values;
}

/// Builds graphs node by node; edges go from the node before unless said otherwise.
class Builder {
public:
  NetworkGraph graph;

  std::size_t add(GraphNode node, std::vector<std::size_t> from = {last_node}) {
    graph.nodes.push_back(std::move(node));
    const std::size_t at = graph.nodes.size() - 1;
    if (graph.nodes[at].op != NodeOp::input)
      for (const std::size_t f : from) graph.edges.push_back({f == last_node ? at - 1 : f, at, 0});
    return at;
  }
  std::size_t input(Shape shape) {
    GraphNode n;
    n.name = "input", n.declared = std::move(shape);
    return add(n);
  }
  std::size_t linear(const std::string& name, std::uint64_t in, std::uint64_t out, RandomStream& random, double mean, double spread,
                     std::vector<std::size_t> from = {last_node}) {
    GraphNode n;
    n.name = name, n.op = NodeOp::linear;
    n.weight = {{out, in}, normal_like(random, in * out, mean, spread)};
    return add(n, std::move(from));
  }
  std::size_t neuron(const std::string& name, NodeOp op, double beta, double threshold, std::vector<std::size_t> from = {last_node}) {
    GraphNode n;
    n.name = name, n.op = op;
    const double dt = graph.dt;
    n.r = scalar_param(op == NodeOp::if_neuron || op == NodeOp::integrator ? 1 : 1 / (1 - beta));
    if (is_spiking(op)) n.v_threshold = scalar_param(threshold), n.v_reset = scalar_param(0);
    if (op != NodeOp::if_neuron && op != NodeOp::integrator) n.tau = scalar_param(dt / (1 - beta)), n.v_leak = scalar_param(0);
    if (is_cuba(op)) n.tau_syn = scalar_param(dt / 0.3), n.w_in = scalar_param(1 / 0.3);
    return add(n, std::move(from));
  }
  NetworkGraph finish() {
    GraphNode n;
    n.name = "output", n.op = NodeOp::output;
    add(n);
    Diagnostics diagnostics;
    delay_cycles(graph, diagnostics);
    infer_shapes(graph, diagnostics);
    INFO(diagnostics.format());
    REQUIRE(!diagnostics.has_errors());
    return std::move(graph);
  }
  static constexpr std::size_t last_node = ~std::size_t{0};
};

std::vector<NetworkSample> samples(std::uint64_t count, std::uint64_t steps, std::uint64_t size, double density) {
  std::vector<NetworkSample> list;
  RandomStream random(2, "samples");
  for (std::uint64_t s = 0; s < count; ++s) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ones;
    for (std::uint64_t t = 0; t < steps; ++t)
      for (std::uint64_t n = 0; n < size; ++n)
        if (random.bernoulli(density)) ones.emplace_back(t, n);
    list.push_back(spike_sample(steps, size, ones));
  }
  return list;
}

Agreement agreement_of(const NetworkGraph& graph, const QuantiseOptions& options, const std::vector<NetworkSample>& data) {
  const Quantised q = quantise(graph, options, data);
  IntegerSimulation simulation(q.network);
  Agreement agreement;
  for (const NetworkSample& sample : data) compare_sample(graph, simulation, q.network, sample, Readout::automatic, agreement);
  return agreement;
}

/// Largest difference between real and dequantised values of the output, relative to the largest real one.
double output_error(const NetworkGraph& graph, const std::vector<NetworkSample>& data, const QuantiseOptions& options = {}) {
  const Quantised q = quantise(graph, options, data);
  IntegerSimulation simulation(q.network);
  const auto g = graph.outputs()[0];
  const auto i = q.network.outputs()[0];
  double most = 0, worst = 0;
  for (const NetworkSample& sample : data) {
    const auto real = simulate_float(graph, sample);
    const auto whole = simulation.run(sample);
    for (std::size_t n = 0; n < real[g].output.size(); ++n) {
      const IntegerNode& node = q.network.nodes[i];
      const double scale = node.scale[node.scale.size() == 1 ? 0 : n % node.size() / (node.size() / node.scale.size())];
      const double got = whole[i].values.empty() ? (whole[i].spikes.at(n) ? 1.0 : 0.0) : scale * whole[i].values[n];
      most = std::max(most, std::abs(real[g].output[n]));
      worst = std::max(worst, std::abs(real[g].output[n] - got));
    }
  }
  return worst / most;
}

}  // namespace

TEST_CASE("weights of -1, 0 and 1 with whole thresholds are quantised without any loss", "[quantise]") {
  for (const ResetRule rule : {ResetRule::to_v_reset, ResetRule::subtract}) {
    RandomStream random(1, "ternary");
    Builder b;
    b.graph.reset = rule;
    b.input({20});
    const std::size_t fc = b.linear("fc", 20, 15, random, 0, 1);
    for (double& w : b.graph.nodes[fc].weight.values) w = static_cast<double>(static_cast<int>(random.below(3)) - 1);
    b.neuron("if", NodeOp::if_neuron, 0, 2);
    const NetworkGraph graph = b.finish();
    const auto data = samples(4, 100, 20, 0.3);
    const Agreement a = agreement_of(graph, {}, data);
    CHECK(a.nodes[0].float_spikes > 300);
    CHECK(a.nodes[0].mismatches == 0);
  }
}

TEST_CASE("8-bit networks of every neuron keep nearly every spike", "[quantise]") {
  for (const NodeOp op : {NodeOp::if_neuron, NodeOp::lif, NodeOp::cuba_lif})
    for (const ResetRule rule : {ResetRule::to_v_reset, ResetRule::subtract})
      for (const bool recurrent : {false, true}) {
        RandomStream random(3, "network");
        Builder b;
        b.graph.reset = rule;
        b.input({30});
        b.linear("fc1", 30, 25, random, 0.05, 0.3);
        const std::size_t first = b.neuron("n1", op, 0.9, 1.0);
        if (recurrent) {
          const std::size_t rec = b.linear("rec", 25, 25, random, -0.02, 0.15, {first});
          b.graph.edges.push_back({rec, first, 0});
        }
        b.linear("fc2", 25, 10, random, 0.05, 0.3, {first});
        b.neuron("n2", op, 0.95, 1.0);
        const NetworkGraph graph = b.finish();
        const auto data = samples(3, 60, 30, 0.2);
        const Agreement a = agreement_of(graph, {}, data);
        INFO(op_name(op) << (rule == ResetRule::subtract ? " subtract" : " zero") << (recurrent ? " recurrent" : ""));
        CHECK(a.nodes[0].float_spikes > 400);
        // A spike that differs early changes what follows, so this bounds chaos, not rounding; recurrent networks amplify it.
        CHECK(a.nodes[0].mismatches <= a.nodes[0].compared * (recurrent ? 8 : 3) / 100);
      }
}

TEST_CASE("membranes fill their width: a slow leak loses little to rounding", "[quantise]") {
  RandomStream random(4, "leak");
  Builder b;
  b.input({10});
  b.linear("fc", 10, 6, random, 0.1, 0.1);
  b.neuron("li", NodeOp::li, 0.99, 0);
  CHECK(output_error(b.finish(), samples(2, 400, 10, 0.3)) < 0.01);
}

TEST_CASE("graded chains keep their values: li, cuba_li, integrator, scale, pools, delay and skip connections", "[quantise]") {
  RandomStream random(5, "graded");
  SECTION("li behind li") {
    Builder b;
    b.input({12});
    b.linear("fc1", 12, 9, random, 0.1, 0.2);
    b.neuron("li1", NodeOp::li, 0.8, 0);
    b.linear("fc2", 9, 5, random, 0.1, 0.2);
    b.neuron("li2", NodeOp::cuba_li, 0.9, 0);
    CHECK(output_error(b.finish(), samples(2, 50, 12, 0.3)) < 0.03);
  }
  SECTION("a leak for each neuron, into further weights") {
    Builder b;
    b.input({12});
    b.linear("fc1", 12, 9, random, 0.1, 0.2);
    const std::size_t li = b.neuron("li1", NodeOp::li, 0.8, 0);
    GraphNode& node = b.graph.nodes[li];
    node.tau = {{9}, {}}, node.r = {{9}, {}};
    for (int n = 0; n < 9; ++n) node.tau.values.push_back(2e-4 * (1 + n)), node.r.values.push_back(3.0 / (1 + n));
    b.linear("fc2", 9, 5, random, 0.1, 0.2);
    b.neuron("i", NodeOp::integrator, 0, 0);
    CHECK(output_error(b.finish(), samples(2, 50, 12, 0.3)) < 0.03);
  }
  SECTION("scale with a factor for each value") {
    Builder b;
    b.input({6});
    GraphNode scale;
    scale.name = "scale", scale.op = NodeOp::scale, scale.factor = {{6}, {0.5, -1, 2, 0.25, 3, 0.1}};
    b.add(scale);
    b.linear("fc", 6, 4, random, 0, 0.3);
    b.neuron("li", NodeOp::li, 0.5, 0);
    CHECK(output_error(b.finish(), samples(2, 50, 6, 0.3)) < 0.03);
  }
  SECTION("average pool, flatten, delay") {
    Builder b;
    b.input({2, 4, 4});
    GraphNode pool;
    pool.name = "avg", pool.op = NodeOp::avg_pool2d, pool.window.kernel = {2, 2}, pool.window.stride = {2, 2};
    b.add(pool);
    GraphNode flat;
    flat.name = "flat", flat.op = NodeOp::flatten;
    b.add(flat);
    GraphNode delay;
    delay.name = "delay", delay.op = NodeOp::delay, delay.delay_steps = scalar_param(3);
    b.add(delay);
    b.linear("fc", 8, 4, random, 0.1, 0.3);
    b.neuron("li", NodeOp::li, 0.5, 0);
    CHECK(output_error(b.finish(), samples(2, 50, 32, 0.3)) < 0.02);
  }
  SECTION("spikes skip a layer and meet sums in one neuron") {
    Builder b;
    const std::size_t in = b.input({8});
    const std::size_t fc = b.linear("fc", 8, 8, random, 0.1, 0.2);
    b.neuron("li", NodeOp::li, 0.7, 0, {fc, in});
    CHECK(output_error(b.finish(), samples(2, 50, 8, 0.3)) < 0.02);
  }
  SECTION("graded input") {
    Builder b;
    b.input({4});
    b.linear("fc", 4, 3, random, 0.2, 0.3);
    b.neuron("li", NodeOp::li, 0.7, 0);
    NetworkSample sample;
    sample.steps = 20;
    sample.inputs.resize(1);
    for (int i = 0; i < 80; ++i) sample.inputs[0].values.push_back(3 * random.uniform() - 1);
    CHECK(output_error(b.finish(), {sample}) < 0.02);
  }
}

TEST_CASE("biases and rest values act at the membrane's resolution", "[quantise]") {
  Builder b;
  b.input({1});
  GraphNode fc;
  fc.name = "fc", fc.op = NodeOp::linear, fc.weight = {{1, 1}, {1.0}}, fc.bias = {0.0013};  // a sixth of a weight's step
  b.add(fc);
  const std::size_t lif = b.neuron("lif", NodeOp::lif, 0.99, 0.1);
  b.graph.nodes[lif].v_leak = scalar_param(0.012);
  const NetworkGraph graph = b.finish();
  const Quantised q = quantise(graph, {}, samples(1, 300, 1, 0.0));
  const auto traces = IntegerSimulation(q.network).run(samples(1, 300, 1, 0.0)[0]);
  const auto real = simulate_float(graph, samples(1, 300, 1, 0.0)[0]);
  double spikes = 0;
  for (const double v : real[2].output) spikes += v;
  CHECK(spikes >= 1);
  CHECK(static_cast<double>(traces[2].spikes.count()) == spikes);
  CHECK(q.network.nodes[1].bias.empty());
  CHECK(q.network.nodes[1].parameters == 2);
}

TEST_CASE("a scale per output channel brings small channels back", "[quantise]") {
  RandomStream random(6, "channels");
  Builder b;
  b.input({20});
  const std::size_t fc = b.linear("fc", 20, 8, random, 0, 1);
  for (std::size_t k = 0; k < 160; ++k) b.graph.nodes[fc].weight.values[k] *= std::pow(4.0, -static_cast<double>(k / 20));
  const std::size_t lif = b.neuron("lif", NodeOp::lif, 0.9, 1);
  b.graph.nodes[lif].v_threshold = {{8}, {}};
  for (int n = 0; n < 8; ++n) b.graph.nodes[lif].v_threshold.values.push_back(2 * std::pow(4.0, -n));
  const NetworkGraph graph = b.finish();
  const auto data = samples(3, 60, 20, 0.3);
  QuantiseOptions each;
  each.per_channel = true;
  const Agreement whole = agreement_of(graph, {}, data), channel = agreement_of(graph, each, data);
  CHECK(channel.mismatch_rate() < 0.02);
  CHECK(channel.mismatch_rate() < whole.mismatch_rate() / 4);
}

TEST_CASE("fewer bits cost accuracy, and the report says how much", "[quantise]") {
  RandomStream random(7, "bits");
  Builder b;
  b.input({30});
  b.linear("fc", 30, 20, random, 0.05, 0.3);
  b.neuron("lif", NodeOp::lif, 0.9, 1);
  const NetworkGraph graph = b.finish();
  const auto data = samples(3, 60, 30, 0.2);
  double before = -1;
  for (const unsigned bits : {8U, 4U, 2U}) {
    QuantiseOptions options;
    options.bits = bits;
    const Quantised q = quantise(graph, options, data);
    CHECK(q.nodes[1].weight_error > before);
    before = q.nodes[1].weight_error;
    const int most = (1 << (bits - 1)) - 1;
    for (const std::int8_t w : q.network.nodes[1].weight) REQUIRE(std::abs(w) <= most);
  }
}

TEST_CASE("networks that cannot be held in 32 bits, or that diverge, are refused with a sentence", "[quantise]") {
  RandomStream random(8, "bad");
  Builder b;
  b.input({1});
  const std::size_t fc = b.linear("fc", 1, 1, random, 1, 0);
  b.graph.nodes[fc].weight.values = {1e-12};
  b.neuron("lif", NodeOp::lif, 0.9, 1);
  CHECK_THROWS_WITH(quantise(b.finish(), {}), Contains("lif: its state would need more than 32 bit"));
}

TEST_CASE("quantisation is the same whoever asks", "[quantise]") {
  RandomStream random(9, "same");
  Builder b;
  b.input({10});
  b.linear("fc", 10, 5, random, 0, 0.3);
  b.neuron("lif", NodeOp::lif, 0.9, 1);
  const NetworkGraph graph = b.finish();
  const Quantised one = quantise(graph, {}), two = quantise(graph, {});
  CHECK(one.network.nodes[1].weight == two.network.nodes[1].weight);
  CHECK(one.network.nodes[2].neuron.threshold == two.network.nodes[2].neuron.threshold);
}
