// SPDX-License-Identifier: Apache-2.0
// Drawn networks, and the golden model behind the boundary: loops over nodes, no tiles' state, no packets.
#include <algorithm>
#include <map>

#include <snnvp/models/snap/snap_core.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/recorded.h>

namespace snnvp::snap {

IntegerNetwork draw_network(const LayerTable& table, std::uint64_t seed) {
  IntegerNetwork network;
  network.name = table.name;
  const auto add = [&network](const std::string& name, NodeOp op, std::uint64_t in, std::uint64_t out, Signal from,
                              Signal to) -> IntegerNode& {
    IntegerNode node;
    node.name = name, node.op = op;
    node.in = {in}, node.out = {out};
    node.input_signal = from, node.signal = to;
    if (!network.nodes.empty()) node.inputs.push_back({network.nodes.size() - 1, 0, 1, 0});
    network.nodes.push_back(std::move(node));
    return network.nodes.back();
  };
  add("input", NodeOp::input, table.layers[0].in, table.layers[0].in, Signal::int8, Signal::int8);
  for (std::size_t i = 0; i < table.layers.size(); ++i) {
    const LayerRecord& layer = table.layers[i];
    const bool is_chained = i == 0 ? layer.inputs.empty()
                                   : layer.inputs == std::vector<std::size_t>{i - 1} && layer.in == table.layers[i - 1].out &&
                                         layer.tokens == table.layers[i - 1].tokens;
    if (layer.type != LayerRecord::Type::fc || !layer.skips.empty() || !is_chained)
      throw InputError("layer " + layer.name + ": tables that compute are chains of fc layers, each of the size of the one before");
    RandomStream random(seed, "weights/" + layer.name);
    IntegerNode& connection = add(layer.name, NodeOp::linear, layer.in, layer.out, Signal::int8, Signal::int32);
    connection.weight.resize(layer.in * layer.out);
    for (std::int8_t& w : connection.weight) w = random.next_int8();
    // Weights of about 74 in root mean square: sums grow with the root of the fan-in, the shift brings them back.
    unsigned shift = 5;
    for (std::uint64_t n = layer.in; n > 1; n /= 4) ++shift;
    IntegerNode& relu = add(layer.name + ".relu", NodeOp::relu, layer.out, layer.out, Signal::int32, Signal::int8);
    relu.multiplier = {1};
    relu.shift = shift;
  }
  add("output", NodeOp::output, table.layers.back().out, table.layers.back().out, Signal::int8, Signal::int8);
  Diagnostics diagnostics;
  check_network(network, table.name, diagnostics);
  if (diagnostics.has_errors()) throw InputError(diagnostics);
  return network;
}

NetworkSample draw_sample(const LayerTable& table, std::uint64_t seed) {
  RandomStream random(seed, "input");
  NetworkSample sample;
  sample.steps = table.layers[0].tokens;
  InputSignal input;
  input.values.resize(sample.steps * table.layers[0].in);
  for (double& x : input.values) x = static_cast<double>(random.below(128));
  sample.inputs.push_back(std::move(input));
  return sample;
}

namespace {

class CodedGolden {
public:
  CodedGolden(const Config& config, const SegmentedNetwork& cut, const IntegerNetwork& network, const Placement& placement,
              const NetworkSample& sample)
      : c_(config), cut_(cut), network_(network), placement_(placement), steps_(sample.steps) {
    const std::vector<std::size_t> inputs = network.inputs();
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
      const IntegerNode& node = network.nodes[i];
      states_.emplace_back(node, 0);
      values_.emplace_back(steps_ * node.size());
      const auto at = std::find(inputs.begin(), inputs.end(), i);
      if (at == inputs.end()) continue;
      const IntegerTrace given = quantised_input(node, sample.inputs[static_cast<std::size_t>(at - inputs.begin())], steps_);
      for (std::uint64_t n = 0; n < values_[i].size(); ++n)
        values_[i][n] = given.values.empty() ? static_cast<std::int32_t>(given.spikes.at(n)) : given.values[n];
    }
  }

  std::vector<IntegerTrace> run() {
    for (std::uint64_t t = 0; t < steps_; ++t)
      for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
        const IntegerNode& node = network_.nodes[i];
        if (node.op == NodeOp::input) continue;
        std::int32_t* y = &values_[i][t * node.size()];
        if (is_connection(node.op)) {
          connect(i, t, y);
          continue;
        }
        // Each channel as the chip sees it that has it.
        IntegerState& state = states_[i];
        const std::uint32_t layer = cut_.segment_of[i];
        for (std::uint64_t n = 0; n < state.x().size(); ++n) state.x()[n] = seen(i, n, t, chip_of_element(layer, n, state.x().size()));
        state.advance();
        state.step();
        std::copy_n(state.output(0), node.size(), y);
      }
    std::vector<IntegerTrace> traces;
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      const IntegerNode& node = network_.nodes[i];
      traces.push_back(make_trace(node, steps_));
      for (std::uint64_t t = 0; t < steps_; ++t) record(traces.back(), t, node.size(), &values_[i][t * node.size()]);
    }
    return traces;
  }

