// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/json_path.h>

namespace snnvp::desk {

/// What a run left behind, as `snnvp run --out` wrote it. The desk's tools read files only and know nothing of blocks.
struct RunFolder {
  std::string path;               ///< as given
  std::string folder;             ///< the same, or the folder of the report that was given
  nlohmann::ordered_json report;  ///< report.json
  nlohmann::ordered_json host;    ///< host.json, null if absent
  nlohmann::ordered_json uncertainty;  ///< uncertainty.json, null if absent
};

/// Reads a folder, or a report.json by itself (`run --json > FILE`). Throws InputError if it is none, damaged, or of a newer schema.
RunFolder read_run(const std::string& path);

}  // namespace snnvp::desk
