// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/sweep/plan.h>

namespace snnvp::sweep {

/// What checking a scenario under some `--set` texts came to.
struct Identified {
  std::optional<Identity> identity;
  std::string problem;  ///< everything wrong, if there is no identity
};

/// Checks each of `overrides`, in up to `jobs` processes forked from this one, which must have no threads: reading scenarios is not
/// for several threads at once, and takes a third of the time of a small run. The result does not depend on `jobs`.
std::vector<Identified> identify_all(const std::vector<std::vector<std::string>>& overrides, unsigned jobs, const Identify& identify);

}  // namespace snnvp::sweep