private:
  /// The chip that gives element n of a node of `size` elements in a layer.
  unsigned chip_of_element(std::uint32_t layer, std::uint64_t n, std::uint64_t size) const {
    const std::uint64_t channel = n / (size / cut_.segments[layer].channels);
    const bool is_io = cut_.segments[layer].is_input;
    return chip_of(c_, placement_.layers[layer].final_tile(is_io ? 0 : channel / c_.neurons));
  }

  /// There and back through the boundary's code, magnitude by magnitude. Of a train of spikes the encoding ttfs carries the first only.
  std::int32_t coded(std::int32_t v) const {
    if (v < 0) return c_.dual_axon ? -coded(-v) : 0;
    if (c_.encoding == Encoding::ttfs && !c_.auto_encoding && c_.coding.code == ActivationCode::rate)
      return static_cast<std::int32_t>(value_of_count(c_.coding, spikes_of(c_.coding, static_cast<std::uint32_t>(v)) != 0 ? 1 : 0));
    return static_cast<std::int32_t>(through(c_.coding, static_cast<std::uint32_t>(v)));
  }

  /// Element n of a node's input as a chip sees it.
  std::int32_t seen(std::size_t index, std::uint64_t n, std::uint64_t t, unsigned chip) const {
    const IntegerNode& node = network_.nodes[index];
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const IntegerInput& in = node.inputs[i];
      if (in.delay > t) continue;
      const std::uint64_t size = network_.nodes[in.from].size();
      const std::int32_t v = values_[in.from][(t - in.delay) * size + n];
      const int index_of_feed = cut_.feed_of[index][i];
      const Feed* feed = index_of_feed < 0 ? nullptr : &cut_.feeds[static_cast<std::size_t>(index_of_feed)];
      const bool crosses = feed != nullptr && feed->converts && chip_of_element(cut_.segment_of[in.from], n, size) != chip;
      const auto scaled = [&in](std::int32_t value) { return shifted_right(std::int64_t{value} * in.multiplier, in.shift); };
      if (crosses && feed->scaled)  // what crosses is the connection's int8 input
        sum += coded(saturated8(scaled(v)));
      else
        sum += scaled(crosses ? coded(v) : v);
    }
    return node.input_signal == Signal::int8 ? saturated8(sum) : saturated(sum);
  }

  /// Sums by the textbook's loops; inputs of a block of rows are seen from the chip that this block's tile is on.
  void connect(std::size_t index, std::uint64_t t, std::int32_t* y) const {
    const IntegerNode& node = network_.nodes[index];
    const std::uint32_t layer = cut_.segment_of[index];
    const PlacedLayer& placed = placement_.layers[layer];
    std::map<unsigned, std::vector<std::int32_t>> by_chip;
    for (const Tile tile : placed.tiles) {
      std::vector<std::int32_t>& x = by_chip[chip_of(c_, tile)];
      if (!x.empty()) continue;
      for (std::uint64_t n = 0; n < elements_of(node.in); ++n) x.push_back(seen(index, n, t, chip_of(c_, tile)));
    }
    const bool is_linear = node.op == NodeOp::linear, is_image = node.in.size() == 3;
    const std::uint64_t outs = is_linear ? node.size() : node.out[0], positions = node.size() / outs, fan_in = node.weight.size() / outs;
    const Window& w = node.window;
    const std::uint64_t height = is_image ? node.in[1] : 1, width = node.in.back(), out_width = node.out.back();
    const std::uint64_t taps = w.kernel[1] * (is_image ? w.kernel[0] : 1);
    for (std::uint64_t o = 0; o < outs; ++o)
      for (std::uint64_t p = 0; p < positions; ++p) {
        std::int64_t sum = 0;
        for (std::uint64_t f = 0; f < fan_in; ++f) {
          const std::vector<std::int32_t>& x = by_chip.at(chip_of(c_, placed.tile(f / c_.axons, o / c_.neurons)));
          std::uint64_t n = f;
          if (!is_linear) {
            const std::uint64_t channel = o / (outs / w.groups) * (node.in[0] / w.groups) + f / taps, tap = f % taps;
            const std::uint64_t row = is_image ? p / out_width * w.stride[0] + tap / w.kernel[1] * w.dilation[0] - w.pad_before[0] : 0;
            const std::uint64_t column = p % out_width * w.stride[1] + tap % w.kernel[1] * w.dilation[1] - w.pad_before[1];
            if (row >= height || column >= width) continue;  // padding; before the image it wraps
            n = (channel * height + row) * width + column;
          }
          sum += std::int64_t{x[n]} * node.weight[o * fan_in + f];
        }
        if (!node.bias.empty()) sum = saturated(sum) + std::int64_t{pick(node.bias, o * positions + p, node.size())};
        y[o * positions + p] = saturated(sum);
      }
  }

  const Config& c_;
  const SegmentedNetwork& cut_;
  const IntegerNetwork& network_;
  const Placement& placement_;
  std::uint64_t steps_;
  std::vector<IntegerState> states_;
  std::vector<std::vector<std::int32_t>> values_;  // by node: [step][n]
};

}  // namespace

std::vector<IntegerTrace> golden_behind_boundary(const Config& config, const SegmentedNetwork& cut, const IntegerNetwork& network,
                                                 const Placement& placement, const NetworkSample& sample) {
  return CodedGolden(config, cut, network, placement, sample).run();
}

}  // namespace snnvp::snap
