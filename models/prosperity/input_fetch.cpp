// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/input_fetch.h>

#include <algorithm>

namespace snnvp::prosperity {
namespace {

/// Time steps among rows [first, first + rows) of order m = l*T + t, if all lie in one position; else all.
std::pair<std::uint64_t, std::uint64_t> steps_of(std::uint64_t first, std::uint64_t rows, std::uint64_t T) {
  const std::uint64_t last = first + rows - 1;
  return first / T == last / T ? std::pair{first % T, last % T} : std::pair{std::uint64_t{0}, T - 1};
}

}  // namespace

void InputFetch::ranges(const TileItem& item, std::vector<BitRange>& out) const {
  if (gemm_.kind == GemmGeometry::Kind::conv2d) return conv_ranges(item, out);
  if (item.k != 0) return;
  const std::uint64_t first = item.m * tiling_.tile_m, rows = tiling_.rows(item.m);
  const std::uint64_t l0 = first / gemm_.T, l1 = (first + rows - 1) / gemm_.T;
  const auto [t0, t1] = steps_of(first, rows, gemm_.T);
  if (l0 == 0 && l1 + 1 == gemm_.L) {  // all tokens: the steps follow each other in memory
    out.push_back({t0 * gemm_.L * gemm_.C, (t1 - t0 + 1) * gemm_.L * gemm_.C});
    return;
  }
  for (std::uint64_t t = t0; t <= t1; ++t) out.push_back({(t * gemm_.L + l0) * gemm_.C, (l1 - l0 + 1) * gemm_.C});
}

void InputFetch::conv_ranges(const TileItem& item, std::vector<BitRange>& out) const {
  const std::uint64_t area = gemm_.kernel * gemm_.kernel;
  const std::uint64_t k0 = item.k * tiling_.tile_k, k1 = k0 + tiling_.cols(item.k);
  const std::uint64_t c0 = ceil_div(k0, area), c1 = std::min(ceil_div(k1, area), gemm_.C);  // channels that begin here
  if (c0 >= c1) return;
  const std::uint64_t first = item.m * tiling_.tile_m, rows = tiling_.rows(item.m);
  const std::uint64_t oy0 = first / gemm_.T / gemm_.out_w(), oy1 = (first + rows - 1) / gemm_.T / gemm_.out_w();
  const std::uint64_t top = oy0 * gemm_.stride, bottom = oy1 * gemm_.stride + gemm_.kernel - 1;  // in padded rows
  if (bottom < gemm_.padding || top >= gemm_.H + gemm_.padding) return;
  const std::uint64_t y0 = top > gemm_.padding ? top - gemm_.padding : 0, y1 = std::min(bottom - gemm_.padding, gemm_.H - 1);
  const auto [t0, t1] = steps_of(first, rows, gemm_.T);
  const bool whole_images = y0 == 0 && y1 + 1 == gemm_.H;
  for (std::uint64_t t = t0; t <= t1; ++t) {
    if (whole_images) {
      out.push_back({(t * gemm_.C + c0) * gemm_.H * gemm_.W, (c1 - c0) * gemm_.H * gemm_.W});
      continue;
    }
    for (std::uint64_t c = c0; c < c1; ++c) out.push_back({((t * gemm_.C + c) * gemm_.H + y0) * gemm_.W, (y1 - y0 + 1) * gemm_.W});
  }
}

}  // namespace snnvp::prosperity
