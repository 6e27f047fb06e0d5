// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/platform/search/methods.h>

// What pagmo does for searches. The only place that includes it; linked into the program alone.
namespace snnvp::search {

/// NSGA-II (Deb et al. 2002) with pagmo's operators and batch evaluation. Dimensions of numbers are real variables, cut to the choice
/// they fall on, so that mutation stays near; words are integers, which pagmo exchanges and redraws. Deterministic for a seed.
void evolve_with_pagmo(const Evolution& evolution);

/// The volume that `points` dominate, up to `reference` (smaller is better). Points that do not dominate it count nothing.
double hypervolume_with_pagmo(std::vector<std::vector<double>> points, const std::vector<double>& reference);

}  // namespace snnvp::search
