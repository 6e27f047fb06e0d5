// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/execution.h>

#include <algorithm>

#include <snnvp/models/pe_array/layer_timing.h>

namespace snnvp::pe_array {

LayerExecution::LayerExecution(const Config& config, const LayerAnalysis& analysis, const SpikeView& spikes)
    : a_(analysis),
      spikes_(spikes),
      slices_(a_.layer, a_.tags),
      dispatcher_(a_.dispatch, a_.layer, config.cols, a_.tags.windows()),
      words_(ceil_div(a_.layer.T, 64)),
      trains_(a_.layer.pixels() * words_),
      psums_(a_.layer.T * a_.layer.positions() * a_.layer.outputs) {
  if (a_.dispatch == Dispatch::temporal && a_.layer.single_position()) dispatcher_.compact_windows(a_.units);
}

void LayerExecution::load(std::uint64_t channel) {
  if (loaded_ == channel) return;
  loaded_ = channel;
  slices_.load(channel);
  std::fill(trains_.begin(), trains_.end(), Word{0});
  const LayerMap& layer = a_.layer;
  const std::uint64_t pixels = layer.pixels();
  for (std::uint64_t t = 0; t < layer.T; ++t)
    for (std::uint64_t pixel = 0; pixel < pixels; ++pixel) {
      const std::uint64_t bit =
          layer.channel_major ? (t * layer.channels + channel) * pixels + pixel : (t * pixels + pixel) * layer.channels + channel;
      if (packed_bit(spikes_.bytes, bit)) trains_[pixel * words_ + t / 64] |= Word{1} << (t % 64);
    }
}

void LayerExecution::add_slice(const Column& column, std::uint64_t channel, std::uint64_t first, std::uint64_t count,
                               const std::int8_t* weights) {
  const LayerMap& layer = a_.layer;
  const std::uint64_t begin = std::uint64_t{column.window} * a_.tags.window_points();
  const std::uint64_t end = std::min(layer.T, begin + a_.tags.window_points());
  const std::uint64_t step = layer.positions() * layer.outputs;
  std::int32_t* unit = psums_.data() + column.position * layer.outputs + first;
  for (std::uint64_t ky = 0; ky < layer.kernel; ++ky)
    for (std::uint64_t kx = 0; kx < layer.kernel; ++kx) {
      std::uint64_t pixel = 0;
      if (!layer.pixel_of(column.position, ky, kx, pixel)) continue;
      const Word* train = trains_.data() + pixel * words_;
      // One weight serves all time points of the window.
      const std::int8_t* weight = weights + ((channel * layer.kernel + ky) * layer.kernel + kx) * layer.outputs + first;
      for (std::uint64_t word = begin / 64; word * 64 < end; ++word) {
        Word left = train[word];
        if (word * 64 < begin) left &= ~Word{0} << (begin % 64);
        if (end - word * 64 < 64) left &= (Word{1} << (end % 64)) - 1;
        for (; left != 0; left &= left - 1) {
          std::int32_t* sum = unit + (word * 64 + static_cast<unsigned>(__builtin_ctzll(left))) * step;
          for (std::uint64_t n = 0; n < count; ++n) sum[n] += weight[n];
        }
      }
    }
}

void LayerExecution::integrate(std::uint64_t channel, std::uint64_t first, std::uint64_t count, const std::int8_t* weights) {
  load(channel);
  if (a_.dispatch == Dispatch::time_serial) slices_.fill();
  dispatcher_.for_each_pass([this](std::uint64_t n) { return slices_.windows_of(n); },
                            [&](const Column* columns, std::uint32_t used) {
                              for (std::uint32_t c = 0; c < used; ++c) add_slice(columns[c], channel, first, count, weights);
                            });
}

void LayerExecution::integrate_all(const std::int8_t* weights) {
  for (std::uint64_t channel = 0; channel < a_.layer.channels; ++channel) integrate(channel, 0, a_.layer.outputs, weights);
}

std::uint64_t LayerExecution::memory_index(std::uint64_t position, std::uint64_t output) const {
  return a_.layer.channel_major ? output * a_.layer.positions() + position : position * a_.layer.outputs + output;
}

std::vector<std::int32_t> LayerExecution::sums() const {
  if (!a_.layer.channel_major) return psums_;
  std::vector<std::int32_t> sums(psums_.size());
  const std::uint64_t positions = a_.layer.positions(), outputs = a_.layer.outputs;
  for (std::uint64_t t = 0, from = 0; t < a_.layer.T; ++t)
    for (std::uint64_t n = 0; n < positions; ++n)
      for (std::uint64_t m = 0; m < outputs; ++m) sums[(t * outputs + m) * positions + n] = psums_[from++];
  return sums;
}

void LayerExecution::fire(const NeuronRecord& neuron) {
  const LayerMap& layer = a_.layer;
  const std::uint64_t outputs = layer.outputs, neurons = layer.positions() * outputs;
  LifState state(neuron, outputs, layer.positions(), LifState::Order::position_major);
  out_ = SpikeTensor("TC", {layer.T, neurons});
  std::vector<std::uint8_t> spikes(outputs);
  // Without a leak a silent window leaves the membrane as it is; any other leak is applied step by step, because one power
  // of it would round differently.
  const bool skips = skips_silent_windows(neuron) && neuron.leak == NeuronRecord::Leak::none;
  for (std::uint64_t n = 0; n < layer.positions(); ++n) {
    const Word* active = a_.units.windows.data() + n * a_.tags.window_words();
    for (std::uint64_t window = 0; window < a_.tags.windows(); ++window) {
      if (skips && !test_bit(active, window)) continue;
      const std::uint64_t begin = window * a_.tags.window_points(), end = begin + a_.tags.points_of_window(window);
      for (std::uint64_t t = begin; t < end; ++t) {
        state.step(n * outputs, outputs, psums_.data() + t * neurons + n * outputs, spikes.data());
        for (std::uint64_t m = 0; m < outputs; ++m)
          if (spikes[m]) out_.set(t * neurons + memory_index(n, m));
      }
    }
  }
  membranes_.resize(neurons);
  for (std::uint64_t n = 0; n < layer.positions(); ++n)
    for (std::uint64_t m = 0; m < outputs; ++m) membranes_[memory_index(n, m)] = state.membranes()[n * outputs + m];
}

}  // namespace snnvp::pe_array
