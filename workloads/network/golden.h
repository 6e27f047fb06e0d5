// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <snnvp/workloads/network/attention.h>
#include <snnvp/workloads/network/elementwise.h>
#include <snnvp/workloads/network/geometry.h>
#include <snnvp/workloads/network/layers.h>
#include <snnvp/workloads/network/lif.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

// The golden model: what every engine must compute, bit for bit, in plain C++ (no SystemC, no model code).
// It runs inside every simulation, so it is written for speed as well as for trust; golden_direct() is the slow
// second opinion that the tests hold it against. Geometries must have passed geometry_problem().
namespace snnvp {

/// Spiking matrix product out = S x W in int32 (spec/prosperity.md 4.1).
///
/// `input` is TCHW (conv), TC or TLC (fc) in C order; `weights` is [K][N] int8 with
/// k = ch*kernel*kernel + ky*kernel + kx. `sums` receives M x N values in the memory order of decision 11:
/// conv [T][N][y][x], fc [T][N], fc over a sequence [T][L][N].
void golden_gemm(const GemmGeometry& geometry, const SpikeView& input, const std::int8_t* weights, std::int32_t* sums);

/// The same by the textbook loops of a direct convolution, sharing no code with golden_gemm().
void golden_direct(const GemmGeometry& geometry, const SpikeView& input, const std::int8_t* weights, std::int32_t* sums);

}  // namespace snnvp
