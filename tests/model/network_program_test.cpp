// SPDX-License-Identifier: Apache-2.0
// How a network becomes jobs, and that one wrong byte in a run of it is noticed.
#include <snnvp/platform/run/network_program.h>

#include <catch2/catch.hpp>

#include <algorithm>

#include <snnvp/workloads/network/quantise.h>

#include "../support/forked_run.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::JobDescriptor;
using engine::Operation;
using Kind = NetworkAction::Kind;

namespace {

IntegerNode node(const std::string& name, NodeOp op, std::vector<IntegerInput> inputs, const Shape& in, const Shape& out) {
  IntegerNode n;
  n.name = name, n.op = op, n.inputs = std::move(inputs), n.in = in, n.out = out;
  return n;
}

IntegerNode spiking_input(std::uint64_t size) {
  IntegerNode n = node("input", NodeOp::input, {}, {size}, {size});
  n.signal = n.input_signal = Signal::spikes;
  return n;
}

IntegerNode linear(const std::string& name, std::size_t from, std::uint64_t in, std::uint64_t out) {
  IntegerNode n = node(name, NodeOp::linear, {{from, 0, 1, 0}}, {in}, {out});
  n.input_signal = Signal::spikes;
  for (std::uint64_t i = 0; i < in * out; ++i) n.weight.push_back(static_cast<std::int8_t>(i % 7) - 3);
  return n;
}

IntegerNode lif(const std::string& name, std::size_t from, std::uint64_t size) {
  IntegerNode n = node(name, NodeOp::lif, {{from, 0, 1, 0}}, {size}, {size});
  n.signal = Signal::spikes;
  n.channels = size;
  return n;
}

IntegerNode output(std::size_t from, std::uint64_t size) {
  IntegerNode n = node("output", NodeOp::output, {{from, 0, 1, 0}}, {size}, {size});
  n.signal = n.input_signal = Signal::spikes;
  return n;
}

/// input - fc1 - lif1 - fc2 - lif2 - output
IntegerNetwork chain() {
  IntegerNetwork network;
  network.nodes = {spiking_input(6), linear("fc1", 0, 6, 5), lif("lif1", 1, 5), linear("fc2", 2, 5, 4), lif("lif2", 3, 4), output(4, 4)};
  return network;
}

NetworkProgram program_of(const IntegerNetwork& network, const NetworkPlacement& placement, const BlockRefusal& refusal,
                          std::vector<LayerRefusal>* refused = nullptr) {
  std::vector<LayerRefusal> list;
  const NetworkProgram program = make_network_program(network, 8, placement, refusal, {"a", "b", "n"}, list);
  if (refused != nullptr)
    *refused = list;
  else
    REQUIRE(list.empty());
  return program;
}

const BlockRefusal takes_all = [](const std::string&, const JobDescriptor&) { return std::string(); };

}  // namespace

TEST_CASE("a chain of layers is one chain of jobs, each reading what the one before stored") {
  const NetworkProgram p = program_of(chain(), {"a", {}, {}, true}, takes_all);
  REQUIRE(p.chains.size() == 1);
  REQUIRE(p.jobs.size() == 2);
  CHECK(p.host_nodes.empty());
  CHECK(p.jobs[0].fused == 2U);
  CHECK(p.jobs[1].fused == 4U);
  CHECK(p.jobs[0].buffers[engine::operand::input] == p.value_buffer[0]);
  CHECK(p.jobs[1].buffers[engine::operand::input] == p.jobs[0].buffers[engine::operand::spikes_out]);
  CHECK(p.jobs[0].buffers[engine::operand::spikes_out] == p.value_buffer[2]);
  CHECK((p.jobs[0].descriptor.flags & engine::flag_first) != 0);
  CHECK((p.jobs[1].descriptor.flags & engine::flag_first) == 0);
  CHECK((p.jobs[0].descriptor.flags & engine::flag_store_sums) == 0);  // only there to be checked
  CHECK(p.source[5] == 4);                                             // the output is the last layer's own bytes
  // Not checked: no sums leave.
  const NetworkProgram unchecked = program_of(chain(), {"a", {}, {}, false}, takes_all);
  CHECK(unchecked.jobs[0].buffers[engine::operand::sums] == no_buffer);
  CHECK_FALSE(unchecked.jobs[0].descriptor.operands[engine::operand::sums].present());
}

