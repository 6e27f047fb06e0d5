// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <snnvp/platform/search/peer.h>
#include <snnvp/platform/search/search_file.h>
#include <snnvp/platform/sweep/launch.h>
#include <snnvp/platform/sweep/plan.h>

namespace snnvp::search {

/// The search was told to stop; what is done is in its folder.
struct Interrupted {};

/// How points are evaluated.
struct PointSettings {
  sweep::Plan plan;          ///< without points; names base, overrides, plug-ins, metrics, build
  Command command;           ///< asked instead of simulating, if it has words
  sweep::Identify identify;  ///< of a scenario under `--set` texts
  std::string folder;        ///< results are kept here as those of a sweep
  unsigned jobs = 1;         ///< evaluations at a time; no result depends on it
  bool retry = false;        ///< also what has failed before
  const std::atomic<bool>* stop = nullptr;
  std::function<void()> finished = [] {};  ///< after each point; never from two threads at once
};

/// Evaluates settings, by simulation in processes of their own or by asking a program, and keeps the results by their content: what is
/// known is not evaluated again, in this search or the next one in the folder.
class PointEvaluator {
public:
  explicit PointEvaluator(PointSettings settings);

  /// The result of each setting, told by its index in any order, never from two threads at once. A wrong one throws InputError in the
  /// first call, before anything is run, and gets `bad_input` later. Throws PeerError, Interrupted.
  void evaluate(const std::vector<sweep::Setting>& settings, const std::function<void(std::size_t, const sweep::PointResult&)>& visit);

  /// One setting by itself; may be called from several threads at once.
  sweep::PointResult evaluate_one(const sweep::Setting& setting);

  /// All settings so far, as a sweep's plan.
  const sweep::Plan& plan() const { return settings_.plan; }

private:
  /// Names the points; stores why one is wrong if it is.
  std::vector<sweep::PlannedPoint> identified(const std::vector<sweep::Setting>& settings, unsigned jobs,
                                              std::vector<std::string>& problems);
  sweep::RunPoint runner();
  sweep::PointResult ask(Peer& peer, const sweep::PlannedPoint& point) const;
  void start_peers(std::size_t n);

  PointSettings settings_;
  std::string command_digest_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Peer>> idle_peers_;
  std::size_t peers_ = 0;
  static const std::atomic<bool> never_;
};

/// A setting as JSON: numbers and booleans as such, other texts as texts.
nlohmann::ordered_json params_json(const sweep::Setting& setting);

}  // namespace snnvp::search
