// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/layer.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/random.h>

namespace snnvp::pi2 {
namespace {

/// Neurons that are simulated together: their queues stay in the cache while all frames of a window pass.
constexpr std::uint32_t block_size = 512;

}  // namespace

std::string LayerShape::problem() const {
  constexpr std::uint64_t most = std::uint64_t{1} << 26;
  if (in_channels == 0 || out_channels == 0 || in_height == 0 || in_width == 0) return "a layer needs inputs and outputs";
  if (is_conv && (kernel == 0 || stride == 0)) return "kernel and stride are at least 1";
  if (is_conv && (kernel > std::uint64_t{in_height} + 2 * padding || kernel > std::uint64_t{in_width} + 2 * padding))
    return fmt::format("a kernel of {} does not fit an input of {} x {} with padding {}", kernel, in_height, in_width, padding);
  const std::uint64_t rows = is_conv ? (in_height + std::uint64_t{2} * padding - kernel) / stride + 1 : 1;
  const std::uint64_t columns = is_conv ? (in_width + std::uint64_t{2} * padding - kernel) / stride + 1 : 1;
  const auto too_many = [](std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return a > most || b > most || c > most || a * b > most || a * b * c > most;
  };
  if (too_many(in_channels, in_height, in_width)) return fmt::format("more than {} inputs", most);
  if (too_many(out_channels, rows, columns)) return fmt::format("more than {} outputs", most);
  if (is_conv && too_many(in_channels, kernel, kernel)) return fmt::format("more than {} inputs of a neuron", most);
  const double synapses = static_cast<double>(is_conv ? std::uint64_t{in_channels} * kernel * kernel : in_channels) * out_channels;
  if (synapses > 4e9) return "more than 4e9 weights";
  return {};
}

EventTotals analytic_counts(const LayerShape& shape, std::uint32_t k) {
  EventTotals t;
  const std::uint64_t neurons = shape.outputs(), events = std::uint64_t{2} * shape.fan_in();
  t.frames_in = std::uint64_t{2} * shape.inputs();
  t.insertions = 2 * events * neurons;
  t.accepted = 2 * neurons * std::min<std::uint64_t>(k, events);
  t.dropped = t.insertions - t.accepted;
  t.frames_out = 2 * neurons;
  t.pairs = neurons;
  if (shape.is_conv && shape.padding > 0) {
    const auto outside = [&](std::uint64_t extent, std::uint64_t out) {  // rows of the kernel beyond the edge, over all outputs
      std::uint64_t inside = 0;
      for (std::uint64_t o = 0; o < out; ++o)
        for (std::uint64_t tap = 0; tap < shape.kernel; ++tap) {
          const std::uint64_t at = o * shape.stride + tap;
          inside += at >= shape.padding && at < shape.padding + extent;
        }
      return inside;
    };
    const std::uint64_t inside = outside(shape.in_height, shape.out_height()) * outside(shape.in_width, shape.out_width());
    const std::uint64_t all = std::uint64_t{shape.pixels()} * shape.kernel * shape.kernel;
    t.padding = 2 * shape.in_channels * (all - inside);
  }
  return t;
}

Layer::Layer(LayerSetup setup) : setup_(std::move(setup)) {}

std::int64_t Layer::source_of(std::uint32_t pixel, std::uint32_t tap) const {
  const LayerShape& s = setup_.shape;
  if (!s.is_conv) return tap;
  const std::uint32_t channel = tap / (s.kernel * s.kernel), ky = tap / s.kernel % s.kernel, kx = tap % s.kernel;
  const std::int64_t y = std::int64_t{pixel / s.out_width()} * s.stride + ky - s.padding;
  const std::int64_t x = std::int64_t{pixel % s.out_width()} * s.stride + kx - s.padding;
  if (y < 0 || x < 0 || y >= s.in_height || x >= s.in_width) return -1;
  return (std::int64_t{channel} * s.in_height + y) * s.in_width + x;
}

std::uint64_t Layer::draw_of(std::uint64_t window, std::uint32_t pixel, std::uint32_t block) const {
  return mix64(window ^ mix64(std::uint64_t{pixel} << 32 | block));
}

LayerOutput Layer::output_of(const NeuronBank& bank, std::uint32_t neuron, std::uint32_t global) {
  const Firing& plus = bank.plus(neuron);
  const Firing& minus = bank.minus(neuron);
  LayerOutput out;
  out.neuron = global;
  out.is_silent = !plus.has_fired || !minus.has_fired;
  if (out.is_silent) return out;
  ++totals_.pairs;
  const PairUnit& pair = setup_.pair;
  out.value = pair.value(plus.time, minus.time);
  if (setup_.output_noise > 0) {
    const double noise = hashed_normal(mix64(setup_.noise_seed ^ mix64(window_ ^ mix64(global))));
    const double y = pair.sign * (minus.time - plus.time) + setup_.output_noise * noise;
    out.value = pair.rectify ? relu(y) : y;
  }
  out.ideal = pair.ideal(out.value);
  totals_.saturated += std::abs(pair.scale_d * out.value) > pair.offset_out;
  out.fired = std::max(plus.time, minus.time) + pair.latency;
  out.actual = {std::max(out.ideal.plus, out.fired), std::max(out.ideal.minus, out.fired)};
  totals_.pair_late += (out.actual.plus > out.ideal.plus) + (out.actual.minus > out.ideal.minus);
  totals_.frames_out += 2;
  return out;
}

std::vector<double> Layer::taps_of(const std::vector<double>& values, std::uint32_t pixel) const {
  std::vector<double> taps(setup_.shape.fan_in());
  for (std::uint32_t tap = 0; tap < taps.size(); ++tap)
    if (const std::int64_t source = source_of(pixel, tap); source >= 0) taps[tap] = values[static_cast<std::size_t>(source)];
  return taps;
}

void Layer::collect(const NeuronBank& bank) { totals_ += bank.totals(); }

std::vector<LayerOutput> Layer::run(const ArrivalTimes& arrivals, std::uint64_t window) {
  const LayerShape& shape = setup_.shape;
  std::vector<LayerOutput> out(shape.outputs());
  window_ = window;
  for (const double time : arrivals) totals_.frames_in += time != never;
  std::unique_ptr<NeuronBank> bank;
  for_each_pixel(arrivals, [&](std::uint32_t pixel, const std::vector<ArrivingFrame>& frames) {
    for (std::uint32_t first = 0; first < shape.out_channels; first += block_size) {
      const std::uint32_t count = std::min(block_size, shape.out_channels - first);
      if (!bank || shape.out_channels > block_size) bank = std::make_unique<NeuronBank>(setup_.synapses, setup_.rules, first, count);
      bank->start(draw_of(window, pixel, first));
      bank->arrive(frames.data(), frames.size());
      bank->close();
      for (std::uint32_t j = 0; j < count; ++j) {
        const std::uint32_t neuron = (first + j) * shape.pixels() + pixel;
        out[neuron] = output_of(*bank, j, neuron);
      }
      collect(*bank);
    }
    if (shape.is_conv && shape.padding > 0)
      for (std::uint32_t tap = 0; tap < shape.fan_in(); ++tap) totals_.padding += source_of(pixel, tap) < 0 ? 2 : 0;
  });
  return out;
}

void Layer::start(std::uint64_t window) {
  const LayerShape& shape = setup_.shape;
  is_settled_.assign(shape.outputs(), 0);
  window_ = window;
  const bool is_first = banks_.empty();
  if (is_first) banks_.resize(shape.pixels());
  for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    if (is_first) banks_[pixel] = std::make_unique<NeuronBank>(setup_.synapses, setup_.rules, 0, shape.out_channels);
    NeuronBank& bank = *banks_[pixel];
    bank.start(draw_of(window, pixel, 0));
    if (!shape.is_conv || shape.padding == 0) continue;
    for (std::uint32_t tap = 0; tap < shape.fan_in(); ++tap) {
      if (source_of(pixel, tap) >= 0) continue;
      const ArrivingFrame zeros[] = {{setup_.offset_in, tap, false}, {setup_.offset_in, tap, true}};
      bank.arrive(zeros, 2);
      totals_.padding += 2;
    }
  }
}