TEST_CASE("a mapping cuts the chain where the engine changes, and a cut layer starts with nothing on chip") {
  const NetworkProgram p = program_of(chain(), {"a", {{"fc2", "b"}}, {}, true}, takes_all);
  REQUIRE(p.chains.size() == 2);
  CHECK(p.chains[0].block == "a");
  CHECK(p.chains[1].block == "b");
  CHECK((p.jobs[1].descriptor.flags & engine::flag_first) != 0);
  CHECK(p.blocks() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("neurons that the layer's engine does not do go to a neuron unit, else to the host") {
  IntegerNetwork network = chain();
  network.nodes[2].op = NodeOp::cuba_lif;
  network.nodes[2].neuron.model = NeuronRecord::Model::cuba;
  const BlockRefusal refusal = [](const std::string& block, const JobDescriptor& job) -> std::string {
    if (block == "n") return job.operation == Operation::neuron ? "" : "only neurons";
    if (job.operation == Operation::neuron) return "no neurons";
    return job.neuron.present && job.neuron.record.model != NeuronRecord::Model::lif ? "no currents" : "";
  };
  const NetworkProgram host = program_of(network, {"a", {}, {}, true}, refusal);
  CHECK(host.host_nodes == std::vector<std::size_t>{2});
  REQUIRE(host.actions.size() == 3);
  CHECK(host.actions[0].kind == Kind::chain);
  CHECK(host.actions[1].kind == Kind::evaluate);
  CHECK(host.actions[2].kind == Kind::chain);
  CHECK((host.jobs[0].descriptor.flags & engine::flag_store_sums) != 0);  // somebody reads them
  CHECK_FALSE(host.jobs[0].descriptor.neuron.present);
  const NetworkProgram unit = program_of(network, {"a", {}, {"n"}, true}, refusal);
  CHECK(unit.host_nodes.empty());
  CHECK(unit.blocks() == std::vector<std::string>{"a", "n"});
  CHECK(unit.jobs[1].buffers[engine::operand::neuron_sums] == unit.jobs[0].buffers[engine::operand::sums]);
  CHECK(unit.jobs[2].buffers[engine::operand::input] == unit.jobs[1].buffers[engine::operand::neuron_spikes]);
}

TEST_CASE("a refused layer is told with the engines that take it") {
  const BlockRefusal refusal = [](const std::string& block, const JobDescriptor& job) -> std::string {
    return block == "a" && job.gemm.N == 4 ? "too narrow" : "";
  };
  std::vector<LayerRefusal> refused;
  program_of(chain(), {"a", {}, {}, true}, refusal, &refused);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].layer == "fc2");
  CHECK(refused[0].engine == "a");
  CHECK(refused[0].reason == "too narrow");
  CHECK(refused[0].others == std::vector<std::string>{"b", "n"});
}

TEST_CASE("graded inputs become as many bit planes as their values need") {
  IntegerNetwork network;
  IntegerNode image = spiking_input(16);
  image.in = image.out = {1, 4, 4};
  IntegerNode pool = node("sum", NodeOp::sum_pool2d, {{0, 0, 1, 0}}, {1, 4, 4}, {1, 2, 2});
  pool.window.kernel = pool.window.stride = {2, 2};
  pool.input_signal = Signal::spikes, pool.signal = Signal::int32;
  IntegerNode fc = linear("fc", 1, 4, 3);
  fc.input_signal = Signal::int8;
  network.nodes = {image, pool, fc, lif("lif", 2, 3), output(3, 3)};
  CHECK(planes_of(network, 2) == 3);  // sums of four spikes
  network.nodes[0].signal = network.nodes[0].input_signal = Signal::int8;
  network.nodes[1].input_signal = Signal::int8;
  CHECK(planes_of(network, 2) == 8);  // of signed values
  network.nodes[0].signal = network.nodes[0].input_signal = Signal::spikes;
  network.nodes[1].input_signal = Signal::spikes;
  const NetworkProgram p = program_of(network, {"a", {}, {}, true}, takes_all);
  CHECK(p.jobs[0].planes == 3);
  CHECK(p.jobs[0].descriptor.gemm.T == 24);
  CHECK_FALSE(p.jobs[0].fused);
  CHECK(p.host_nodes == std::vector<std::size_t>{1, 3});
}

TEST_CASE("one wrong weight in memory is noticed, and told with layer and sample") {
  RunOptions options;
  options.on_placed = [](engine::JobDriver& driver, const MemoryProgram&) {
    std::uint8_t byte = 0;
    const Address at = 0x8000'0000;  // weights of the first layer
    driver.debug_read(at, &byte, 1);
    byte = static_cast<std::uint8_t>(byte ^ 0x40);
    driver.debug_write(at, &byte, 1);
  };
  const RunEnd good = run_forked("quickstart.yaml", {"workload.samples=2"});
  CHECK(good.status == "ok");
  CHECK(good.compared == 2ULL * 16 * (1152 + 576 + 8) * 2 * 2);
  const RunEnd bad = run_forked("quickstart.yaml", {"workload.samples=2"}, options);
  CHECK(bad.status == "wrong_output");
  CHECK(bad.exit_code == 1);
  CHECK(bad.compared == good.compared);
  CHECK(bad.mismatches > 0);
  CHECK(bad.text.find("of conv1 on spikex, sample 0") != std::string::npos);
}
