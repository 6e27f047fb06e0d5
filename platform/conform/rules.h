// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

// What the conformance kit checks (spec/tlm.md 12). M: the monitor in a link; S: the scoreboard of a tester; B: the probes behind an
// interconnect; R: registers against their description.
namespace snnvp::conform {

struct Rule {
  const char* id;      ///< "M1"
  const char* what;    ///< what must hold
  const char* blames;  ///< who breaks it
};

/// All rules in the order of reports.
const std::vector<Rule>& rules();
/// Throws std::logic_error if there is none of that name (a bug of ours).
const Rule& rule(const std::string& id);

}  // namespace snnvp::conform
