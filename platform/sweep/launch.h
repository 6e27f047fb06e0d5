// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/sweep/plan.h>
#include <snnvp/platform/sweep/point_result.h>

namespace snnvp::sweep {

/// One sweep at a time works in a folder. Throws InputError if another process holds it; gone with the process that held it.
class FolderLock {
public:
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

private:
  int fd_ = -1;
};

/// How far a launch is.
struct Advance {
  std::uint64_t done = 0, total = 0;    ///< different points, those included whose result was there before
  std::uint64_t ran = 0, failed = 0;    ///< done now; of all done, how many are not ok
  const PlannedPoint* point = nullptr;  ///< the one that has just ended, or nullptr
  const PointResult* result = nullptr;
};

/// Runs a point and stores its result; nothing if it was interrupted. Called from several threads at once.
using RunPoint = std::function<std::optional<PointResult>(const PlannedPoint&)>;

/// Runs what has no result yet, `jobs` at a time, in the order of the points; equal points run once. `retry`: also what has failed.
/// `advance` is told of results that are there, then after each run, never from two threads at once. Ends early when `stop` is set.
/// What `run` throws ends the launch. Results do not depend on `jobs`.
Advance launch(const std::vector<const PlannedPoint*>& points, const std::string& folder, unsigned jobs, bool retry,
               const std::atomic<bool>& stop, const RunPoint& run, const std::function<void(const Advance&)>& advance);

/// The same for all points of a plan, each a process of its own.
Advance launch_local(const Plan& plan, const std::string& folder, unsigned jobs, bool retry, const std::atomic<bool>& stop,
                     const std::function<void(const Advance&)>& advance);

}  // namespace snnvp::sweep
