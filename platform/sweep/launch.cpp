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

Advance launch_local(const Plan& plan, const std::string& folder, unsigned jobs, bool retry, const std::atomic<bool>& stop,
                     const std::function<void(const Advance&)>& advance) {
  Advance now;
  std::vector<const PlannedPoint*> open_points;
  std::set<std::string> keys;
  for (const PlannedPoint& point : plan.points) {
    if (!keys.insert(point.key).second) continue;
    ++now.total;
    const auto before = load_result(folder, point.key);
    if (before && (before->is_ok() || !retry)) {
      ++now.done;
      now.failed += !before->is_ok();
    } else {
      open_points.push_back(&point);
    }
  }
  advance(now);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> broken{false};
  std::exception_ptr problem;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < open_points.size() && !stop && !broken; i = next++) {
      try {
        const bool ran = run_point(plan, *open_points[i], folder, retry);
        const auto result = load_result(folder, open_points[i]->key);
        const std::lock_guard<std::mutex> guard(mutex);
        if (!result) continue;  // interrupted
        ++now.done;
        now.ran += ran;
        now.failed += !result->is_ok();
        now.point = open_points[i];
        now.result = &*result;
        advance(now);
        now.point = nullptr;
        now.result = nullptr;
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

}  // namespace snnvp::sweep
