// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/prosperity/spike_tiles.h>

#include <random>
#include <stdexcept>
#include <utility>

#include <catch2/catch.hpp>

#include "../support/prosperity_tiles.h"

using namespace snnvp;
using namespace snnvp::prosperity;

namespace {

SpikeTensor random_spikes(const GemmGeometry& g, unsigned seed) {
  SpikeTensor tensor = g.kind == GemmGeometry::Kind::conv2d ? SpikeTensor("TCHW", {g.T, g.C, g.H, g.W})
                       : g.L > 1                            ? SpikeTensor("TLC", {g.T, g.L, g.C})
                                                            : SpikeTensor("TC", {g.T, g.C});
  std::mt19937 random(seed);
  for (std::uint64_t i = 0; i < tensor.bits(); ++i) tensor.set(i, random() % 3 == 0);
  return tensor;
}

/// Element (m, k) of the operand by the definition of spec/prosperity.md 4.1.
bool element(const GemmGeometry& g, const SpikeTensor& spikes, std::uint64_t m, std::uint64_t k) {
  const std::uint64_t l = m / g.T, t = m % g.T;
  if (g.kind == GemmGeometry::Kind::fc) return spikes.at((t * g.L + l) * g.C + k);
  const std::uint64_t ch = k / (g.kernel * g.kernel), ky = k / g.kernel % g.kernel, kx = k % g.kernel;
  const std::uint64_t y = l / g.out_w() * g.stride + ky, x = l % g.out_w() * g.stride + kx;
  if (y < g.padding || x < g.padding || y >= g.H + g.padding || x >= g.W + g.padding) return false;
  return spikes.at(((t * g.C + ch) * g.H + y - g.padding) * g.W + x - g.padding);
}

template <class Word>
void check_all_tiles(const Config& config, const GemmGeometry& g, const SpikeTensor& spikes) {
  const Tiling tiling(config, g);
  const SpikeMatrix matrix(g, spikes.view());
  Word stale{};
  test::set_bit(stale, 0);
  std::vector<Word> together(tiling.nk * tiling.tile_m, stale), alone(tiling.tile_m);
  std::uint64_t wrong = 0;
  for (std::uint64_t m = 0; m < tiling.nm; ++m) {
    matrix.extract_tile_row(tiling, m, together.data());
    for (std::uint64_t k = 0; k < tiling.nk; ++k) {
      matrix.extract_tile(tiling, m, k, alone.data());
      for (std::uint32_t i = 0; i < tiling.rows(m); ++i) {
        Word expected{};
        for (std::uint32_t c = 0; c < tiling.cols(k); ++c) {
          if (element(g, spikes, m * tiling.tile_m + i, k * tiling.tile_k + c)) test::set_bit(expected, c);
        }
        wrong += !(expected == alone[i]) + !(expected == together[k * tiling.tile_m + i]);
      }
    }
  }
  CHECK(wrong == 0);
}

void check_all_tiles(std::uint32_t tile_m, std::uint32_t tile_k, const GemmGeometry& g) {
  INFO("tile " << tile_m << " x " << tile_k << ", T " << g.T << ", C " << g.C << ", H " << g.H << ", W " << g.W << ", kernel " << g.kernel
               << ", stride " << g.stride << ", padding " << g.padding);
  Config config;
  config.tile_m = tile_m;
  config.tile_k = tile_k;
  const SpikeTensor spikes = random_spikes(g, tile_m + tile_k);
  if (tile_k <= 16) check_all_tiles<std::uint16_t>(config, g, spikes);
  if (tile_k <= 64) check_all_tiles<std::uint64_t>(config, g, spikes);
  check_all_tiles<Row128>(config, g, spikes);
}

GemmGeometry conv(std::uint64_t T, std::uint64_t C, std::uint64_t H, std::uint64_t W, std::uint64_t kernel, std::uint64_t stride,
                  std::uint64_t padding) {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = T, g.C = C, g.H = H, g.W = W, g.N = 1;
  g.kernel = kernel, g.stride = stride, g.padding = padding;
  return g;
}

GemmGeometry fc(std::uint64_t T, std::uint64_t L, std::uint64_t D) {
  GemmGeometry g;
  g.T = T, g.L = L, g.C = D, g.N = 1;
  return g;
}

}  // namespace

TEST_CASE("conv tiles hold the pixels under the kernel and zeros in the padding", "[prosperity]") {
  for (const auto& tile : {std::pair{256U, 16U}, {7U, 1U}, {64U, 5U}, {33U, 17U}, {16U, 64U}, {5U, 100U}, {3U, 128U}}) {
    check_all_tiles(tile.first, tile.second, conv(4, 3, 8, 8, 3, 1, 1));
    check_all_tiles(tile.first, tile.second, conv(3, 2, 7, 5, 3, 2, 0));
    check_all_tiles(tile.first, tile.second, conv(1, 5, 6, 9, 1, 1, 0));
    check_all_tiles(tile.first, tile.second, conv(5, 1, 9, 9, 5, 3, 2));
    check_all_tiles(tile.first, tile.second, conv(2, 2, 4, 4, 4, 1, 4));
  }
}

TEST_CASE("images and kernels and strides beyond a machine word are cut correctly", "[prosperity]") {
  check_all_tiles(256, 16, conv(2, 1, 3, 64, 3, 1, 1));
  check_all_tiles(64, 16, conv(1, 2, 4, 130, 3, 1, 1));
  check_all_tiles(64, 48, conv(1, 1, 20, 20, 19, 1, 0));
  check_all_tiles(64, 16, conv(1, 1, 70, 70, 65, 3, 2));
  check_all_tiles(64, 16, conv(2, 1, 3, 30, 3, 200, 1));
  check_all_tiles(64, 16, conv(2, 1, 2, 2, 3, 100, 50));
}

TEST_CASE("fc tiles hold the inputs of each position and step", "[prosperity]") {
  for (const auto& tile : {std::pair{256U, 16U}, {4U, 1U}, {9U, 13U}, {64U, 57U}, {64U, 64U}, {5U, 100U}, {8U, 128U}}) {
    check_all_tiles(tile.first, tile.second, fc(4, 1, 300));
    check_all_tiles(tile.first, tile.second, fc(3, 11, 77));
    check_all_tiles(tile.first, tile.second, fc(1, 1, 1));
  }
}

TEST_CASE("a transposed cut reads columns as rows", "[prosperity]") {
  const GemmGeometry g = fc(1, 40, 90);
  const SpikeTensor spikes = random_spikes(g, 1);
  const SpikeMatrix transposed(spikes.data(), 90, 40, {0, 90, 0, 1, 90});
  Config config;
  const Tiling tiling(config, 90, 40, 1);
  std::vector<std::uint16_t> rows(tiling.tile_m);
  for (std::uint64_t k = 0; k < tiling.nk; ++k) {
    transposed.extract_tile(tiling, 0, k, rows.data());
    for (std::uint64_t m = 0; m < 90; ++m) {
      for (std::uint32_t c = 0; c < tiling.cols(k); ++c) CHECK(test::get_bit(rows[m], c) == spikes.at((k * 16 + c) * 90 + m));
    }
  }
}

TEST_CASE("a tensor of another size than the layer's is refused", "[prosperity]") {
  const SpikeTensor spikes = random_spikes(fc(4, 1, 100), 1);
  CHECK_THROWS_AS(SpikeMatrix(fc(4, 1, 101), spikes.view()), std::invalid_argument);
}
