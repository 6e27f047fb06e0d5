// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/stack3d/bit_rows.h>
#include <snnvp/models/stack3d/config.h>
#include <snnvp/workloads/network/layers.h>

// What the units of the engine compute, tile by tile (spec/stack3d.md 4). Exact; no time in here.
namespace snnvp::stack3d {

/// Saturates a finished sum to the width of the array's output and counts it if that changed it.
std::int32_t saturated(std::int64_t sum, unsigned bits, std::uint64_t& saturations);

/// An array's tile of R x C positions: sums[column][row] = sum over d of weights[row][d] x spikes(position of the column)[d].
class IntegrationArray {
public:
  /// Weights of up to `rows` output features, each of `d_in` int8 at distance `stride`; values beyond `bits` are limited, and counted.
  void load_weights(const std::int8_t* weights, std::uint64_t rows, std::uint64_t d_in, std::uint64_t stride, unsigned bits);
  /// One position; `sums` receives `rows` values. The spikes must have d_in bits.
  void integrate(const std::uint64_t* spikes, std::int32_t* sums) const;

  std::uint64_t rows() const { return rows_; }
  std::uint64_t clipped() const { return clipped_; }

private:
  std::uint64_t rows_ = 0, d_in_ = 0, clipped_ = 0;
  std::vector<std::int32_t> by_feature_;  // [d][row]: a spike adds a row of it
};

/// Features with a spike in any of the rows.
std::uint64_t active_features(const BitRows& spikes, const std::uint32_t* rows, std::uint64_t count);

/// Fused attention of one head (spec/stack3d.md 4.4) on rows t * tokens + n of q, k and v, each d bits. A stays inside.
struct AttentionWork {
  std::uint64_t and_bits = 0;  ///< bit ANDs of mode 1
  std::uint64_t adds = 0;      ///< additions of mode 2
  std::uint64_t a_bits = 0;    ///< bits of A held in the array
};
/// `y` receives [T * tokens][d] sums before the shift.
AttentionWork attend(const BitRows& q, const BitRows& k, const BitRows& v, std::uint64_t T, std::uint64_t tokens, std::int32_t* y);

/// The `count` largest of the scores as indices, ascending; equal scores: the lower index. Heads of D3, experts of a token.
std::vector<std::uint32_t> largest(const std::vector<std::int64_t>& scores, std::uint64_t count);

/// Token lists by expert, ascending (spec/stack3d.md 4.6): rate over T, integer gate, the top_k largest, equal gates: the lower index.
std::vector<std::vector<std::uint32_t>> route(const BitRows& x, std::uint64_t T, std::uint64_t tokens, const std::int8_t* router,
                                              std::uint64_t experts, std::uint64_t top_k);

}  // namespace snnvp::stack3d
