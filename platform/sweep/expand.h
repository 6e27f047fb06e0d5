// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/sweep/sweep_file.h>

namespace snnvp::sweep {

/// One setting of all axes: the texts of `--set`, in the order of the axes.
using Setting = std::vector<std::pair<std::string, std::string>>;

/// The settings of a sweep in their order: grid (last axis fastest), zip, or drawn. What breaks a constraint is left out.
/// A pure function of the file. Throws InputError: too many points, a constraint that cannot be read, none left.
std::vector<Setting> expand(const SweepFile& file);

/// The seed of a replica: the base seed itself for the first, then mixed (decision 66). Below 2^53, so that every reader keeps it.
std::uint64_t replica_seed(std::uint64_t base_seed, std::uint64_t replica);

}  // namespace snnvp::sweep
