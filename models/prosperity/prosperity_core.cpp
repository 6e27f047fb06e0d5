// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/prosperity_core.h>

#include <fmt/format.h>

namespace snnvp::prosperity {

Config Config::with_cpu_rules() const {
  Config config = *this;
  config.path = Path::cpu;
  return config;
}

std::string check(const Config& config) {
  const auto in_range = [](std::uint32_t value, std::uint32_t most) { return value >= 1 && value <= most; };
  if (!in_range(config.tile_m, Config::max_tile_m)) return fmt::format("tile_m is {}; allowed: 1..{}", config.tile_m, Config::max_tile_m);
  if (!in_range(config.tile_k, Config::max_tile_k)) return fmt::format("tile_k is {}; allowed: 1..{}", config.tile_k, Config::max_tile_k);
  // This also keeps every tile inside the 49152 bytes beyond which the cuda path leaves spikes unpruned.
  if (config.tile_m * config.tile_k > Config::max_tile_bits) {
    return fmt::format("tile_m * tile_k is {} * {} = {}; at most {} fit the detector", config.tile_m, config.tile_k,
                       config.tile_m * config.tile_k, Config::max_tile_bits);
  }
  if (config.path == Path::cuda && config.sparsity != Sparsity::product) {
    return "path cuda knows product sparsity only; use path: cpu for sparsity bit or dense";
  }
  if (config.path == Path::cuda && config.issue == Issue::tree) return "path cuda cannot issue by tree; use path: cpu";
  if (config.tile_n == 0) return "tile_n is 0; at least 1 adder is needed";
  if (config.lif_lanes == 0) return "lif_lanes is 0; at least 1 is needed";
  if (config.popcount_rows == 0) return "popcount_rows is 0; at least 1 is needed";
  if (config.multipliers == 0 || config.exp_units == 0 || config.dividers == 0) {
    return "multipliers, exp_units and dividers must each be at least 1";
  }
  if (config.dram_bits_per_cycle == 0) return "dram_bits_per_cycle is 0; at least 1 is needed";
  return {};
}

Tiling::Tiling(const Config& config, std::uint64_t m, std::uint64_t k, std::uint64_t n)
    : M(m),
      K(k),
      N(n),
      tile_m(config.tile_m),
      tile_k(config.tile_k),
      tile_n(config.tile_n),
      nm(ceil_div(m, config.tile_m)),
      nk(ceil_div(k, config.tile_k)),
      nn(ceil_div(n, config.tile_n)) {}

}  // namespace snnvp::prosperity
