// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/graph.h>

namespace snnvp {

/// W x of a linear or convolutional node for one step, event by event: work grows with the values that are not zero.
/// `Sum` must hold every partial sum.
template <typename Weight, typename Sum>
class Connection {
public:
  /// `weights` as a GraphNode or IntegerNode stores them; shapes must have been checked.
  Connection(NodeOp op, const Window& window, const Shape& in, const Shape& out, const std::vector<Weight>& weights)
      : window_(window), inputs_(elements_of(in)), outputs_(elements_of(out)) {
    if (op == NodeOp::linear) {
      weights_.resize(weights.size());
      for (std::uint64_t o = 0; o < outputs_; ++o)
        for (std::uint64_t i = 0; i < inputs_; ++i) weights_[i * outputs_ + o] = weights[o * inputs_ + i];
      return;
    }
    is_conv_ = true;
    height_ = in.size() == 3 ? in[1] : 1;
    width_ = in.back();
    out_height_ = out.size() == 3 ? out[1] : 1;
    out_width_ = out.back();
    channels_per_group_ = in[0] / window.groups;
    outputs_per_group_ = out[0] / window.groups;
    out_channels_ = out[0];
    taps_ = window.kernel[0] * window.kernel[1];
    weights_.resize(weights.size());  // [channel][tap][output channel of the group]
    for (std::uint64_t o = 0; o < out[0]; ++o)
      for (std::uint64_t c = 0; c < channels_per_group_; ++c)
        for (std::uint64_t tap = 0; tap < taps_; ++tap) {
          const std::uint64_t channel = o / outputs_per_group_ * channels_per_group_ + c;
          weights_[(channel * taps_ + tap) * outputs_per_group_ + o % outputs_per_group_] =
              weights[(o * channels_per_group_ + c) * taps_ + tap];
        }
    by_position_.resize(outputs_);
  }

  std::uint64_t inputs() const { return inputs_; }
  std::uint64_t outputs() const { return outputs_; }

  /// sums = W x, in C order of the output.
  template <typename Value>
  void apply(const Value* x, Sum* sums) {
    if (is_conv_) return convolve(x, sums);
    std::fill_n(sums, outputs_, Sum{0});
    for (std::uint64_t i = 0; i < inputs_; ++i)
      if (x[i] != 0) add(static_cast<Sum>(x[i]), &weights_[i * outputs_], outputs_, sums);
  }

private:
  static void add(Sum x, const Weight* weights, std::uint64_t count, Sum* sums) {
    for (std::uint64_t o = 0; o < count; ++o) sums[o] += x * static_cast<Sum>(weights[o]);
  }

  /// The output that sees input `at` through tap `k`, or false.
  bool reached(unsigned axis, std::uint64_t at, std::uint64_t k, std::uint64_t outs, std::uint64_t& out) const {
    const std::uint64_t padded = at + window_.pad_before[axis], back = k * window_.dilation[axis];
    if (padded < back || (padded - back) % window_.stride[axis] != 0) return false;
    out = (padded - back) / window_.stride[axis];
    return out < outs;
  }

  template <typename Value>
  void convolve(const Value* x, Sum* sums) {
    std::fill(by_position_.begin(), by_position_.end(), Sum{0});
    for (std::uint64_t i = 0; i < inputs_; ++i) {
      if (x[i] == 0) continue;
      const std::uint64_t channel = i / (height_ * width_), row = i / width_ % height_, column = i % width_;
      const std::uint64_t group = channel / channels_per_group_;
      for (std::uint64_t ky = 0; ky < window_.kernel[0]; ++ky) {
        std::uint64_t oy = 0, ox = 0;
        if (!reached(0, row, ky, out_height_, oy)) continue;
        for (std::uint64_t kx = 0; kx < window_.kernel[1]; ++kx) {
          if (!reached(1, column, kx, out_width_, ox)) continue;
          add(static_cast<Sum>(x[i]), &weights_[(channel * taps_ + ky * window_.kernel[1] + kx) * outputs_per_group_], outputs_per_group_,
              &by_position_[(oy * out_width_ + ox) * out_channels_ + group * outputs_per_group_]);
        }
      }
    }
    const std::uint64_t positions = out_height_ * out_width_;
    for (std::uint64_t p = 0; p < positions; ++p)
      for (std::uint64_t o = 0; o < out_channels_; ++o) sums[o * positions + p] = by_position_[p * out_channels_ + o];
  }

  Window window_;
  std::uint64_t inputs_, outputs_;
  bool is_conv_ = false;
  std::uint64_t height_ = 1, width_ = 1, out_height_ = 1, out_width_ = 1;
  std::uint64_t channels_per_group_ = 1, outputs_per_group_ = 1, out_channels_ = 1, taps_ = 1;
  std::vector<Weight> weights_;
  std::vector<Sum> by_position_;  // of a convolution, [position][output channel]
};

/// Sum over each window of a (C, H, W) tensor; padding is zero. With `Max` the largest value instead, at least 0.
template <bool Max, typename Value>
void pool(const Window& window, const Shape& in, const Shape& out, const Value* x, Value* y) {
  for (std::uint64_t c = 0; c < out[0]; ++c)
    for (std::uint64_t oy = 0; oy < out[1]; ++oy)
      for (std::uint64_t ox = 0; ox < out[2]; ++ox) {
        Value total{0};
        for (std::uint64_t ky = 0; ky < window.kernel[0]; ++ky)
          for (std::uint64_t kx = 0; kx < window.kernel[1]; ++kx) {
            const std::uint64_t row = oy * window.stride[0] + ky * window.dilation[0] - window.pad_before[0];  // wraps above the image
            const std::uint64_t column = ox * window.stride[1] + kx * window.dilation[1] - window.pad_before[1];
            if (row >= in[1] || column >= in[2]) continue;
            const Value value = x[(c * in[1] + row) * in[2] + column];
            total = Max ? std::max(total, value) : static_cast<Value>(total + value);
          }
        *y++ = total;
      }
}

/// The values of the last `depth` steps of one node; before the first step all are zero.
template <typename Value>
class History {
public:
  History(std::uint64_t size, std::uint64_t depth) : size_(size), values_(size * (depth + 1), Value{0}), depth_(depth + 1) {}

  /// Starts the next step and gives the place for its values.
  Value* next() {
    at_ = (at_ + 1) % depth_;
    return &values_[at_ * size_];
  }
  Value* current() { return &values_[at_ * size_]; }
  /// The values `delay` <= depth steps before the current one.
  const Value* ago(std::uint64_t delay) const { return &values_[(at_ + depth_ - delay) % depth_ * size_]; }
  void reset() { std::fill(values_.begin(), values_.end(), Value{0}); }

private:
  std::uint64_t size_;
  std::vector<Value> values_;
  std::uint64_t depth_, at_ = 0;
};

}  // namespace snnvp
