// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/conform/verdict.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::conform {

struct ScenarioCheck {
  std::vector<Verdict> verdicts;  ///< one per link that was used
  std::string status;             ///< how the run ended
};

/// Runs a scenario with a monitor in every link: initiators are judged by what they really send. `port`: only links from or to this block
/// or port ("pu" or "pu.dma"); empty: all. Once per process.
ScenarioCheck check_scenario(const std::string& file, const std::vector<std::string>& overrides, std::unique_ptr<Registry> registry,
                             const std::vector<std::string>& plugins, const std::string& port);

}  // namespace snnvp::conform
