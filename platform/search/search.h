// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/search/methods.h>
#include <snnvp/platform/search/point_evaluator.h>
#include <snnvp/platform/search/search_file.h>

namespace snnvp::search {

struct SearchOptions {
  std::vector<std::string> overrides;  ///< `--set` texts for the base scenario
  std::vector<std::string> plugins;    ///< files every run loads, absolute
  std::string folder;                  ///< where results are kept; what is there already is not evaluated again
  unsigned jobs = 1;                   ///< evaluations at a time; the result does not depend on it
  bool retry = false;                  ///< evaluate again what has failed
  std::string tool_build;              ///< of which the results are
  sweep::Identify identify;
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::size_t done, std::size_t total)> progress = [](std::size_t, std::size_t) {};
  Evolve evolve;  ///< NSGA-II
  /// Volume dominated by points up to a reference (smaller is better).
  std::function<double(std::vector<std::vector<double>>, const std::vector<double>&)> hypervolume;
};

/// What a search leaves behind.
struct SearchOutcome {
  nlohmann::ordered_json json;                             ///< search.json
  std::string summary;                                     ///< for people
  std::vector<std::pair<std::string, std::string>> files;  ///< more files: name, content
  bool all_ok = true;                                      ///< every point could be evaluated
  bool is_table = false;                                   ///< the folder holds the tables of a sweep, too
};

/// Evaluates what is needed and finds the best points. Throws InputError, PeerError, Interrupted.
SearchOutcome run_search(const SearchFile& file, const SearchOptions& options);

/// The evaluator a search file asks for, with nothing evaluated yet. `total`: for the progress; 0: unknown.
PointSettings point_settings(const SearchFile& file, const SearchOptions& options, std::size_t total);

/// Searches with one value per layer, and with one per run.
SearchOutcome search_per_layer(const SearchFile& file, const SearchOptions& options);
SearchOutcome search_per_run(const SearchFile& file, const SearchOptions& options);

/// What was looked at and how, in words: for coordinate descent and exhaustive search.
std::string method_text(bool is_exhaustive, std::uint64_t looked, std::uint64_t all, std::uint64_t restarts);

}  // namespace snnvp::search
