// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/spikes/product_density.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {

namespace {

std::uint64_t popcount(std::uint64_t x) { return static_cast<std::uint64_t>(__builtin_popcountll(x)); }

// Whether element (m, k) of the GEMM's left operand is a spike; m = position * T + t.
bool spike_at(const GemmGeometry& g, const SpikeView& spikes, std::uint64_t m, std::uint64_t k) {
  const std::uint64_t t = m % g.T;
  const std::uint64_t position = m / g.T;
  if (g.kind == GemmGeometry::Kind::fc) return spikes.at((t * g.L + position) * g.C + k);
  const std::uint64_t area = g.kernel * g.kernel;
  const std::uint64_t y = position / g.out_w() * g.stride + k % area / g.kernel - g.padding;  // wraps above the image: out of range
  const std::uint64_t x = position % g.out_w() * g.stride + k % g.kernel - g.padding;
  return y < g.H && x < g.W && spikes.at(((t * g.C + k / area) * g.H + y) * g.W + x);
}

// Equal rows need one computation; a row with one spike is never matched; of the others the largest proper subset counts.
std::uint64_t product_ones(std::vector<std::uint64_t>& rows) {
  std::sort(rows.begin(), rows.end(),
            [](std::uint64_t a, std::uint64_t b) { return popcount(a) != popcount(b) ? popcount(a) > popcount(b) : a < b; });
  std::uint64_t left = 0;
  for (auto row = rows.begin(); row != rows.end() && *row != 0; ++row) {
    const std::uint64_t ones = popcount(*row);
    if (ones == 1) {
      ++left;
      continue;
    }
    if (row != rows.begin() && *(row - 1) == *row) continue;
    const auto prefix = std::find_if(row, rows.end(), [&](std::uint64_t other) { return (other & ~*row) == 0 && other != *row; });
    left += ones - (prefix == rows.end() ? 0 : popcount(*prefix));
  }
  return left;
}

}  // namespace

SparsityCount count_sparsity(const GemmGeometry& g, const SpikeView& spikes, std::uint64_t tile_m, std::uint64_t tile_k) {
  if (tile_m == 0 || tile_k == 0 || tile_k > 64)
    throw InputError(fmt::format("product density needs tile_m >= 1 and tile_k 1 to 64, got {} x {}", tile_m, tile_k));
  SparsityCount count;
  count.elements = g.M() * g.K();
  std::vector<std::uint64_t> rows;
  for (std::uint64_t m0 = 0; m0 < g.M(); m0 += tile_m)
    for (std::uint64_t k0 = 0; k0 < g.K(); k0 += tile_k) {
      rows.clear();
      for (std::uint64_t m = m0; m < std::min(m0 + tile_m, g.M()); ++m) {
        std::uint64_t row = 0;
        for (std::uint64_t k = k0; k < std::min(k0 + tile_k, g.K()); ++k) row |= std::uint64_t{spike_at(g, spikes, m, k)} << (k - k0);
        rows.push_back(row);
        count.ones += popcount(row);
      }
      count.product_ones += product_ones(rows);
    }
  return count;
}

}  // namespace snnvp
