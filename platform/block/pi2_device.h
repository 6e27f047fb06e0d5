// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>

// A block that runs layers of a pi^2 network, as a workload sees it. Header-only, so that a plug-in needs no symbol of ours.
namespace snnvp {

/// Wanted form of a layer; what is missing is calibrated.
struct Pi2LayerRequest {
  bool is_conv = false;
  std::uint32_t in_channels = 1, in_height = 1, in_width = 1, kernel = 1, stride = 1, padding = 0, out_channels = 1;
  std::uint32_t k = 1;
  std::vector<double> weights;       ///< [fan in][out_channels], before the scale of the layer before
  unsigned weight_bits = 0;          ///< 0: as they are
  std::vector<std::int16_t> levels;  ///< instead of weights: integers of `unit` each
  double unit = 1;                   ///< u per level
  bool has_gain = false;             ///< unit includes the scale of the layer before
  std::optional<double> gamma;       ///< threshold M of TEMP; else K mk
  double inp_scale = 2.3;            ///< spread of its outputs' arrival times, for calibration
  bool rectify = true;
  std::optional<double> mk, scale_d, offset_out;
};

/// What a layer does on a sample of inputs, without timing.
struct Pi2LayerReport {
  std::string name;
  std::uint64_t inputs = 0, outputs = 0, fan_in = 0, k = 0;
  double mk = 0, scale_d = 0, offset_in = 0, offset_out = 0;
  double correlation = 0;  ///< mean over samples and pixels of Pearson(T- - T+, w x) over the neurons
  double drop_rate = 0;    ///< dropped / inserted events
  double saturation = 0;   ///< share of inputs whose frames clip
  double early = 0;        ///< share of queues that fire before their K-th event
  double largest_delay = 0;
  std::uint64_t queues = 0;  ///< one per neuron and sign: what a switch would need
};

struct Pi2Totals {
  std::uint64_t frames_in = 0, insertions = 0, accepted = 0, dropped = 0, frames_out = 0, causality_violations = 0;
  std::uint64_t short_windows = 0, timeouts = 0, overflow = 0, pair_late = 0, avoided = 0, lost = 0, padding = 0, pairs = 0;
};

/// What real time has done to ideal times (timing link and full).
struct Pi2Distortion {
  std::vector<std::uint64_t> histogram;  ///< frames by floor(log2(late ps)) + 1; [0]: not late at all
  double disagreement = 0;               ///< share of accepted events that are not among the K ideal ones
  double mean_error = 0, max_error = 0;  ///< of T- - T+ against ideal times, in u
  std::uint64_t frames = 0;
};

class Pi2Device {
public:
  virtual ~Pi2Device() = default;
  virtual std::uint32_t first_layer() const = 0;
  virtual std::size_t layer_count() const = 0;
  /// Replaces all layers; throws InputError in words for a person.
  virtual void set_layers(std::vector<Pi2LayerRequest> layers, double offset_in, double gain_in) = 0;
  /// The layers as they are wanted.
  virtual std::vector<Pi2LayerRequest> layers() const = 0;
  virtual double input_offset() const = 0;
  virtual Picoseconds time_unit() const = 0;
  virtual double timeout() const = 0;
  virtual std::string frame_format() const = 0;
  virtual std::string weight_code() const = 0;
  virtual int sign() const = 0;
  /// Ideal timing: frames carry exact times in their notes.
  virtual bool is_ideal() const = 0;
  /// Its results are the closed form: ideal timing, pi2_k neurons, no impairment, delays as they should be.
  virtual bool is_closed_form() const = 0;
  /// Every neuron takes K events unless something is lost: pi2_k neurons.
  virtual bool counts_events() const = 0;
  virtual bool is_analytic() const = 0;
  /// Fills what is missing from a sample of input values, layer after layer; throws InputError.
  virtual void calibrate(const std::vector<std::vector<double>>& samples) = 0;
  /// Values behind each layer for one input, ideal timing: outputs[l] are what layer l sends (d y).
  virtual std::vector<std::vector<double>> values(const std::vector<double>& input) const = 0;
  virtual std::vector<Pi2LayerReport> report(const std::vector<std::vector<double>>& samples) const = 0;
  /// d of the last layer, its offset: what the next switch starts from.
  virtual std::pair<double, double> output_code() const = 0;
  virtual void open_window(std::uint16_t window, Picoseconds start) = 0;
  /// Counts of one window without simulating it.
  virtual void count_window() = 0;
  virtual Pi2Totals pi2_totals() const = 0;
  virtual Pi2Distortion distortion() const = 0;
};

}  // namespace snnvp
