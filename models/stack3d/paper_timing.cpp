// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/paper_timing.h>

#include <algorithm>

namespace snnvp::stack3d {
namespace {

/// `tiles` tiles of `steps` streamed features.
Cycles streamed(const Config& c, std::uint64_t tiles, std::uint64_t steps) {
  return c.fill_overlap ? tiles * steps * c.kappa + c.fill() : tiles * (steps * c.kappa + c.fill());
}

}  // namespace

Cycles linear_cycles(const Config& c, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out) {
  if (positions == 0) return 0;
  return streamed(c, ceil_div(positions, c.cols) * ceil_div(d_out, c.rows), d_in);
}

Cycles split_linear_cycles(const Config& c, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out) {
  return streamed(c, ceil_div(positions, c.cols) * ceil_div(ceil_div(d_out, c.rows), c.cores), d_in);
}

Cycles weight_excess(const Config& c, std::uint64_t active, std::uint64_t positions, std::uint64_t d_in, std::uint64_t d_out) {
  if (c.dram_bits_per_cycle == 0 || positions == 0) return 0;
  const Cycles load = ceil_div(active * d_in * c.rows * c.weight_bits, c.dram_bits_per_cycle);
  const Cycles compute = ceil_div(positions, c.cols) * (d_in * c.kappa + c.fill());
  return load > compute ? ceil_div(d_out, c.rows) * (load - compute) : 0;
}

Cycles mode_cycles(const Config& c, std::uint64_t T, std::uint64_t tokens, std::uint64_t d) {
  return streamed(c, T * ceil_div(tokens, c.rows) * ceil_div(tokens, c.cols), d);
}

MhaCycles mha_cycles(const Config& c, const TransformerGeometry& g) {
  MhaCycles m;
  const std::uint64_t d = g.D / g.heads, positions = g.T * g.tokens;
  m.projection = linear_cycles(c, positions, g.D, d);
  m.mode = mode_cycles(c, g.T, g.tokens, d);
  m.projection_rounds = ceil_div(g.heads, c.cores);
  m.rounds = ceil_div(g.kept, c.cores);
  if (g.prunes()) m.score = ceil_div(positions * g.D, c.popcnt_width);
  const Cycles hidden = c.score_overlap ? std::min(m.score, m.projection_rounds * m.projection) : 0;
  m.score_exposed = m.score - hidden;
  m.merge = ceil_div(positions * g.D, c.merge_width);
  m.excess = m.projection_rounds * weight_excess(c, std::min(c.cores, g.heads), positions, g.D, d) +
             2 * m.rounds * weight_excess(c, std::min(c.cores, g.kept), positions, g.D, d);
  return m;
}

MoeCycles moe_cycles(const Config& c, const TransformerGeometry& g, const std::vector<std::uint64_t>& loads) {
  MoeCycles m;
  m.route = ceil_div(g.tokens * g.T, c.route_width) + ceil_div(g.tokens * g.D * g.experts, c.route_lanes);
  m.merge = ceil_div(g.top_k * g.tokens * g.T * g.D, c.merge_width);
  const auto active = static_cast<std::uint64_t>(std::count_if(loads.begin(), loads.end(), [](std::uint64_t n) { return n != 0; }));
  const std::uint64_t loading = std::min(c.cores, active);
  std::vector<Cycles> busy(c.cores);
  for (std::size_t e = 0; e < loads.size(); ++e) {
    const std::uint64_t positions = loads[e] * g.T;
    busy[e % c.cores] += linear_cycles(c, positions, g.D, g.hidden) + linear_cycles(c, positions, g.hidden, g.D) +
                         weight_excess(c, loading, positions, g.D, g.hidden) + weight_excess(c, loading, positions, g.hidden, g.D);
  }
  m.experts = *std::max_element(busy.begin(), busy.end());
  return m;
}

}  // namespace snnvp::stack3d
