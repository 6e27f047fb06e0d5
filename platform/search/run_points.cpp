// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/run_points.h>

#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/self_process.h>

namespace snnvp::search {

namespace {

Ended run_one(const std::string& scenario, const std::vector<std::string>& overrides) {
  std::vector<std::string> arguments{"run", scenario, "--json", "--quiet"};
  for (const std::string& text : overrides) arguments.insert(arguments.end(), {"--set", text});
  return run_self(arguments, 0);
}

std::string joined(const std::vector<std::string>& overrides) {
  std::string text;
  for (const std::string& o : overrides) text += (text.empty() ? "" : " ") + o;
  return text;
}

}  // namespace

std::vector<nlohmann::json> run_points(const std::string& scenario, const std::vector<std::vector<std::string>>& points, unsigned jobs,
                                       const std::function<void(std::size_t)>& finished) {
  std::vector<nlohmann::json> reports(points.size());
  std::vector<std::string> problems(points.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::size_t done = 0;
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t i = next++; i < points.size() && !failed; i = next++) {
      try {
        const Ended ended = run_one(scenario, points[i]);
        if (ended.exit_code == 0) {
          reports[i] = nlohmann::json::parse(ended.out);
        } else {
          // What a run that ended badly has to say stands in its report.
          std::string why = ended.err;
          if (const auto report = nlohmann::json::parse(ended.out, nullptr, false); report.is_object()) {
            why += report.value("status", std::string());
            for (const auto& item : report.value("diagnosis", nlohmann::json::array())) why += "; " + item.value("text", std::string());
          }
          problems[i] = fmt::format("the point {} ended with exit code {}\n{}", joined(points[i]), ended.exit_code, why);
        }
      } catch (const std::exception& error) {
        problems[i] = fmt::format("the point {} could not be run: {}", joined(points[i]), error.what());
      }
      if (!problems[i].empty()) failed = true;
      const std::lock_guard<std::mutex> lock(mutex);
      finished(++done);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < jobs && t < points.size(); ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (const std::string& problem : problems)
    if (!problem.empty()) throw InputError(problem);
  return reports;
}

}  // namespace snnvp::search
