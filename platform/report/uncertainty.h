// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/report/ledger.h>

namespace snnvp {

/// Draw i of a constant, uniform in [0, 1): the same in every report, whatever else is priced (spec/energy.md 4.7).
double uniform_draw(std::string_view path, std::uint64_t seed, std::uint64_t i);
/// Draw i, log-uniform on [lo, hi]; `value` itself if there is no band.
double draw(const Constant& constant, std::uint64_t seed, std::uint64_t i);

/// 5th and 95th percentile by nearest rank.
struct Band {
  double p5 = 0, p95 = 0;
};

/// Total energy (J) of each draw: counts as they are, all banded constants redrawn.
std::vector<double> draw_totals(const Ledger& ledger, unsigned draws, std::uint64_t seed);
/// Percentiles of `values`, in 12 digits.
Band nearest_rank_band(std::vector<double> values);
/// Band of the total with the draws and seed of the ledger's settings.
Band energy_band(const Ledger& ledger);
/// Band of a/b from the per-draw ratios: both share their draws.
Band ratio_band(const Ledger& a, const Ledger& b, unsigned draws, std::uint64_t seed);

}  // namespace snnvp
