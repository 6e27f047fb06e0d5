// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../support/process.h"

namespace snnvp::test {

/// A run of the program with --json: what the simulated world prints is on stderr then.
struct FirmwareRun {
  ProcessResult process;
  nlohmann::json report;

  /// In the diagnosis, or among the errors of a scenario that was refused.
  bool says(const std::string& text) const {
    return report.is_object() ? report["diagnosis"].dump().find(text) != std::string::npos : process.err.find(text) != std::string::npos;
  }
};

inline FirmwareRun run_firmware(const std::string& scenario, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run", scenario, "--json", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  FirmwareRun result{run_snnvp(arguments), {}};
  result.report = nlohmann::json::parse(result.process.out, nullptr, false);
  return result;
}

}  // namespace snnvp::test
