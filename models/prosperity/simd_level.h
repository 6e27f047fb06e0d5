// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace snnvp::prosperity {

/// Instruction sets the prefix search is compiled for. All levels give identical results.
enum class SimdLevel {
  portable,  ///< plain C++
  avx2,      ///< AVX2, BMI, POPCNT
  avx512     ///< AVX-512 F, BW, VL, VBMI2, BITALG (Ice Lake, Zen 4 and later)
};

/// Whether this build and this CPU can run `level`. `portable` always can.
bool supported(SimdLevel level);
/// The levels this CPU can run, slowest first.
std::vector<SimdLevel> supported_simd_levels();
SimdLevel best_simd_level();
const char* name(SimdLevel level);

}  // namespace snnvp::prosperity
