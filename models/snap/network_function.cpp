// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/network_function.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/recorded.h>

namespace snnvp::snap {
namespace {

/// First channel and number of channels of a column of tiles.
std::pair<std::uint64_t, std::uint64_t> channels_of(const Config& c, const LayerRecord& layer, std::uint32_t col) {
  return {std::uint64_t{col} * c.neurons, outputs_of(c, layer, col)};
}

/// Elements [lo, hi) of its input that a tile of a connection reads.
std::pair<std::uint64_t, std::uint64_t> reads_of(const Config& c, const LayerRecord& layer, const IntegerNode& node, std::uint32_t row,
                                                 std::uint32_t col) {
  const std::uint64_t first = std::uint64_t{row} * c.axons, end = first + inputs_of(c, layer, row);
  if (node.op == NodeOp::linear) return {first, end};
  const std::uint64_t pixels = elements_of(node.in) / node.in[0], groups = node.window.groups, per_group = node.in[0] / groups;
  const std::uint64_t lo = first / layer.window(), hi = ceil_div(end, layer.window());  // channels, of a group
  const auto [from, count] = channels_of(c, layer, col);
  const std::uint64_t outs = node.out[0] / groups, low_group = from / outs, high_group = (from + count - 1) / outs;
  return {(low_group * per_group + lo) * pixels, (high_group * per_group + hi) * pixels};
}

}  // namespace

NetworkFunction::NetworkFunction(std::shared_ptr<const IntegerNetwork> network, Mode mode)
    : network_(std::move(network)), cut_(cut(*network_, mode)) {
  for (const Segment& segment : cut_.segments) {
    auto& weights = weights_.emplace_back();
    if (!segment.connection) continue;
    const IntegerNode& node = network_->nodes[*segment.connection];
    const std::uint64_t out = segment.channels, fan_in = node.weight.size() / out;
    weights.resize(node.weight.size());
    for (std::uint64_t o = 0; o < out; ++o)
      for (std::uint64_t f = 0; f < fan_in; ++f) weights[f * out + o] = node.weight[o * fan_in + f];
  }
}

void NetworkFunction::connect(const Config& c, const SegmentedNetwork& cut, const IntegerNetwork& network, const Placement& p,
                              std::uint32_t layer, std::vector<Stream>& streams) {
  const PlacedLayer& source = p.layers[layer];
  for (std::size_t f = 0; f < cut.feeds.size(); ++f) {
    const Feed& feed = cut.feeds[f];
    if (feed.from != layer) continue;
    const PlacedLayer& target = p.layers[feed.to];
    const LayerRecord &producer = cut.table.layers[layer], &consumer = cut.table.layers[feed.to];
    const IntegerNode& reader = network.nodes[feed.reader];
    const auto add = [&](std::uint64_t lo, std::uint64_t hi, std::vector<Tile> targets) {
      for (std::uint64_t col = 0; col < source.cols; ++col) {
        const auto [first, count] = channels_of(c, producer, static_cast<std::uint32_t>(col));
        Stream s;
        s.layer = layer, s.consumer = feed.to, s.feed = static_cast<int>(f);
        s.is_skip = !feed.into_connection;
        s.source = source.final_tile(col);
        s.row = static_cast<std::uint32_t>(source.rows - 1), s.col = static_cast<std::uint32_t>(col);
        s.positions = feed.positions;
        s.low = std::max(lo, first * feed.positions), s.high = std::min(hi, (first + count) * feed.positions);
        if (s.low >= s.high) continue;
        s.tokens = producer.tokens;
        s.value_bytes = feed.bytes;
        s.is_spikes = feed.is_spikes;
        s.converts = feed.converts;
        s.is_signed = feed.may_be_negative && c.dual_axon;
        s.targets = targets;
        streams.push_back(std::move(s));
      }
    };
    if (!feed.into_connection) {
      const std::uint64_t positions = elements_of(reader.in) / cut.segments[feed.to].channels;
      for (std::uint32_t col = 0; col < target.cols; ++col) {
        const auto [first, count] = channels_of(c, consumer, col);
        add(first * positions, (first + count) * positions, {target.final_tile(col)});
      }
      continue;
    }
    const bool by_column = consumer.type == LayerRecord::Type::gconv;  // others read the same whatever their outputs
    for (std::uint32_t row = 0; row < target.rows; ++row)
      for (std::uint32_t col = 0; col < (by_column ? target.cols : 1); ++col) {
        std::vector<Tile> targets;
        for (std::uint32_t n = 0; n < target.cols; ++n)
          if (!by_column || n == col) targets.push_back(target.tile(row, n));
        const auto [lo, hi] = reads_of(c, consumer, reader, row, col);
        add(lo, hi, targets);
      }
  }
}

void NetworkFunction::settle(const Config& config, const Placement& placement) {
  config_ = config;
  placement_ = &placement;
  parts_.clear(), membranes_.clear();
  for (std::uint32_t l = 0; l < placement.layers.size(); ++l) {
    const PlacedLayer& layer = placement.layers[l];
    for (std::uint32_t row = 0; row < layer.rows; ++row)
      for (std::uint32_t col = 0; col < layer.cols; ++col) {
        Part& part = parts_[layer.tile(row, col)];
        part.layer = l, part.row = row, part.col = col;
      }
  }
  for (const Stage& stage : placement.stages)
    for (const Stream& s : stage.streams) {
      if (s.feed < 0) continue;
      std::vector<Tile> targets = s.targets;
      if (s.to_self) targets.push_back(s.source);
      for (const Tile tile : targets) {
        Held& h = parts_.at(tile).held[s.feed];
        const std::uint64_t end = h.count == 0 ? s.high : std::max(h.first + h.count, s.high);
        h.first = h.count == 0 ? s.low : std::min(h.first, s.low);
        h.count = end - h.first;
      }
    }
}

void NetworkFunction::begin(const NetworkSample& sample) {
  steps_ = sample.steps;
  const std::vector<std::size_t> inputs = network_->inputs();
  values_.resize(network_->nodes.size()), inputs_.resize(network_->nodes.size());
  for (std::size_t i = 0; i < network_->nodes.size(); ++i) {
    const IntegerNode& node = network_->nodes[i];
    values_[i].assign(steps_ * node.size(), 0);
    if (node.op == NodeOp::delay) inputs_[i].assign(steps_ * node.size(), 0);
    const auto at = std::find(inputs.begin(), inputs.end(), i);
    if (at == inputs.end()) continue;
    const IntegerTrace given = quantised_input(node, sample.inputs[static_cast<std::size_t>(at - inputs.begin())], steps_);
    for (std::uint64_t n = 0; n < values_[i].size(); ++n)
      values_[i][n] = given.values.empty() ? static_cast<std::int32_t>(given.spikes.at(n)) : given.values[n];
  }
  for (auto& [tile, part] : parts_)
    for (auto& [feed, h] : part.held) h.values.assign(steps_ * h.count, 0);
  for (auto& [where, states] : membranes_)
    for (auto& state : states)
      if (state) state->reset();
}

const NetworkFunction::Held* NetworkFunction::held(const Part& part, int feed) const {
  const auto it = part.held.find(feed);
  return it == part.held.end() ? nullptr : &it->second;
}

std::int32_t NetworkFunction::held_value(const Held& h, const Feed& feed, std::uint64_t n, std::uint64_t step) const {
  if (n < h.first || n - h.first >= h.count) throw InternalError("a tile reads a value that nobody sends it");
  const std::uint32_t v = h.values[step * h.count + n - h.first];
  if (feed.bytes == 4) return static_cast<std::int32_t>(v);
  return feed.is_spikes ? static_cast<std::int32_t>(v) : static_cast<std::int8_t>(v);
}

/// Element n of a node's input at a step, from what this tile computed and what it was sent.
std::int32_t NetworkFunction::input(const Part& part, std::size_t index, std::uint64_t n, std::uint64_t step) const {
  const IntegerNode& node = network_->nodes[index];
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const IntegerInput& in = node.inputs[i];
    if (in.delay > step) continue;
    const int feed_index = cut_.feed_of[index][i];
    std::int32_t v = 0;
    if (feed_index < 0) {
      v = values_[in.from][(step - in.delay) * network_->nodes[in.from].size() + n];
    } else {
      const Feed& f = feed(feed_index);
      const Held* h = held(part, feed_index);
      if (h == nullptr) throw InternalError("a tile reads values that nobody sends it");
      v = held_value(*h, f, n, step - in.delay);
      if (f.scaled) return v;
    }
    sum += shifted_right(std::int64_t{v} * in.multiplier, in.shift);
  }
  return node.input_signal == Signal::int8 ? saturated8(sum) : saturated(sum);
}

