// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/prosperity/gemm_analysis.h>
#include <snnvp/models/prosperity/paper_timing.h>

namespace snnvp::prosperity {

/// One visit of a spike tile. Visits come in the order m, n, k.
struct TileItem {
  std::uint64_t m = 0, n = 0, k = 0;
};

/// Which visit comes when, and the bits each must fetch (decision 19; the cpu rules of spec/prosperity.md 5.2, tile
/// by tile, so that their sum is the layer's DRAM traffic).
class TileSchedule {
public:
  TileSchedule(const Config& config, const Tiling& tiling, std::uint64_t kernel_area, const OnChip& on_chip);

  std::uint64_t items() const { return tiling_.nm * tiling_.nn * tiling_.nk; }
  TileItem item(std::uint64_t index) const;
  const Tiling& tiling() const { return tiling_; }

  bool fetches_weights(const TileItem& item) const { return weights_ == Fetch::always || (weights_ == Fetch::first && item.m == 0); }
  bool fetches_spikes(const TileItem& item) const { return spikes_ == Fetch::always || (spikes_ == Fetch::first && item.n == 0); }
  Bits weight_bits(const TileItem& item) const;
  /// Bits from DRAM: on-chip im2col divides a tile's bits by the kernel area, rounding down.
  Bits spike_bits(const TileItem& item) const;

private:
  enum class Fetch { never, first, always };
  Tiling tiling_;
  std::uint64_t kernel_area_;
  std::uint32_t weight_bits_, spike_bits_;
  Fetch weights_, spikes_;
};

/// What one visit costs the detector and the processor.
struct StageCycles {
  Cycles detect = 0;   ///< p
  Cycles compute = 0;  ///< c
};
/// With `reuse_detection` prefixes found for n = 0 serve all n.
StageCycles stage_cycles(const Config& config, const GemmAnalysis& analysis, const TileItem& item);

/// Fetch, detect and compute of tile after tile with ping-pong buffers (spec/prosperity.md 5.7).
///
/// startC(i) = max(endC(i-1), endD(i)); startD(i+1) = max(startC(i), endF(i+1)); the fetch of tile i + prefetch
/// waits for endC(i). Times are cycles from an origin of the caller's choice.
class TilePipeline {
public:
  struct Times {
    Cycles detect_start = 0, detect_end = 0, compute_start = 0, compute_end = 0;
  };
  explicit TilePipeline(Cycles start = 0) : last_{start, start, start, start} {}

  /// The next tile, whose operands are on chip at `fetch_end`.
  const Times& push(Cycles fetch_end, const StageCycles& stages);
  /// When the last tile pushed has been computed.
  Cycles end() const { return last_.compute_end; }

private:
  Times last_;
};

/// GEMM cycles of a layer when fetching takes no time: p_0 + sum of max(c_i, p_{i+1}).
Cycles pipeline_cycles(const Config& config, const GemmAnalysis& analysis);
Cycles pipeline_cycles(const std::vector<StageCycles>& items);
/// The same with `fetch[i]` cycles for tile i on one port and `prefetch_tiles` buffer slots.
Cycles pipeline_cycles(const std::vector<StageCycles>& items, const std::vector<Cycles>& fetch, std::uint32_t prefetch_tiles);

}  // namespace snnvp::prosperity
