// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/models/snap/snap_config.h>

// Learnt sparsity as files (spec/chiplet.md 4.8). InputError names file, line and what is wrong.
namespace snnvp::snap {

/// CSV `rate_low,rate_high,neurons`.
std::vector<Boundary::Bin> read_histogram(const std::string& file);
/// CSV `lambda,rate,accuracy`, lambda ascending; rate and accuracy at `lambda`, interpolated. Outside the curve is an error.
std::pair<double, double> read_curve(const std::string& file, double lambda);
/// One layer of a network folder, its first layer if `layer` is empty.
SpikeTensor read_trace(const std::string& folder, const std::string& layer);

}  // namespace snnvp::snap
