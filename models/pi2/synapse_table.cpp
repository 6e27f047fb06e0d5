// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <snnvp/models/pi2/neuron_bank.h>

namespace snnvp::pi2 {

SynapseTable::SynapseTable(WeightCode code, std::uint32_t inputs, std::uint32_t outputs, std::vector<std::int16_t> levels, double unit)
    : code_(code), inputs_(inputs), outputs_(outputs), levels_(std::move(levels)), unit_(unit) {
  if (levels_.empty()) return;
  const auto [low, high] = std::minmax_element(levels_.begin(), levels_.end());
  lowest_ = *low;
  for (int level = *low; level <= *high; ++level) {
    table_.push_back(delays_of(code, level * unit));
    largest_ = std::max({largest_, table_.back().plus, table_.back().minus});
  }
}

SynapseTable::SynapseTable(WeightCode code, std::uint32_t inputs, std::uint32_t outputs, std::vector<double> weights)
    : code_(code), inputs_(inputs), outputs_(outputs), weights_(std::move(weights)) {
  for (const double w : weights_) {
    const TimePair d = delays_of(code, w);
    largest_ = std::max({largest_, d.plus, d.minus});
  }
}

double SynapseTable::weight(std::uint32_t input, std::uint32_t output) const {
  const std::size_t at = std::size_t{input} * outputs_ + output;
  return levels_.empty() ? weights_[at] : levels_[at] * unit_;
}

void SynapseTable::row(std::uint32_t input, std::uint32_t first, std::uint32_t count, double* plus, double* minus) const {
  const std::size_t at = std::size_t{input} * outputs_ + first;
  if (levels_.empty()) {
    for (std::uint32_t j = 0; j < count; ++j) {
      const TimePair d = delays_of(code_, weights_[at + j]);
      plus[j] = d.plus;
      minus[j] = d.minus;
    }
    return;
  }
  const TimePair* table = table_.data() - lowest_;
  const std::int16_t* levels = levels_.data() + at;
  for (std::uint32_t j = 0; j < count; ++j) {
    plus[j] = table[levels[j]].plus;
    minus[j] = table[levels[j]].minus;
  }
}

}  // namespace snnvp::pi2
