// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/workloads/network/graph.h>

namespace snnvp {

/// Integer weights of a connection, each within `levels` and within one step of the real one.
///
/// Rounding each weight to the nearest integer leaves every output a small constant error in its mean input, which neurons add up
/// step after step. So for each output some weights near the middle between two integers are rounded the other way, until the
/// errors, weighted with the mean of their inputs (`activity`, per input in C order), cancel.
std::vector<std::int8_t> rounded_weights(const GraphNode& node, const std::vector<double>& scale, double levels,
                                         const std::vector<double>& activity);

}  // namespace snnvp