std::uint64_t NetworkFunction::sums(std::uint32_t l, std::uint32_t row, std::uint32_t col, std::uint64_t token, std::uint64_t step,
                                    std::int32_t* out) {
  const LayerRecord& layer = cut_.table.layers[l];
  const Part& part = parts_.at(placement_->layers[l].tile(row, col));
  const Segment& segment = cut_.segments[l];
  const auto [first_out, outs] = channels_of(config_, layer, col);
  if (!segment.connection) {
    const std::size_t index = segment.nodes.front();
    if (segment.is_input) return outs;
    std::uint64_t seen = 0;
    const std::uint64_t positions = elements_of(network_->nodes[index].in) / segment.channels;
    for (std::uint64_t c = first_out; c < first_out + outs; ++c) seen += input(part, index, c * positions + token, step) != 0;
    return seen;
  }
  const IntegerNode& node = network_->nodes[*segment.connection];
  const std::vector<std::int8_t>& weights = weights_[l];
  std::fill_n(out, outs, 0);
  const std::uint64_t first = std::uint64_t{row} * config_.axons, end = first + inputs_of(config_, layer, row);
  std::uint64_t seen = 0;
  const auto add = [&](std::uint64_t f, std::int32_t x, std::uint64_t from, std::uint64_t to) {
    if (x == 0) return;
    ++seen;
    const std::int8_t* w = &weights[f * segment.channels];
    for (std::uint64_t o = from; o < to; ++o) out[o - first_out] += x * w[o];
  };
  if (node.op == NodeOp::linear) {
    for (std::uint64_t f = first; f < end; ++f) add(f, input(part, *segment.connection, f, step), first_out, first_out + outs);
    return seen;
  }
  const Window& w = node.window;
  const bool is_image = node.in.size() == 3;
  const std::uint64_t height = is_image ? node.in[1] : 1, width = node.in.back(), out_width = node.out.back();
  const std::uint64_t oy = token / out_width, ox = token % out_width, taps = layer.window();
  const std::uint64_t group_in = node.in[0] / w.groups, group_out = node.out[0] / w.groups;
  for (std::uint64_t g = first_out / group_out; g * group_out < first_out + outs; ++g)
    for (std::uint64_t f = first; f < end; ++f) {
      const std::uint64_t tap = f % taps;
      const std::uint64_t y = is_image ? oy * w.stride[0] + tap / w.kernel[1] * w.dilation[0] - w.pad_before[0] : 0;  // wraps above
      const std::uint64_t x = ox * w.stride[1] + tap % w.kernel[1] * w.dilation[1] - w.pad_before[1];
      if (y >= height || x >= width) continue;
      const std::uint64_t n = ((g * group_in + f / taps) * height + y) * width + x;
      add(f, input(part, *segment.connection, n, step), std::max(first_out, g * group_out),
          std::min(first_out + outs, (g + 1) * group_out));
    }
  return seen;
}

