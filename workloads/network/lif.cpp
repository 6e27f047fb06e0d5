// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/lif.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/geometry.h>

namespace snnvp {

namespace {

using Leak = NeuronRecord::Leak;
using Reset = NeuronRecord::Reset;

struct Update {
  std::int64_t low;
  std::int64_t high;
  std::int64_t leak;
};

Update update_of(const NeuronRecord& neuron) {
  const std::int64_t half = std::int64_t{1} << (neuron.width_bits - 1);
  return {-half, half - 1, neuron.leak_value};
}

// The record's choices are template arguments, so that the loop over neurons has no branches.
template <Leak leak, Reset reset, typename Threshold>
void update(const Update& u, std::uint64_t count, const std::int32_t* sums, Threshold threshold, std::int32_t* membrane,
            std::uint8_t* spikes) {
  for (std::uint64_t i = 0; i < count; ++i) {
    std::int64_t v = membrane[i];
    if constexpr (leak == Leak::multiply) v = v * u.leak / 65536;
    if constexpr (leak == Leak::subtract) v -= u.leak;
    v = std::clamp(v + sums[i], u.low, u.high);
    const std::int64_t th = threshold(i);
    const bool spike = v > th;
    const std::int64_t after = reset == Reset::zero ? 0 : std::clamp(v - th, u.low, u.high);
    membrane[i] = static_cast<std::int32_t>(spike ? after : v);
    spikes[i] = spike;
  }
}

// The commonest neuron in 32-bit arithmetic, which the compiler can vectorise. Equal to update(): with the membrane
// inside [low, high], an input beyond +-(high - low) saturates anyway, and v - threshold is positive where it counts.
template <Reset reset>
void update_narrow(const Update& u, std::uint64_t count, const std::int32_t* sums, std::int32_t threshold, std::int32_t* membrane,
                   std::uint8_t* spikes) {
  const auto low = static_cast<std::int32_t>(u.low), high = static_cast<std::int32_t>(u.high), range = high - low;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int32_t input = std::min(std::max(sums[i], -range), range);
    const std::int32_t v = std::min(std::max(membrane[i] + input, low), high);
    const bool spike = v > threshold;
    const std::int32_t after = reset == Reset::zero ? 0 : std::min(v - threshold, high);
    membrane[i] = spike ? after : v;
    spikes[i] = spike;
  }
}

bool fits_narrow(const NeuronRecord& neuron) {
  const Update u = update_of(neuron);
  return neuron.leak == Leak::none && neuron.width_bits <= 30 && neuron.threshold >= u.low && neuron.threshold <= u.high;
}

template <Leak leak, typename Threshold>
void update(const NeuronRecord& neuron, const Update& u, std::uint64_t count, const std::int32_t* sums, Threshold threshold,
            std::int32_t* membrane, std::uint8_t* spikes) {
  if (neuron.reset == Reset::zero)
    update<leak, Reset::zero>(u, count, sums, threshold, membrane, spikes);
  else
    update<leak, Reset::subtract>(u, count, sums, threshold, membrane, spikes);
}

template <typename Threshold>
void update(const NeuronRecord& neuron, std::uint64_t count, const std::int32_t* sums, Threshold threshold, std::int32_t* membrane,
            std::uint8_t* spikes) {
  const Update u = update_of(neuron);
  switch (neuron.leak) {
    case Leak::none: return update<Leak::none>(neuron, u, count, sums, threshold, membrane, spikes);
    case Leak::multiply: return update<Leak::multiply>(neuron, u, count, sums, threshold, membrane, spikes);
    case Leak::subtract: return update<Leak::subtract>(neuron, u, count, sums, threshold, membrane, spikes);
  }
}

// Appends bytes 0/1 to a packed tensor from bit `first` on.
void pack(const std::vector<std::uint8_t>& spikes, std::uint64_t first, SpikeTensor& out) {
  std::uint8_t* bytes = out.data();
  for (std::uint64_t i = 0; i < spikes.size(); ++i) {
    const std::uint64_t bit = first + i;
    bytes[bit >> 3] = static_cast<std::uint8_t>(bytes[bit >> 3] | spikes[i] << (bit & 7));
  }
}

}  // namespace

bool NeuronRecord::is_plain_lif() const {
  return model == Model::lif && channel_leak.empty() && reset_value == 0 && channel_reset.empty() && bias == 0 && channel_bias.empty() &&
         input_shift == 0;
}

