// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/platform/block/pi2_device.h>

namespace snnvp {

/// A layer as the closed form sees it (spec/pi2.md 4.3): T = Mk + mean of the K smallest. Shares no code with models.pi2.
struct Pi2GoldenLayer {
  Pi2LayerRequest request;      ///< sizes, K, relu, scale_d
  std::vector<double> weights;  ///< [fan in][outputs], quantised, in u, scale of the layer before included
  double offset_in = 1;
};

/// Weights a request stands for, in u; `gain` is d of the layer before.
std::vector<double> effective_weights(const Pi2LayerRequest& request, double gain);

/// What the layer sends (d y) for input values; `raw`: y without relu and scale.
std::vector<double> pi2_closed_form(const Pi2GoldenLayer& layer, const std::string& weight_code, int sign, const std::vector<double>& x,
                                    bool raw = false);

}  // namespace snnvp