void NetworkFunction::finish(std::uint32_t l, std::uint32_t col, std::uint64_t token, std::uint64_t step, const std::int32_t* sums) {
  const Segment& segment = cut_.segments[l];
  if (segment.is_input) return;  // its values are there
  Part& part = parts_.at(placement_->layers[l].final_tile(col));
  std::size_t k = 0;
  if (segment.connection) {
    const IntegerNode& node = network_->nodes[*segment.connection];
    const auto [first, count] = channels_of(config_, cut_.table.layers[l], col);
    for (std::uint64_t c = 0; c < count; ++c) {
      const std::uint64_t n = (first + c) * segment.tokens + token;
      std::int64_t sum = sums[c];
      if (!node.bias.empty()) sum += pick(node.bias, n, node.size());
      values_[*segment.connection][step * node.size() + n] = saturated(sum);
    }
    k = 1;
  }
  for (; k < segment.nodes.size(); ++k)
    for (const std::uint32_t position : segment.ready[k][token]) evaluate(part, k, position, step);
}

/// One node at one position, for the channels of the tile's column.
void NetworkFunction::evaluate(Part& part, std::size_t k, std::uint32_t position, std::uint64_t step) {
  const Segment& segment = cut_.segments[part.layer];
  const std::size_t index = segment.nodes[k];
  const IntegerNode& node = network_->nodes[index];
  if (is_neuron(node.op) || node.op == NodeOp::threshold) return fire(part, index, position, step);
  const auto [first, count] = channels_of(config_, cut_.table.layers[part.layer], part.col);
  const std::uint64_t size = node.size(), positions = size / segment.channels;
  for (std::uint64_t c = first; c < first + count; ++c) {
    const std::uint64_t n = c * positions + position;
    std::int32_t& y = values_[index][step * size + n];
    if (is_pool(node.op)) {
      y = pooled(part, index, c, position, step);
      continue;
    }
    const std::int32_t x = input(part, index, n, step);
    y = x;
    if (node.op == NodeOp::scale || node.op == NodeOp::relu) {
      const std::int64_t scaled = shifted_right(std::int64_t{x} * pick(node.multiplier, n, size), node.shift);
      y = node.op == NodeOp::relu ? static_cast<std::int32_t>(std::clamp<std::int64_t>(scaled, 0, 127)) : saturated(scaled);
    } else if (node.op == NodeOp::delay) {
      inputs_[index][step * size + n] = x;
      const std::uint64_t delay = node.delay_steps.size() == 1 ? node.delay_steps[0] : node.delay_steps[n];
      y = delay > step ? 0 : inputs_[index][(step - delay) * size + n];
    }
  }
}

