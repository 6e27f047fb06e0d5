// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bond/bond_core.h>

#include <algorithm>
#include <cmath>

namespace snnvp::bond {
namespace {

constexpr double most_sites = 1e15;

/// Rounded down, but not because of the last bit of a quotient that is whole.
std::uint64_t whole(double x) { return static_cast<std::uint64_t>(std::min(most_sites, std::floor(x * (1 + 1e-12)))); }

}  // namespace

std::uint64_t Field::sites_available() const { return whole(overlap_mm2 * 1e6 / (pitch_um * pitch_um)); }

std::uint64_t Field::sites_needed(std::uint64_t bits) const {
  return static_cast<std::uint64_t>(std::min(most_sites, std::ceil(static_cast<double>(bits) / signal_fraction * (1 - 1e-12))));
}

std::uint64_t Field::bits_available() const { return whole(static_cast<double>(sites_available()) * signal_fraction); }

double Field::area_mm2(std::uint64_t sites) const { return static_cast<double>(sites) * pitch_um * pitch_um * 1e-6; }

std::uint64_t granted_width(const Field& field, Limit limit, std::uint64_t width, std::uint64_t all_bits) {
  const std::uint64_t most = field.bits_available();
  if (limit == Limit::report || all_bits <= most) return width;
  const double share = static_cast<double>(width) * static_cast<double>(most) / static_cast<double>(all_bits);
  return std::max<std::uint64_t>(1, whole(share));
}

double energy_pj_per_bit(double pitch_um) {
  // 0.05 / 0.01 = 5 = 9^x
  return 0.01 * std::pow(pitch_um, std::log(5.0) / std::log(9.0));
}

Cycles Wire::latency_cycles(std::uint64_t hz) const {
  return std::max<Cycles>(1, static_cast<Cycles>(std::ceil(delay_ps() * 1e-12 * static_cast<double>(hz) * (1 - 1e-12))));
}

std::uint64_t Wire::bit_um(std::uint64_t bits) const {
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(bits) * length_mm * 1e3));
}

double mean_wire_mm(double area_mm2) { return 0.5 * std::sqrt(area_mm2); }

}  // namespace snnvp::bond
