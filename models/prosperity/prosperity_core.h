// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/platform/base/types.h>
#include <snnvp/workloads/network/layers.h>

namespace snnvp::prosperity {

/// What the processor skips: nothing, zeros, or zeros and everything a prefix row has already added.
enum class Sparsity { product, bit, dense };
/// Row order inside a tile: by popcount ("issue type 2"), or a walk of the prefix forest ("issue type 1").
enum class Issue { sorted, tree };
/// Which of the two code paths of the authors' simulator `paper` timing follows (spec/prosperity.md 5.2).
enum class Path { cuda, cpu };

/// Parameters of the unit (spec/prosperity.md 3). Widths are in bits, rates per cycle.
struct Config {
  static constexpr std::uint32_t max_tile_m = 2048;
  static constexpr std::uint32_t max_tile_k = 128;
  static constexpr std::uint32_t max_tile_bits = 32768;  ///< tile_m * tile_k

  std::uint32_t tile_m = 256, tile_k = 16, tile_n = 128;
  std::uint32_t lif_lanes = 32, popcount_rows = 8, multipliers = 32, exp_units = 8, dividers = 1;
  std::uint64_t dram_bits_per_cycle = 1024;
  std::uint32_t spike_bits = 1, weight_bits = 8, psum_bits = 8;
  Sparsity sparsity = Sparsity::product;
  Issue issue = Issue::sorted;
  Path path = Path::cuda;
  bool reuse_detection = false;  ///< `tile` timing only: prefixes found for n = 0 serve all n

  /// The on-chip buffers decide on traffic and hold exactly one tile each.
  Bits spike_sram() const { return Bits{tile_m} * tile_k * spike_bits; }
  Bits weight_sram() const { return Bits{tile_k} * tile_n * weight_bits; }

  /// The same unit priced by the cpu rules: event counts always follow them (decision 21), bit-sparse
  /// and dense runs, issue type 1 and attention know no others (spec/prosperity.md 5.2).
  Config with_cpu_rules() const;
};

/// What is wrong with the parameters, in words for a person; empty if nothing is.
std::string check(const Config& config);

/// How an M x K x N product is cut into tiles. The last tile of each axis is simply shorter.
struct Tiling {
  std::uint64_t M = 0, K = 0, N = 0;
  std::uint32_t tile_m = 1, tile_k = 1, tile_n = 1;
  std::uint64_t nm = 0, nk = 0, nn = 0;

  Tiling() = default;
  Tiling(const Config& config, std::uint64_t m, std::uint64_t k, std::uint64_t n);
  Tiling(const Config& config, const GemmGeometry& gemm) : Tiling(config, gemm.M(), gemm.K(), gemm.N) {}

  std::uint32_t rows(std::uint64_t m) const { return extent(M, tile_m, m); }
  std::uint32_t cols(std::uint64_t k) const { return extent(K, tile_k, k); }
  std::uint32_t width(std::uint64_t n) const { return extent(N, tile_n, n); }
  /// Tiles of the spike matrix; each is visited nn times.
  std::uint64_t spike_tiles() const { return nm * nk; }

private:
  static std::uint32_t extent(std::uint64_t size, std::uint32_t tile, std::uint64_t index) {
    const std::uint64_t left = size - index * tile;
    return left < tile ? static_cast<std::uint32_t>(left) : tile;
  }
};

}  // namespace snnvp::prosperity
