// SPDX-License-Identifier: Apache-2.0
// Which input rows a tile visit brings on chip (decision 19): all it needs, each once per n tile.
#include <snnvp/models/prosperity/input_fetch.h>

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

using namespace snnvp;
using namespace snnvp::prosperity;

namespace {

Config tiles(std::uint32_t m, std::uint32_t k, std::uint32_t n) {
  Config config;
  config.tile_m = m, config.tile_k = k, config.tile_n = n;
  return config;
}

/// Input bits that tile (m, k) reads, by im2col element for element.
std::set<std::uint64_t> needed(const GemmGeometry& g, const Tiling& t, const TileItem& item) {
  std::set<std::uint64_t> bits;
  for (std::uint64_t i = 0; i < t.rows(item.m); ++i)
    for (std::uint64_t j = 0; j < t.cols(item.k); ++j) {
      const std::uint64_t m = item.m * t.tile_m + i, k = item.k * t.tile_k + j, l = m / g.T, step = m % g.T;
      if (g.kind == GemmGeometry::Kind::fc) {
        bits.insert((step * g.L + l) * g.C + k);
        continue;
      }
      const std::uint64_t area = g.kernel * g.kernel, c = k / area, ky = k % area / g.kernel, kx = k % g.kernel;
      const std::int64_t y = static_cast<std::int64_t>(l / g.out_w() * g.stride + ky) - static_cast<std::int64_t>(g.padding);
      const std::int64_t x = static_cast<std::int64_t>(l % g.out_w() * g.stride + kx) - static_cast<std::int64_t>(g.padding);
      if (y < 0 || x < 0 || y >= static_cast<std::int64_t>(g.H) || x >= static_cast<std::int64_t>(g.W)) continue;
      bits.insert(((step * g.C + c) * g.H + static_cast<std::uint64_t>(y)) * g.W + static_cast<std::uint64_t>(x));
    }
  return bits;
}

/// What must hold for every geometry; `rows` are the units that are read once per (m, n).
void check_fetch(const GemmGeometry& g, const Config& config) {
  const Tiling t(config, g);
  const InputFetch fetch(g, t);
  const std::uint64_t row_bits = g.kind == GemmGeometry::Kind::conv2d ? g.W : g.C;
  for (std::uint64_t m = 0; m < t.nm; ++m)
    for (std::uint64_t n = 0; n < t.nn; ++n) {
      std::map<std::uint64_t, int> times;  // of each input row for this (m, n)
      std::set<std::uint64_t> on_chip;
      for (std::uint64_t k = 0; k < t.nk; ++k) {
        const TileItem item{m, n, k};
        std::vector<BitRange> ranges;
        fetch.ranges(item, ranges);
        for (const BitRange& range : ranges) {
          REQUIRE(range.count > 0);
          REQUIRE(range.first + range.count <= g.input_bits());
          REQUIRE(range.first % row_bits == 0);
          REQUIRE(range.count % row_bits == 0);
          for (std::uint64_t row = range.first / row_bits; row < (range.first + range.count) / row_bits; ++row) ++times[row];
          for (std::uint64_t bit = 0; bit < range.count; ++bit) on_chip.insert(range.first + bit);
        }
        for (const std::uint64_t bit : needed(g, t, item))
          if (!on_chip.count(bit)) FAIL("bit " << bit << " is not there for tile " << m << " " << n << " " << k);
      }
      for (const auto& [row, count] : times)
        if (count != 1) FAIL("input row " << row << " is read " << count << " times for m " << m);
    }
}

}  // namespace

TEST_CASE("a fully connected layer brings its rows with the first column tile") {
  GemmGeometry g;
  g.T = 4, g.L = 1, g.C = 100, g.N = 300;
  const Tiling t(tiles(256, 16, 128), g);
  const InputFetch fetch(g, t);
  std::vector<BitRange> ranges;
  fetch.ranges({0, 0, 0}, ranges);
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].first == 0);
  CHECK(ranges[0].count == 400);
  ranges.clear();
  fetch.ranges({0, 0, 3}, ranges);
  CHECK(ranges.empty());
  fetch.ranges({0, 2, 0}, ranges);
  CHECK(ranges.size() == 1);  // again for the next n tile
}

TEST_CASE("a convolution brings a channel with the tile in which it begins") {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 1, g.C = 4, g.H = g.W = 8, g.N = 8, g.kernel = 3, g.stride = 1, g.padding = 1;
  const Tiling t(tiles(64, 16, 128), g);
  const InputFetch fetch(g, t);
  std::vector<BitRange> ranges;
  fetch.ranges({0, 0, 0}, ranges);  // columns 0 to 15: channels 0 and 1 begin here
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].first == 0);
  CHECK(ranges[0].count == 128);
  ranges.clear();
  fetch.ranges({0, 0, 1}, ranges);  // columns 16 to 31: channels 2 and 3
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].first == 128);
  ranges.clear();
  fetch.ranges({0, 0, 2}, ranges);  // the rest of channel 3
  CHECK(ranges.empty());
}

TEST_CASE("whatever the geometry a tile finds its spikes on chip and each row is read once") {
  std::mt19937 random(17);
  const auto between = [&random](std::uint32_t low, std::uint32_t high) { return low + random() % (high - low + 1); };
  for (int round = 0; round < 250; ++round) {
    GemmGeometry g;
    g.T = between(1, 6);
    g.N = between(1, 20);
    if (random() % 2) {
      g.kind = GemmGeometry::Kind::conv2d;
      g.C = between(1, 5);
      g.kernel = between(1, 4);
      g.padding = between(0, static_cast<std::uint32_t>(g.kernel) - 1);
      g.stride = between(1, 3);
      g.H = g.W = between(static_cast<std::uint32_t>(g.kernel), 9);
    } else {
      g.C = between(1, 40);
      g.L = between(1, 9);
    }
    INFO("round " << round);
    check_fetch(g, tiles(between(1, 60), between(1, 40), between(1, 20)));
  }
}
