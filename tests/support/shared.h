// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace snnvp::test {

/// The folder with reference data beside the repository (golden/, spikes/), or nothing: SNNVP_SHARED_DIR, else ../shared.
inline std::optional<std::string> shared_dir() {
  const char* given = std::getenv("SNNVP_SHARED_DIR");
  const std::string folder = given && *given ? given : SNNVP_SOURCE_DIR "/../shared";
  if (!std::filesystem::is_directory(folder + "/golden") || !std::filesystem::is_directory(folder + "/spikes")) return std::nullopt;
  return folder;
}

}  // namespace snnvp::test

/// Declares `std::string dir` with the reference data, or ends the test case as skipped with a word why.
#define SNNVP_NEEDS_SHARED(dir)                       \
  const auto dir##_found = snnvp::test::shared_dir(); \
  if (!dir##_found) {                                 \
    std::puts("SKIPPED: ../shared is absent");        \
    SUCCEED("reference data are absent");             \
    return;                                           \
  }                                                   \
  const std::string dir = *dir##_found
