// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/simd_level.h>

namespace snnvp::prosperity {

bool supported(SimdLevel level) {
  switch (level) {
    case SimdLevel::portable: return true;
#if defined(__x86_64__)
    case SimdLevel::avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    case SimdLevel::avx512:
      return supported(SimdLevel::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bitalg");
#endif
    default: return false;
  }
}

std::vector<SimdLevel> supported_simd_levels() {
  std::vector<SimdLevel> levels;
  for (const SimdLevel level : {SimdLevel::portable, SimdLevel::avx2, SimdLevel::avx512}) {
    if (supported(level)) levels.push_back(level);
  }
  return levels;
}

SimdLevel best_simd_level() {
  static const SimdLevel best = supported_simd_levels().back();
  return best;
}

const char* name(SimdLevel level) {
  switch (level) {
    case SimdLevel::avx2: return "avx2";
    case SimdLevel::avx512: return "avx512";
    default: return "portable";
  }
}

}  // namespace snnvp::prosperity
