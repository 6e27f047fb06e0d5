// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/quantise_weights.h>

#include <algorithm>
#include <cmath>

#include <snnvp/workloads/network/quantise_neuron.h>

namespace snnvp {

namespace {

/// Mean activity behind each weight of one output: of its input (linear), or of its input channel (convolutions).
class Activity {
public:
  Activity(const GraphNode& node, const std::vector<double>& inputs) : node_(node), per_input_(inputs) {
    if (node.op == NodeOp::linear) return;
    const std::uint64_t channels = node.in[0], positions = inputs.size() / channels;
    std::vector<double> per_channel(channels, 0.0);
    for (std::uint64_t n = 0; n < inputs.size(); ++n) per_channel[n / positions] += inputs[n] / static_cast<double>(positions);
    per_input_ = std::move(per_channel);
  }

  /// Of weight k of output o; an output has `count` weights.
  double at(std::uint64_t o, std::uint64_t k, std::uint64_t count) const {
    if (node_.op == NodeOp::linear) return per_input_[k];
    const std::uint64_t in_group = node_.weight.shape[1], outs_per_group = node_.weight.shape[0] / node_.window.groups;
    return per_input_[o / outs_per_group * in_group + k / (count / in_group)];
  }

private:
  const GraphNode& node_;
  std::vector<double> per_input_;
};

/// A weight that could be rounded the other way.
struct Choice {
  std::uint64_t k;
  double cost;    ///< how much farther the other integer is, 0 to 1
  double change;  ///< of the output's mean error
  int step;       ///< -1 or 1
};

}  // namespace

std::vector<std::int8_t> rounded_weights(const GraphNode& node, const std::vector<double>& scale, double levels,
                                         const std::vector<double>& activity) {
  const std::vector<double>& w = node.weight.values;
  const std::uint64_t outputs = node.weight.shape[0], count = w.size() / outputs;
  const Activity mean(node, activity);
  std::vector<std::int8_t> result(w.size());
  std::vector<Choice> choices;
  for (std::uint64_t o = 0; o < outputs; ++o) {
    const double unit = spread_value(scale, o, outputs);
    double error = 0;
    choices.clear();
    for (std::uint64_t k = 0; k < count; ++k) {
      const double exact = w[o * count + k] / unit, whole = std::clamp(std::nearbyint(exact), -levels, levels), rest = whole - exact;
      result[o * count + k] = static_cast<std::int8_t>(whole);
      const double weight = mean.at(o, k, count);
      error += rest * weight;
      const int step = rest > 0 ? -1 : 1;
      // Clipped weights and exact ones stay.
      if (std::abs(rest) > 0.5 || std::abs(rest) < 1e-9 || std::abs(whole + step) > levels || weight == 0) continue;
      choices.push_back({k, 1 - 2 * std::abs(rest), step * weight, step});
    }
    std::sort(choices.begin(), choices.end(),
              [](const Choice& a, const Choice& b) { return a.cost < b.cost || (a.cost == b.cost && a.k < b.k); });
    for (const Choice& choice : choices) {
      if (std::abs(error + choice.change) >= std::abs(error)) continue;
      error += choice.change;
      result[o * count + choice.k] = static_cast<std::int8_t>(result[o * count + choice.k] + choice.step);
    }
  }
  return result;
}

}  // namespace snnvp
