// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

// Figures as people read them.
namespace snnvp {

/// 3 significant digits with an SI prefix: "12.3 uJ" (spec/energy.md 4.8).
std::string si(double value, const std::string& unit);
/// "1,234,567".
std::string grouped(std::uint64_t n);

}  // namespace snnvp
