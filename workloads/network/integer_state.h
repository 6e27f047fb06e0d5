// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <snnvp/workloads/network/connection.h>
#include <snnvp/workloads/network/integer_network.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp {

/// A value limited to int32, or to int8.
inline std::int32_t saturated(std::int64_t value) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}
inline std::int32_t saturated8(std::int64_t value) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -128, 127)); }

/// Element n of values that stand for one, some or all of `size` elements.
inline std::int32_t pick(const std::vector<std::int32_t>& each, std::uint64_t n, std::uint64_t size) {
  return each.size() == 1 ? each[0] : each[n / (size / each.size())];
}

/// Fills `x` with the node's input of one step: `values_of(input)` gives the values of an incoming edge at that step, delay
/// included, valid until it is called again. `sums` is scratch.
template <typename ValuesOf>
void gather_input(const IntegerNode& node, ValuesOf values_of, std::vector<std::int64_t>& sums, std::vector<std::int32_t>& x) {
  if (node.inputs.size() == 1 && node.inputs[0].is_plain()) {
    const std::int32_t* y = values_of(node.inputs[0]);
    if (node.input_signal == Signal::int8)
      std::transform(y, y + x.size(), x.begin(), saturated8);
    else
      std::copy_n(y, x.size(), x.begin());
    return;
  }
  sums.assign(x.size(), 0);
  for (const IntegerInput& input : node.inputs) {
    const std::int32_t* y = values_of(input);
    for (std::uint64_t n = 0; n < x.size(); ++n) sums[n] += shifted_right(std::int64_t{y[n]} * input.multiplier, input.shift);
  }
  std::transform(sums.begin(), sums.end(), x.begin(), node.input_signal == Signal::int8 ? saturated8 : saturated);
}

/// One node of an integer network, step by step: the golden model, and whatever computes a single node.
class IntegerState {
public:
  using Values = std::vector<std::int32_t>;

  /// `history`: the longest delay with which its output is asked for.
  IntegerState(const IntegerNode& node, std::uint64_t history)
      : node_(node), size_(node.size()), x_(elements_of(node.in)), output_(size_, history) {
    if (is_connection(node.op)) connection_.emplace(node.op, node.window, node.in, node.out, node.weight);
    if (is_neuron(node.op) || node.op == NodeOp::threshold)
      neuron_.emplace(node.neuron, node.channels, node.positions), fired_.resize(size_);
    if (node.op == NodeOp::delay) past_.emplace(size_, *std::max_element(node.delay_steps.begin(), node.delay_steps.end()));
  }

  /// Its input of this step, to be filled in.
  Values& x() { return x_; }
  const LifState* neuron() const { return neuron_ ? &*neuron_ : nullptr; }
  const std::int32_t* output(std::uint64_t ago) const { return output_.ago(ago); }
  void advance() { output_.next(); }

  void reset() {
    output_.reset();
    if (past_) past_->reset();
    if (neuron_) neuron_->reset();
  }

  void step() {
    std::int32_t* y = output_.current();
    switch (node_.op) {
      case NodeOp::linear:
      case NodeOp::conv1d:
      case NodeOp::conv2d:
        connection_->apply(x_.data(), y);
        if (!node_.bias.empty())
          for (std::uint64_t n = 0; n < size_; ++n) y[n] = saturated(std::int64_t{y[n]} + pick(node_.bias, n, size_));
        return;
      case NodeOp::sum_pool2d: return pool<false>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::max_pool2d: return pool<true>(node_.window, node_.in, node_.out, x_.data(), y);
      case NodeOp::scale:
      case NodeOp::relu:
        for (std::uint64_t n = 0; n < size_; ++n) {
          const std::int64_t value = shifted_right(std::int64_t{x_[n]} * pick(node_.multiplier, n, size_), node_.shift);
          y[n] = node_.op == NodeOp::relu ? static_cast<std::int32_t>(std::clamp<std::int64_t>(value, 0, 127)) : saturated(value);
        }
        return;
      case NodeOp::delay:
        std::copy(x_.begin(), x_.end(), past_->next());
        for (std::uint64_t n = 0; n < size_; ++n)
          y[n] = past_->ago(node_.delay_steps.size() == 1 ? node_.delay_steps[0] : node_.delay_steps[n])[n];
        return;
      case NodeOp::input:
      case NodeOp::output:
      case NodeOp::flatten:
      case NodeOp::add: std::copy(x_.begin(), x_.end(), y); return;
      default:
        neuron_->step(0, size_, x_.data(), fired_.data());
        if (node_.neuron.fires())
          std::copy(fired_.begin(), fired_.end(), y);
        else
          std::copy(neuron_->membranes().begin(), neuron_->membranes().end(), y);
    }
  }

private:
  const IntegerNode& node_;
  std::uint64_t size_;
  Values x_;
  History<std::int32_t> output_;
  std::optional<History<std::int32_t>> past_;
  std::optional<Connection<std::int8_t, std::int32_t>> connection_;
  std::optional<LifState> neuron_;
  std::vector<std::uint8_t> fired_;
};

}  // namespace snnvp
