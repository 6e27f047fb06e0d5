// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace snnvp {

/// A layer of a ReLU network: real weights [fan in][outputs], channel-major taps.
struct ReluLayer {
  std::string name;
  bool is_conv = false;
  std::uint32_t in_channels = 1, in_height = 1, in_width = 1, kernel = 1, stride = 1, padding = 0, out_channels = 1;
  std::vector<double> weights;
  bool has_relu = false;
};

/// A chain of fully connected and convolution layers without biases, from a network folder (snn-network-v1).
struct ReluNetwork {
  std::string name;
  std::vector<ReluLayer> layers;
  std::vector<std::string> files;  ///< read
  // What pi2.json beside it says of how it was trained; absent without that file.
  std::optional<std::string> weight_code;
  std::optional<int> sign;
  std::optional<double> first_offset, inp_scale, gain;
  std::vector<std::uint32_t> k;
};

/// Throws InputError that names file and node: other operations, biases, branches, pools (which the authors do in software).
ReluNetwork read_relu_network(const std::string& folder);

}  // namespace snnvp
