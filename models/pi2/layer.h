// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/models/pi2/coding.h>
#include <snnvp/models/pi2/neuron_bank.h>

// One layer of a pi^2 network: frames in, frames out (spec/pi2.md 4.3, 4.4, 4.8, 6.1).
namespace snnvp::pi2 {

/// Fully connected, or a convolution whose output pixels are banks of their own.
struct LayerShape {
  bool is_conv = false;
  std::uint32_t in_channels = 1, in_height = 1, in_width = 1;  ///< fc: in_channels inputs
  std::uint32_t kernel = 1, stride = 1, padding = 0;
  std::uint32_t out_channels = 1;

  std::uint32_t out_height() const { return is_conv ? (in_height + 2 * padding - kernel) / stride + 1 : 1; }
  std::uint32_t out_width() const { return is_conv ? (in_width + 2 * padding - kernel) / stride + 1 : 1; }
  std::uint32_t pixels() const { return out_height() * out_width(); }
  /// Inputs of one neuron (N_in) and of the layer; outputs of the layer.
  std::uint32_t fan_in() const { return is_conv ? in_channels * kernel * kernel : in_channels; }
  std::uint32_t inputs() const { return in_channels * in_height * in_width; }
  std::uint32_t outputs() const { return out_channels * pixels(); }
  /// What is wrong with it in words; empty if nothing is. Sizes are limited so that no count leaves 64 bits.
  std::string problem() const;
};

/// Event counts by formula alone (spec/pi2.md 6.1), for one window.
EventTotals analytic_counts(const LayerShape& shape, std::uint32_t k);

struct LayerSetup {
  LayerShape shape;
  SynapseTable synapses;
  BankRules rules;
  PairUnit pair;
  double offset_in = 1;     ///< time of a zero: what padding sends
  double output_noise = 0;  ///< standard deviation of what is added to y (impairment at the output), u
  std::uint64_t noise_seed = 1;
};

/// Arrival of every frame of a window: plus frame of input i at 2i, minus frame at 2i + 1; `never` if it is lost.
using ArrivalTimes = std::vector<double>;

/// An output whose two neurons are settled.
struct LayerOutput {
  std::uint32_t neuron = 0;
  double value = 0;        ///< y behind the pair unit, before scaling
  TimePair ideal;          ///< when its frames are due by their value
  TimePair actual;         ///< when they leave: not before both neurons have fired
  double fired = 0;        ///< the later of the two
  bool is_silent = false;  ///< a neuron timed out and says nothing
};

class Layer {
public:
  explicit Layer(LayerSetup setup);

  const LayerSetup& setup() const { return setup_; }
  LayerSetup& setup() { return setup_; }

  // A window at once: all arrivals are known.
  /// Runs a window; outputs in order of neurons.
  std::vector<LayerOutput> run(const ArrivalTimes& arrivals, std::uint64_t window);

  // A window as time goes on.
  void start(std::uint64_t window);
  /// A frame of input neuron `frame.input` of the layer; in order of time.
  void arrive(const ArrivingFrame& frame);
  double next_fire() const;
  /// All pairs that are settled by `until`, once each.
  void settle(double until, std::vector<LayerOutput>& out);
  /// The rest: what has not fired times out.
  void close(std::vector<LayerOutput>& out);

  /// What the inputs of a pixel's bank are, from values of the layer's inputs; 0 for padding.
  std::vector<double> taps_of(const std::vector<double>& values, std::uint32_t pixel) const;

  /// Sums over all windows so far.
  const EventTotals& totals() const { return totals_; }
  void reset_totals() { totals_ = EventTotals(); }
  void count_lost(std::uint64_t frames) { totals_.lost += frames; }

  /// For each pixel the frames that reach it, in order of time, padding included: calls visit(pixel, frames). Frames name the input
  /// of the bank, not of the layer.
  template <typename Visit>
  void for_each_pixel(const ArrivalTimes& arrivals, Visit&& visit) const;

private:
  /// Input of the layer behind input `tap` of a pixel's bank, or -1 for padding.
  std::int64_t source_of(std::uint32_t pixel, std::uint32_t tap) const;
  std::uint64_t draw_of(std::uint64_t window, std::uint32_t pixel, std::uint32_t block) const;
  LayerOutput output_of(const NeuronBank& bank, std::uint32_t neuron, std::uint32_t global);
  void collect(const NeuronBank& bank);

  LayerSetup setup_;
  std::vector<std::unique_ptr<NeuronBank>> banks_;  // by pixel, made by the first start()
  std::vector<std::uint8_t> is_settled_;            // by output
  std::uint64_t window_ = 0;
  EventTotals totals_;
};

template <typename Visit>
void Layer::for_each_pixel(const ArrivalTimes& arrivals, Visit&& visit) const {
  const LayerShape& shape = setup_.shape;
  std::vector<ArrivingFrame> frames;
  const auto earlier = [](const ArrivingFrame& a, const ArrivingFrame& b) {
    return a.time != b.time ? a.time < b.time : a.input != b.input ? a.input < b.input : a.minus < b.minus;
  };
  for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    frames.clear();
    for (std::uint32_t tap = 0; tap < shape.fan_in(); ++tap) {
      const std::int64_t source = source_of(pixel, tap);
      for (const bool minus : {false, true}) {
        const double time = source < 0 ? setup_.offset_in : arrivals[static_cast<std::size_t>(2 * source + minus)];
        if (time != never) frames.push_back({time, tap, minus});
      }
    }
    std::sort(frames.begin(), frames.end(), earlier);
    visit(pixel, frames);
  }
}

}  // namespace snnvp::pi2
