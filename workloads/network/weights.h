// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snnvp {

/// Weights of a trace workload, which records none: uniform int8 in [-128, 127], [K][N] in C order, from the random stream
/// `weights/<layer>` (decision 16). InputError if K * N exceeds 2^32.
std::vector<std::int8_t> layer_weights(std::uint64_t seed, const std::string& layer, std::uint64_t K, std::uint64_t N);

}  // namespace snnvp