LifState::LifState(const NeuronRecord& neuron, std::uint64_t channels, std::uint64_t positions, Order order)
    : neuron_(neuron), plain_(neuron.is_plain_lif()), membrane_(channels * positions, 0) {
  if (const std::string problem = neuron_problem(neuron, channels); !problem.empty()) throw InternalError("neuron record: " + problem);
  if (neuron.has_current()) current_.assign(membrane_.size(), 0);
  const auto spread = [&](const std::vector<std::int32_t>& per_channel, std::vector<std::int32_t>& per_neuron) {
    if (per_channel.empty()) return;
    per_neuron.reserve(membrane_.size());
    for (std::uint64_t i = 0; i < membrane_.size(); ++i)
      per_neuron.push_back(per_channel[order == Order::channel_major ? i / positions : i % channels]);
  };
  spread(neuron.channel_threshold, threshold_);
  spread(neuron.channel_leak, leak_);
  spread(neuron.channel_reset, reset_);
  spread(neuron.channel_bias, bias_);
  spread(neuron.channel_synapse_leak, synapse_leak_);
  spread(neuron.channel_synapse_bias, synapse_bias_);
}

void LifState::restore(const std::vector<std::int32_t>& membranes, const std::vector<std::int32_t>& currents) {
  if (membranes.size() != membrane_.size() || currents.size() != current_.size()) throw InternalError("neuron state of another size");
  const Update u = update_of(neuron_);
  const auto saturate = [&u](std::int32_t v) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(v, u.low, u.high)); };
  std::transform(membranes.begin(), membranes.end(), membrane_.begin(), saturate);
  std::transform(currents.begin(), currents.end(), current_.begin(), saturate);
}

void LifState::reset() {
  std::fill(membrane_.begin(), membrane_.end(), 0);
  std::fill(current_.begin(), current_.end(), 0);
}

// The whole record, one neuron after the other: element-wise nodes of imported networks are a small part of their work.
void LifState::step_any(std::uint64_t first, std::uint64_t count, const std::int32_t* sums, std::uint8_t* spikes) {
  const Update u = update_of(neuron_);
  const std::int64_t gain = std::int64_t{1} << neuron_.input_shift;
  const auto pick = [first](const std::vector<std::int32_t>& each, std::int32_t all, std::uint64_t i) -> std::int64_t {
    return each.empty() ? all : each[first + i];
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    std::int64_t v = membrane_[first + i];
    std::int64_t drive = sums[i] * gain;
    if (neuron_.has_current()) {
      std::int32_t& current = current_[first + i];
      const std::int64_t kept = current * pick(synapse_leak_, neuron_.synapse_leak, i) / 65536;
      current = static_cast<std::int32_t>(std::clamp(kept + drive + pick(synapse_bias_, neuron_.synapse_bias, i), u.low, u.high));
      drive = shifted_right(current, neuron_.synapse_shift);
    }
    const std::int64_t leak = pick(leak_, neuron_.leak_value, i);
    if (neuron_.leak == Leak::multiply) v = v * leak / 65536;
    if (neuron_.leak == Leak::subtract) v -= leak;
    v = std::clamp(v + drive + pick(bias_, neuron_.bias, i), u.low, u.high);
    const std::int64_t threshold = pick(threshold_, neuron_.threshold, i), reset = pick(reset_, neuron_.reset_value, i);
    const bool spike = neuron_.fires() && v > threshold;
    if (spike) v = std::clamp(neuron_.reset == Reset::zero ? reset : v - (threshold - reset), u.low, u.high);
    membrane_[first + i] = static_cast<std::int32_t>(v);
    spikes[i] = spike;
  }
}

void LifState::step(std::uint64_t first, std::uint64_t count, const std::int32_t* sums, std::uint8_t* spikes) {
  if (!plain_) return step_any(first, count, sums, spikes);
  std::int32_t* membrane = membrane_.data() + first;
  if (threshold_.empty() && fits_narrow(neuron_))
    neuron_.reset == Reset::zero ? update_narrow<Reset::zero>(update_of(neuron_), count, sums, neuron_.threshold, membrane, spikes)
                                 : update_narrow<Reset::subtract>(update_of(neuron_), count, sums, neuron_.threshold, membrane, spikes);
  else if (threshold_.empty())
    update(
        neuron_, count, sums, [th = neuron_.threshold](std::uint64_t) { return th; }, membrane, spikes);
  else
    update(
        neuron_, count, sums, [th = threshold_.data() + first](std::uint64_t i) { return th[i]; }, membrane, spikes);
}

void lif_run(const NeuronRecord& neuron, std::uint64_t T, std::uint64_t channels, std::uint64_t positions, const std::int32_t* sums,
             SpikeTensor& out, LifState::Order order) {
  LifState state(neuron, channels, positions, order);
  if (out.bits() != T * state.neurons()) throw InternalError("lif_run: the output tensor has another size");
  std::fill_n(out.data(), out.byte_size(), std::uint8_t{0});
  std::vector<std::uint8_t> spikes(state.neurons());
  for (std::uint64_t t = 0; t < T; ++t) {
    state.step(0, state.neurons(), sums + t * state.neurons(), spikes.data());
    pack(spikes, t * state.neurons(), out);
  }
}

}  // namespace snnvp
