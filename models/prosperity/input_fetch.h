// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/models/prosperity/tile_timing.h>

namespace snnvp::prosperity {

/// Consecutive bits of the input tensor.
struct BitRange {
  std::uint64_t first = 0, count = 0;
};

/// Which rows of the input tensor a tile visit has to bring on chip.
///
/// Each input row is read once per (m, n): a convolution's (t, channel, y) rows with the k tile in which the
/// channel begins, a fully connected layer's (t, l) rows with the first k tile. Adjacent rows make one range.
class InputFetch {
public:
  InputFetch(const GemmGeometry& gemm, const Tiling& tiling) : gemm_(gemm), tiling_(tiling) {}

  /// Appends the ranges of visit `item`.
  void ranges(const TileItem& item, std::vector<BitRange>& out) const;

private:
  void conv_ranges(const TileItem& item, std::vector<BitRange>& out) const;

  GemmGeometry gemm_;
  Tiling tiling_;
};

}  // namespace snnvp::prosperity
