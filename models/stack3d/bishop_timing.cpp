// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_timing.h>

#include <algorithm>

namespace snnvp::bishop {

Cycles dense_cycles(const Config& config, std::uint64_t bundles, std::uint64_t out_features, std::uint64_t dense_features) {
  if (dense_features == 0) return 0;
  const std::uint64_t tiles = ceil_div(bundles, config.dense_bundles) * ceil_div(out_features, config.dense_features);
  return tiles * (dense_features * config.bundle_cycles() + config.dense_fill());
}

Cycles sparse_cycles(const Config& config, std::uint64_t active_bundles, std::uint64_t out_features) {
  if (active_bundles == 0) return 0;
  return ceil_div(active_bundles * out_features, config.sparse_units) * config.bundle_cycles() + reduction_cycles(config);
}

Cycles reduction_cycles(const Config& config) {
  Cycles levels = 0;
  while ((std::uint64_t{1} << levels) < config.sparse_units) ++levels;
  return levels;
}

Cycles spikegen_cycles(const Config& config, std::uint64_t updates) { return ceil_div(updates, config.spikegen_lanes); }

LinearTraffic linear_traffic(const Config& config, std::uint64_t in_features, std::uint64_t out_features, std::uint64_t bundles,
                             std::uint64_t active_bundles) {
  constexpr std::uint64_t step = 32;
  LinearTraffic t;
  // Half of the buffer holds the columns in use, the other half those that follow.
  const std::uint64_t fitting = config.weight_glb / (2 * in_features) / step * step;
  t.columns = std::max(fitting, step);
  t.passes = ceil_div(out_features, t.columns);
  t.weight_bytes = in_features * out_features * (fitting == 0 ? t.passes : 1);
  t.spike_bits = (active_bundles * config.bundle_volume() + bundles * in_features) * t.passes;
  return t;
}

Cycles memory_cycles(const Config& config, Bytes bytes) {
  __extension__ using Wide = unsigned __int128;
  const Wide wanted = static_cast<Wide>(bytes) * config.clock_hz;
  return static_cast<Cycles>((wanted + config.dram_bytes_per_second - 1) / config.dram_bytes_per_second);
}

std::uint64_t attention_tiles(const Config& config, std::uint64_t query_bundles, std::uint64_t key_tokens) {
  return ceil_div(query_bundles, config.attention_bundles) * ceil_div(key_tokens, config.attention_keys);
}

Cycles attention_cycles(const Config& config, std::uint64_t tiles, std::uint64_t head_width) {
  return 2 * tiles * (head_width * config.bundle_cycles() + config.attention_fill());
}

}  // namespace snnvp::bishop