void Layer::arrive(const ArrivingFrame& frame) {
  const LayerShape& s = setup_.shape;
  ++totals_.frames_in;
  if (!s.is_conv) return banks_.front()->arrive(&frame, 1);
  const std::uint32_t channel = frame.input / (s.in_height * s.in_width);
  const std::uint32_t y = frame.input / s.in_width % s.in_height + s.padding, x = frame.input % s.in_width + s.padding;
  for (std::uint32_t ky = 0; ky < s.kernel && ky <= y; ++ky) {
    if ((y - ky) % s.stride != 0 || (y - ky) / s.stride >= s.out_height()) continue;
    for (std::uint32_t kx = 0; kx < s.kernel && kx <= x; ++kx) {
      if ((x - kx) % s.stride != 0 || (x - kx) / s.stride >= s.out_width()) continue;
      const std::uint32_t pixel = (y - ky) / s.stride * s.out_width() + (x - kx) / s.stride;
      const ArrivingFrame inside{frame.time, (channel * s.kernel + ky) * s.kernel + kx, frame.minus};
      banks_[pixel]->arrive(&inside, 1);
    }
  }
}

double Layer::next_fire() const {
  double next = never;
  for (const auto& bank : banks_) next = std::min(next, bank->next_fire());
  return next;
}

void Layer::settle(double until, std::vector<LayerOutput>& out) {
  for (std::uint32_t pixel = 0; pixel < banks_.size(); ++pixel) {
    NeuronBank& bank = *banks_[pixel];
    if (bank.settle(until) == 0) continue;
    for (std::uint32_t j = 0; j < bank.neurons(); ++j) {
      const std::uint32_t neuron = j * setup_.shape.pixels() + pixel;
      if (is_settled_[neuron] || !bank.plus(j).has_fired || !bank.minus(j).has_fired) continue;
      is_settled_[neuron] = 1;
      out.push_back(output_of(bank, j, neuron));
    }
  }
}

void Layer::close(std::vector<LayerOutput>& out) {
  for (std::uint32_t pixel = 0; pixel < banks_.size(); ++pixel) {
    NeuronBank& bank = *banks_[pixel];
    bank.close();
    for (std::uint32_t j = 0; j < bank.neurons(); ++j) {
      const std::uint32_t neuron = j * setup_.shape.pixels() + pixel;
      if (is_settled_[neuron]) continue;
      is_settled_[neuron] = 1;
      out.push_back(output_of(bank, j, neuron));
    }
    collect(bank);
  }
}

}  // namespace snnvp::pi2
