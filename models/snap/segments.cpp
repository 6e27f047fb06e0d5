// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/segments.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::snap {
namespace {

class Cutter {
public:
  Cutter(const IntegerNetwork& network, Mode mode) : network_(network), mode_(mode) {}

  SegmentedNetwork run() {
    refuse();
    cut_.segment_of.assign(network_.nodes.size(), none);
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) place(i);
    for (Segment& segment : cut_.segments) find_ready(segment);
    cut_.feed_of.resize(network_.nodes.size());
    for (std::size_t i = 0; i < network_.nodes.size(); ++i)
      for (const IntegerInput& input : network_.nodes[i].inputs) cut_.feed_of[i].push_back(feed(i, input));
    make_table();
    return std::move(cut_);
  }

private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  void refuse() const {
    std::string wrong;
    for (const IntegerNode& node : network_.nodes) {
      const bool is_wrong = mode_ == Mode::snn ? node.op == NodeOp::relu : is_neuron(node.op) || node.op == NodeOp::threshold;
      if (is_wrong) wrong += (wrong.empty() ? "" : ", ") + node.name + " (" + op_name(node.op) + ")";
    }
    if (wrong.empty()) return;
    throw InputError(fmt::format("{}: mode {} has no {}: ReLU networks run in the modes ann and hnn, spiking networks in snn",
                                 network_.name.empty() ? "the network" : network_.name,
                                 mode_ == Mode::snn   ? "snn"
                                 : mode_ == Mode::ann ? "ann"
                                                      : "hnn",
                                 wrong));
  }

  static std::uint64_t leading(const Shape& shape) { return shape.size() > 1 ? shape[0] : elements_of(shape); }

  std::uint32_t begin(std::size_t i, std::uint64_t channels) {
    Segment segment;
    const IntegerNode& node = network_.nodes[i];
    segment.name = node.name;
    segment.is_input = node.op == NodeOp::input;
    if (is_connection(node.op)) segment.connection = i;
    segment.channels = channels;
    segment.tokens = node.size() / channels;
    cut_.segments.push_back(std::move(segment));
    return static_cast<std::uint32_t>(cut_.segments.size() - 1);
  }

  void place(std::size_t i) {
    const IntegerNode& node = network_.nodes[i];
    std::uint32_t segment = none;
    if (node.op == NodeOp::input || is_connection(node.op)) {
      segment = begin(i, leading(node.out));
    } else {
      for (const IntegerInput& input : node.inputs) {
        const std::uint32_t from = cut_.segment_of[input.from];
        if (from != none && (segment == none || from > segment)) segment = from;
      }
      const std::uint64_t wanted = leading(node.in);
      if (segment != none) {
        // A pool works within channels, and neurons do not fit the tile that only feeds inputs in.
        const std::uint64_t channels = cut_.segments[segment].channels;
        if ((is_pool(node.op) && channels != wanted) || (cut_.segments[segment].is_input && node.op != NodeOp::flatten) ||
            node.size() % channels != 0 || elements_of(node.in) % channels != 0)
          segment = none;
      }
      if (segment == none) {
        segment = begin(i, is_pool(node.op) ? wanted : leading(node.out));
        if (is_pool(node.op)) cut_.segments[segment].tokens = elements_of(node.in) / wanted;
      }
    }
    cut_.segment_of[i] = segment;
    Segment& home = cut_.segments[segment];
    home.nodes.push_back(i);
    home.has_neurons |= is_neuron(node.op) || node.op == NodeOp::threshold;
  }

  /// The token after which each position is complete: its own, or the last one of a pool's window.
  void find_ready(Segment& segment) {
    std::vector<std::vector<std::uint32_t>> last(segment.nodes.size());
    for (std::size_t k = 0; k < segment.nodes.size(); ++k) {
      const IntegerNode& node = network_.nodes[segment.nodes[k]];
      const std::uint64_t positions = node.size() / segment.channels, before = elements_of(node.in) / segment.channels;
      std::vector<std::uint32_t> input(k == 0 && !is_pool(node.op) ? positions : before, 0);
      if (k == 0)
        for (std::uint32_t p = 0; p < input.size(); ++p) input[p] = p;
      for (const IntegerInput& in : node.inputs) {
        const auto at = std::find(segment.nodes.begin(), segment.nodes.begin() + static_cast<std::ptrdiff_t>(k), in.from);
        if (k == 0 || at == segment.nodes.begin() + static_cast<std::ptrdiff_t>(k)) continue;  // from elsewhere: here before
        const auto& from = last[static_cast<std::size_t>(at - segment.nodes.begin())];
        for (std::size_t p = 0; p < input.size() && p < from.size(); ++p) input[p] = std::max(input[p], from[p]);
      }
      last[k] = is_pool(node.op) ? pooled(node, input) : std::move(input);
      auto& ready = segment.ready.emplace_back(segment.tokens);
      for (std::uint32_t p = 0; p < last[k].size(); ++p) ready[last[k][p]].push_back(p);
    }
  }

