// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/human.h>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

namespace snnvp {

std::string si(double value, const std::string& unit) {
  if (value == 0) return "0 " + unit;
  static constexpr std::array<std::pair<double, const char*>, 10> prefixes{
      {{1e-15, "f"}, {1e-12, "p"}, {1e-9, "n"}, {1e-6, "u"}, {1e-3, "m"}, {1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}}};
  const double magnitude = std::abs(value);
  auto best = prefixes.front();
  for (const auto& p : prefixes)
    if (magnitude >= p.first * 0.9995) best = p;
  const double scaled = value / best.first;
  const int decimals = std::abs(scaled) < 9.995 ? 2 : std::abs(scaled) < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}{}", scaled, decimals, best.second, unit);
}

std::string grouped(std::uint64_t n) {
  std::string digits = std::to_string(n);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

}  // namespace snnvp
