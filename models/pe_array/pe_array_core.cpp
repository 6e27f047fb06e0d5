// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/pe_array_core.h>

#include <algorithm>

#include <fmt/format.h>

namespace snnvp::pe_array {

std::uint32_t Config::window_points(std::uint64_t T) const {
  if (dispatch == Dispatch::time_serial) return 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(tws, T));
}

std::string check(const Config& c) {
  const auto side_problem = [](const char* name, std::uint32_t side) {
    return side >= 1 && side <= Config::max_side ? std::string() : fmt::format("{} is {}; allowed: 1..{}", name, side, Config::max_side);
  };
  if (std::string problem = side_problem("rows", c.rows); !problem.empty()) return problem;
  if (std::string problem = side_problem("cols", c.cols); !problem.empty()) return problem;
  if (c.tws == 0) return "tws is 0; a window has at least 1 time point";
  if (c.tws_per_tb == 0) return "tws_per_tb is 0; a time block has at least 1 window";
  if (c.tags_per_cycle == 0) return "tags_per_cycle is 0; at least 1 is needed";
  if (c.weight_bits < 8 || c.weight_bits > 32) return fmt::format("weight_bits is {}; allowed: 8..32", c.weight_bits);
  if (c.psum_bits < 8 || c.psum_bits > 32) return fmt::format("psum_bits is {}; allowed: 8..32", c.psum_bits);
  if (!(c.fixed_overhead_frac >= 0 && c.fixed_overhead_frac <= 1))
    return fmt::format("fixed_overhead_frac is {}; allowed: 0..1", c.fixed_overhead_frac);
  if (!(c.dram_bits_per_cycle >= 0)) return "the DRAM width must not be negative";
  if (c.dispatch == Dispatch::ptb_lines) {
    if (c.cols > Config::max_line_cols)
      return fmt::format("cols is {}; lines are paired over at most {} columns", c.cols, Config::max_line_cols);
    if (c.ptb_search_depth == 0) return "ptb.search_depth is 0; at least 1 line is looked ahead";
  }
  return {};
}

LayerMap::LayerMap(const GemmGeometry& g) : T(g.T), channels(g.C), outputs(g.N) {
  if (g.kind == GemmGeometry::Kind::conv2d) {
    height = g.H, width = g.W;
    kernel = g.kernel, stride = g.stride, padding = g.padding;
    out_h = g.out_h(), out_w = g.out_w();
  } else {
    width = out_w = g.L;
    channel_major = false;
  }
}

LayerMap::Span LayerMap::covering(std::uint64_t at, std::uint64_t out_side) const {
  const std::uint64_t padded = at + padding;
  const std::uint64_t first = padded < kernel ? 0 : (padded - kernel) / stride + 1;
  return {std::min(first, out_side), std::min(padded / stride + 1, out_side)};
}

bool LayerMap::pixel_of(std::uint64_t position, std::uint64_t ky, std::uint64_t kx, std::uint64_t& pixel) const {
  const std::uint64_t y = position / out_w * stride + ky - padding;  // wraps above the map, and is then out of range
  const std::uint64_t x = position % out_w * stride + kx - padding;
  if (y >= height || x >= width) return false;
  pixel = y * width + x;
  return true;
}

}  // namespace snnvp::pe_array
