// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/run/program.h>

namespace snnvp {

/// How the results in memory compare with the golden model.
struct CheckResult {
  std::uint64_t compared = 0, mismatches = 0;
  std::string first;  ///< the first difference in words, empty if there is none
};

/// Reads every expected tensor back by debug transport and compares it value by value.
CheckResult check_results(engine::JobDriver& driver, const std::vector<Expectation>& expectations);

}  // namespace snnvp