  static std::vector<std::uint32_t> pooled(const IntegerNode& node, const std::vector<std::uint32_t>& input) {
    std::vector<std::uint32_t> last;
    const Window& w = node.window;
    for (std::uint64_t oy = 0; oy < node.out[1]; ++oy)
      for (std::uint64_t ox = 0; ox < node.out[2]; ++ox) {
        std::uint32_t latest = 0;
        for (std::uint64_t ky = 0; ky < w.kernel[0]; ++ky)
          for (std::uint64_t kx = 0; kx < w.kernel[1]; ++kx) {
            const std::uint64_t y = oy * w.stride[0] + ky * w.dilation[0] - w.pad_before[0];  // wraps above the image
            const std::uint64_t x = ox * w.stride[1] + kx * w.dilation[1] - w.pad_before[1];
            if (y < node.in[1] && x < node.in[2]) latest = std::max(latest, input[y * node.in[2] + x]);
          }
        last.push_back(latest);
      }
    return last;
  }

  int feed(std::size_t reader, const IntegerInput& input) {
    const IntegerNode &node = network_.nodes[reader], &source = network_.nodes[input.from];
    const std::uint32_t from = cut_.segment_of[input.from], to = cut_.segment_of[reader];
    if (from == to && !is_connection(node.op)) return -1;
    if (from >= to) cut_.is_recurrent = true;
    Feed feed;
    feed.node = input.from, feed.from = from, feed.to = to, feed.reader = reader;
    feed.into_connection = is_connection(node.op);
    feed.is_spikes = mode_ == Mode::snn && source.spiking();
    feed.positions = source.size() / cut_.segments[from].channels;
    feed.bytes = source.signal == Signal::int32 ? 4 : 1;
    if (feed.into_connection && node.inputs.size() == 1 && node.input_signal == Signal::int8 && !source.spiking()) {
      feed.scaled = input;
      feed.bytes = 1;
    }
    feed.converts = mode_ == Mode::hnn && feed.bytes == 1;
    feed.may_be_negative = source.op != NodeOp::relu && !source.spiking();
    for (std::size_t f = 0; f < cut_.feeds.size(); ++f) {
      const Feed& other = cut_.feeds[f];
      if (other.node == feed.node && other.to == to && other.into_connection == feed.into_connection && !feed.scaled && !other.scaled &&
          elements_of(network_.nodes[other.reader].in) == elements_of(node.in))
        return static_cast<int>(f);
    }
    cut_.feeds.push_back(feed);
    return static_cast<int>(cut_.feeds.size() - 1);
  }

  void make_table() {
    cut_.table.name = network_.name.empty() ? "network" : network_.name;
    for (std::uint32_t s = 0; s < cut_.segments.size(); ++s) {
      const Segment& segment = cut_.segments[s];
      LayerRecord layer;
      layer.name = segment.name;
      layer.out = segment.channels;
      layer.tokens = segment.tokens;
      if (segment.is_input) {
        layer.type = LayerRecord::Type::io;
        layer.in = segment.channels;
      } else if (!segment.connection) {
        layer.type = LayerRecord::Type::nodes;
        layer.in = segment.channels;
      } else {
        const IntegerNode& node = network_.nodes[*segment.connection];
        if (node.op == NodeOp::linear) {
          layer.in = elements_of(node.in);
        } else {
          layer.type = node.window.groups == 1 ? LayerRecord::Type::conv : LayerRecord::Type::gconv;
          layer.in = node.in[0] / node.window.groups;
          layer.taps = node.window.kernel[0] * node.window.kernel[1];
          layer.kernel = node.window.kernel[1];
          layer.stride = node.window.stride[1];
        }
      }
      for (const Feed& feed : cut_.feeds) {
        if (feed.to != s || feed.from >= s) continue;
        auto& list = feed.into_connection || !segment.connection ? layer.inputs : layer.skips;
        if (std::find(list.begin(), list.end(), feed.from) == list.end()) list.push_back(feed.from);
      }
      cut_.table.layers.push_back(std::move(layer));
    }
  }

  const IntegerNetwork& network_;
  Mode mode_;
  SegmentedNetwork cut_;
};

}  // namespace

SegmentedNetwork cut(const IntegerNetwork& network, Mode mode) { return Cutter(network, mode).run(); }

}  // namespace snnvp::snap
