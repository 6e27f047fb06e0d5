// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/launch.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <snnvp/platform/base/text.h>

namespace snnvp::sweep {

FolderLock::FolderLock(const std::string& folder) {
  fd_ = open((folder + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw InputError("cannot write in " + quote(folder));
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  close(fd_);
  throw InputError("another sweep is working in " + quote(folder) + "\n    wait for its end, or use another folder");
}

FolderLock::~FolderLock() { close(fd_); }

Advance launch(const std::vector<const PlannedPoint*>& points, const std::string& folder, unsigned jobs, bool retry,
               const std::atomic<bool>& stop, const RunPoint& run, const std::function<void(const Advance&)>& advance) {
  Advance now;
  std::vector<const PlannedPoint*> open_points;
  std::set<std::string> keys;
  for (const PlannedPoint* point : points) now.total += keys.insert(point->key).second;
  const auto tell = [&](const PlannedPoint* point, const PointResult& result) {
    ++now.done;
    now.failed += !result.is_ok();
    now.point = point;
    now.result = &result;
    advance(now);
    now.point = nullptr;
    now.result = nullptr;
  };
  for (const PlannedPoint* point : points) {
    if (keys.erase(point->key) == 0) continue;
    const auto before = load_result(folder, point->key);
    if (before && (before->is_ok() || !retry))
      tell(point, *before);
    else
      open_points.push_back(point);
  }
  std::atomic<std::size_t> next{0};
  std::atomic<bool> broken{false};
  std::exception_ptr problem;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < open_points.size() && !stop && !broken; i = next++) {
      try {
        const std::optional<PointResult> result = run(*open_points[i]);
        const std::lock_guard<std::mutex> guard(mutex);
        if (!result) continue;  // interrupted
        ++now.ran;
        tell(open_points[i], *result);
      } catch (...) {  // no space, no processes: nothing a next point would do better
        const std::lock_guard<std::mutex> guard(mutex);
        if (!problem) problem = std::current_exception();
        broken = true;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < jobs && t < open_points.size(); ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (problem) std::rethrow_exception(problem);
  return now;
}

Advance launch_local(const Plan& plan, const std::string& folder, unsigned jobs, bool retry, const std::atomic<bool>& stop,
                     const std::function<void(const Advance&)>& advance) {
  std::vector<const PlannedPoint*> points;
  for (const PlannedPoint& point : plan.points) points.push_back(&point);
  const RunPoint run = [&](const PlannedPoint& point) { return run_point(plan, point, folder); };
  return launch(points, folder, jobs, retry, stop, run, advance);
}

}  // namespace snnvp::sweep