std::int32_t NetworkFunction::pooled(const Part& part, std::size_t index, std::uint64_t channel, std::uint64_t position,
                                     std::uint64_t step) const {
  const IntegerNode& node = network_->nodes[index];
  const Window& w = node.window;
  const std::uint64_t oy = position / node.out[2], ox = position % node.out[2];
  std::int32_t total = 0;
  for (std::uint64_t ky = 0; ky < w.kernel[0]; ++ky)
    for (std::uint64_t kx = 0; kx < w.kernel[1]; ++kx) {
      const std::uint64_t y = oy * w.stride[0] + ky * w.dilation[0] - w.pad_before[0];  // wraps above the image
      const std::uint64_t x = ox * w.stride[1] + kx * w.dilation[1] - w.pad_before[1];
      if (y >= node.in[1] || x >= node.in[2]) continue;
      const std::int32_t v = input(part, index, (channel * node.in[1] + y) * node.in[2] + x, step);
      total = node.op == NodeOp::max_pool2d ? std::max(total, v) : total + v;
    }
  return total;
}

void NetworkFunction::fire(const Part& part, std::size_t index, std::uint32_t position, std::uint64_t step) {
  const Segment& segment = cut_.segments[part.layer];
  const IntegerNode& node = network_->nodes[index];
  const auto [first, count] = channels_of(config_, cut_.table.layers[part.layer], part.col);
  const std::uint64_t size = node.size(), positions = size / segment.channels;
  Membranes& states = membranes_[{index, part.col}];
  states.resize(positions);
  if (!states[position]) states[position] = membranes(part, index, position);
  std::vector<std::int32_t> x(count);
  std::vector<std::uint8_t> fired(count);
  for (std::uint64_t c = 0; c < count; ++c) x[c] = input(part, index, (first + c) * positions + position, step);
  states[position]->step(0, count, x.data(), fired.data());
  for (std::uint64_t c = 0; c < count; ++c)
    values_[index][step * size + (first + c) * positions + position] =
        node.neuron.fires() ? static_cast<std::int32_t>(fired[c]) : states[position]->membranes()[c];
}

/// The neurons of a column at one position, with the record's values of their channels.
std::unique_ptr<LifState> NetworkFunction::membranes(const Part& part, std::size_t index, std::uint64_t position) const {
  const Segment& segment = cut_.segments[part.layer];
  const IntegerNode& node = network_->nodes[index];
  const auto [first, count] = channels_of(config_, cut_.table.layers[part.layer], part.col);
  const std::uint64_t positions = node.size() / segment.channels;
  NeuronRecord record = node.neuron;
  for (std::vector<std::int32_t>* each : {&record.channel_threshold, &record.channel_leak, &record.channel_reset, &record.channel_bias,
                                          &record.channel_synapse_bias, &record.channel_synapse_leak}) {
    if (each->empty()) continue;
    std::vector<std::int32_t> mine;
    for (std::uint64_t c = 0; c < count; ++c) mine.push_back((*each)[((first + c) * positions + position) / node.positions]);
    *each = std::move(mine);
  }
  return std::make_unique<LifState>(record, count, 1);
}

const std::vector<std::uint32_t>& NetworkFunction::ready(int index, std::uint64_t token) const {
  const Feed& f = feed(index);
  const Segment& segment = cut_.segments[f.from];
  const auto k = static_cast<std::size_t>(std::find(segment.nodes.begin(), segment.nodes.end(), f.node) - segment.nodes.begin());
  return segment.ready[k][token];
}

std::int32_t NetworkFunction::value(int index, std::uint64_t n, std::uint64_t step) const {
  const Feed& f = feed(index);
  const std::int32_t v = values_[f.node][step * network_->nodes[f.node].size() + n];
  if (!f.scaled) return v;
  return saturated8(f.scaled->is_plain() ? v : shifted_right(std::int64_t{v} * f.scaled->multiplier, f.scaled->shift));
}

void NetworkFunction::arrive(int index, Tile tile, std::uint64_t n, std::uint64_t step, unsigned byte, std::uint32_t value) {
  Held& h = parts_.at(tile).held.at(index);
  h.values[step * h.count + n - h.first] |= value << 8 * byte;
}

std::vector<IntegerTrace> NetworkFunction::traces() const {
  std::vector<IntegerTrace> all;
  for (std::size_t i = 0; i < network_->nodes.size(); ++i) {
    const IntegerNode& node = network_->nodes[i];
    all.push_back(make_trace(node, steps_));
    for (std::uint64_t t = 0; t < steps_; ++t) record(all.back(), t, node.size(), &values_[i][t * node.size()]);
  }
  return all;
}

}  // namespace snnvp::snap
