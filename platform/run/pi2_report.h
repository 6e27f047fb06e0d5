// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <snnvp/platform/block/pi2_device.h>
#include <snnvp/platform/report/report.h>
#include <snnvp/platform/run/pi2_golden.h>
#include <snnvp/platform/run/relu_network.h>

// What a pi^2 run leaves in the report.
namespace snnvp {

struct Pi2Samples {
  std::vector<std::vector<double>> values;
  std::vector<std::uint64_t> labels;             ///< empty, or one per sample
  std::vector<std::vector<double>> calibration;  ///< empty: the first of `values`
};

/// Values behind one layer of the float network.
std::vector<double> relu_values(const ReluLayer& layer, const std::vector<double>& x);

struct Pi2Outcome {
  std::vector<Pi2Device*> devices;
  std::vector<Pi2GoldenLayer> layers;
  const ReluNetwork* network = nullptr;
  const Pi2Samples* samples = nullptr;
  std::uint64_t first = 0;
  const std::vector<std::vector<double>>* results = nullptr;  ///< values that came back, by sample
  const std::vector<Pi2LayerReport>* layer_reports = nullptr;
  std::vector<double> weights;  ///< of the first layer as drawn, or empty
  std::optional<double> uncalibrated;
  double latency_u = 0;
  std::uint64_t incomplete = 0;  ///< windows that ended without all frames
};

/// Compares with the closed form where the switches follow it, and adds totals, section `pi2`, tables and summary lines.
void write_pi2_report(const Pi2Outcome& outcome, RunReport& report);

}  // namespace snnvp
