// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/run/simulation.h>

namespace snnvp {

std::string data_dir() {
  namespace fs = std::filesystem;
  if (const char* given = std::getenv("SNNVP_DATA_DIR"); given && *given) {
    if (!fs::is_directory(std::string(given) + "/tech"))
      throw InputError("SNNVP_DATA_DIR is " + std::string(given) + ", which has no folder tech");
    return given;
  }
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed = executable.parent_path().parent_path() / "share" / "snnvp";
    if (fs::is_directory(installed / "tech", error)) return installed.string();
  }
  if (fs::is_directory(std::string(SNNVP_SOURCE_DATA) + "/tech", error)) return SNNVP_SOURCE_DATA;
  throw InputError("the technology tables are not found: set SNNVP_DATA_DIR to the folder that holds tech/");
}

std::string tool_version() { return SNNVP_VERSION; }

}  // namespace snnvp
