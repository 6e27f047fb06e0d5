// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <snnvp/workloads/network/quantise.h>

namespace snnvp {

namespace {

/// Index of the largest of `size` scores; scores(n) is asked once each.
template <typename Score>
std::size_t best_of(std::uint64_t size, Score score) {
  std::size_t best = 0;
  double most = 0;
  for (std::uint64_t n = 0; n < size; ++n) {
    const double s = score(n);
    if (n == 0 || s > most) best = n, most = s;
  }
  return best;
}

/// One number from the values over time of neuron n.
template <typename At>
double read_out(Readout readout, std::uint64_t steps, At at) {
  if (steps == 0) return 0;
  if (readout == Readout::last) return at(steps - 1);
  double sum = 0, most = at(0);
  for (std::uint64_t t = 0; t < steps; ++t) {
    sum += at(t);
    most = std::max(most, at(t));
  }
  return readout == Readout::max ? most : sum;
}

}  // namespace

std::size_t classify(const IntegerNode& node, const IntegerTrace& trace, std::uint64_t steps, Readout readout) {
  const std::uint64_t size = node.size();
  return best_of(size, [&](std::uint64_t n) {
    const double scale = node.scale.size() == 1 ? 1.0 : node.scale[n / (size / node.scale.size())];
    return scale * read_out(readout, steps, [&](std::uint64_t t) {
             return trace.values.empty() ? static_cast<double>(trace.spikes.at(t * size + n))
                                         : static_cast<double>(trace.values[t * size + n]);
           });
  });
}

std::size_t classify(const GraphNode& node, const FloatTrace& trace, std::uint64_t steps, Readout readout) {
  const std::uint64_t size = elements_of(node.out);
  return best_of(size,
                 [&](std::uint64_t n) { return read_out(readout, steps, [&](std::uint64_t t) { return trace.output[t * size + n]; }); });
}

double Agreement::mismatch_rate() const {
  std::uint64_t compared = 0, mismatches = 0;
  for (const Node& node : nodes) compared += node.compared, mismatches += node.mismatches;
  return compared == 0 ? 0.0 : static_cast<double>(mismatches) / static_cast<double>(compared);
}

Classes compare_sample(const NetworkGraph& graph, IntegerSimulation& simulation, const IntegerNetwork& network, const NetworkSample& sample,
                       Readout readout, Agreement& agreement) {
  std::vector<bool> real_record, whole_record;
  for (const GraphNode& node : graph.nodes) real_record.push_back(is_spiking(node.op) || node.op == NodeOp::output);
  for (const IntegerNode& node : network.nodes) whole_record.push_back(is_spiking(node.op) || node.op == NodeOp::output);
  const std::vector<FloatTrace> real = simulate_float(graph, sample, real_record);
  const std::vector<IntegerTrace> whole = simulation.run(sample, whole_record);
  if (agreement.nodes.empty())
    for (const IntegerNode& node : network.nodes)
      if (is_spiking(node.op)) agreement.nodes.push_back({node.name});
  for (Agreement::Node& row : agreement.nodes) {
    const int i = network.find(row.name), g = graph.find(row.name);
    if (i < 0 || g < 0) continue;
    const std::vector<double>& expected = real[static_cast<std::size_t>(g)].output;
    const SpikeTensor& got = whole[static_cast<std::size_t>(i)].spikes;
    row.compared += expected.size();
    for (std::uint64_t n = 0; n < expected.size(); ++n) {
      const bool fires = expected[n] != 0;
      row.float_spikes += fires;
      row.integer_spikes += got.at(n);
      row.mismatches += fires != got.at(n);
    }
  }
  ++agreement.samples;
  Classes classes;
  const std::vector<std::size_t> outputs = graph.outputs();
  const int i = outputs.empty() ? -1 : network.find(graph.nodes[outputs.front()].name);
  if (i < 0) return classes;
  const auto at = static_cast<std::size_t>(i);
  classes.real = classify(graph.nodes[outputs.front()], real[outputs.front()], sample.steps, readout);
  classes.integer = classify(network.nodes[at], whole[at], sample.steps, readout);
  agreement.outputs_equal += classes.real == classes.integer;
  return classes;
}

}  // namespace snnvp
