// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/search/search_file.h>

namespace snnvp::search {

struct SearchOptions {
  std::vector<std::string> overrides;  ///< `--set` texts for the base scenario
  unsigned jobs = 1;                   ///< simulations at a time; the result does not depend on it
  std::function<void(std::size_t done, std::size_t total)> progress = [](std::size_t, std::size_t) {};
};

/// What a search leaves behind.
struct SearchOutcome {
  nlohmann::ordered_json json;                             ///< search.json
  std::string summary;                                     ///< for people
  std::vector<std::pair<std::string, std::string>> files;  ///< more files: name, content
};

/// Simulates what is needed and finds the best point. Throws InputError.
SearchOutcome run_search(const SearchFile& file, const SearchOptions& options);

}  // namespace snnvp::search
