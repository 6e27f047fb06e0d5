// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/models/pi2/calibration.h>
#include <snnvp/models/pi2/layer.h>
#include <snnvp/platform/block/pi2_device.h>

// Wanted layers become layers: quantisation, gains from layer to layer, calibration, and what to expect of the result.
namespace snnvp::pi2 {

/// What all layers of a block share.
struct NetworkSettings {
  WeightCode code = WeightCode::one_sided;
  int sign = 1;
  double offset_in = 1, gain_in = 1;  ///< of what comes in: time of a zero, d of the layer before
  double calib_margin = 0.05;
  double pair_latency = 0;
  double output_noise = 0;
  BankRules rules;  ///< all but k and threshold
};

class Network {
public:
  explicit Network(NetworkSettings settings) : settings_(std::move(settings)) {}

  /// Throws InputError "layer 2: ..." with everything that is wrong.
  void set_layers(std::vector<Pi2LayerRequest> layers, double offset_in, double gain_in);
  const std::vector<Pi2LayerRequest>& layers() const { return layers_; }
  NetworkSettings& settings() { return settings_; }
  const NetworkSettings& settings() const { return settings_; }
  /// Whether something is left to calibrate.
  bool needs_calibration() const;
  /// Fills Mk, d and offset where they are missing; each layer sees what the calibrated layers before it send.
  void calibrate(const std::vector<std::vector<double>>& samples);
  /// The layers, ready to run. `exact`: without tick and jitter. Throws InputError if something is missing.
  std::vector<Layer> build(bool exact) const;

  std::vector<std::vector<double>> values(const std::vector<double>& input) const;
  std::vector<Pi2LayerReport> report(const std::vector<std::vector<double>>& samples) const;
  double offset_before(std::size_t layer) const;
  double gain_before(std::size_t layer) const;

private:
  Layer make_layer(std::size_t index, bool exact) const;

  NetworkSettings settings_;
  std::vector<Pi2LayerRequest> layers_;
};

/// Arrival times of all frames of an input.
ArrivalTimes encode_all(const std::vector<double>& values, double offset);

}  // namespace snnvp::pi2
