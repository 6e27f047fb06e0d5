// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace snnvp {

/// Whole cycles of one clock domain. Time is derived from cycles, never accumulated.
using Cycles = std::uint64_t;
/// Simulated time in picoseconds, the kernel's resolution.
using Picoseconds = std::uint64_t;
/// Sizes in bytes.
using Bytes = std::uint64_t;
/// Traffic in bits, as the papers count it.
using Bits = std::uint64_t;
/// A bus address; 64 bits everywhere, never truncated.
using Address = std::uint64_t;

/// ceil(a / b) for b > 0.
constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0); }

}  // namespace snnvp
