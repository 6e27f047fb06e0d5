// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/run/simulation.h>

#include "fresh_kernel.h"

namespace snnvp::test {

/// Calls `body` in a child process and returns what it returned: a kernel runs once per process, and what happens to
/// it must not touch the test. An exception or a signal in the child is an exception here.
inline nlohmann::json in_child(const std::function<nlohmann::json()>& body) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe failed");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    close(ends[0]);
    nlohmann::json answer;
    try {
      const FreshKernel kernel;  // whatever ran in the test's own process
      answer = {{"value", body()}};
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    } catch (...) {
      answer = {{"error", "an exception of unknown type"}};
    }
    const std::string text = answer.dump();
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
      if (n <= 0) _exit(1);
      done += static_cast<std::size_t>(n);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) throw std::runtime_error("the child died of signal " + std::to_string(WTERMSIG(status)));
  const auto answer = nlohmann::json::parse(text);
  if (answer.contains("error")) throw std::runtime_error(answer.at("error").get<std::string>());
  return answer.at("value");
}

/// How a run ended.
struct RunEnd {
  std::string status;
  int exit_code = 0;
  std::uint64_t compared = 0, mismatches = 0, cycles = 0;
  std::vector<std::string> rules;  ///< of the diagnosis
  std::string text;                ///< all diagnosis texts
};

inline RunEnd end_of(const RunOutcome& outcome) {
  RunEnd end{outcome.report.status, outcome.exit_code, outcome.report.compared, outcome.report.mismatches, 0, {}, {}};
  if (!outcome.report.engines.empty()) end.cycles = outcome.report.engines.front().cycles;
  for (const auto& d : outcome.report.diagnosis) {
    end.rules.push_back(d.rule);
    end.text += d.rule + ": " + d.text + "\n";
  }
  return end;
}

/// Simulates a shipped scenario in a child process.
inline RunEnd run_forked(const std::string& scenario, const std::vector<std::string>& overrides, RunOptions options = {}) {
  options.progress = false;
  const auto json = in_child([&]() -> nlohmann::json {
    Prepared prepared = prepare(SNNVP_SOURCE_DIR "/scenarios/" + scenario, overrides, all_kinds());
    const RunEnd end = end_of(simulate(prepared, options));
    return {{"status", end.status}, {"exit_code", end.exit_code}, {"compared", end.compared}, {"mismatches", end.mismatches},
            {"cycles", end.cycles}, {"rules", end.rules},         {"text", end.text}};
  });
  return {json.at("status"), json.at("exit_code"), json.at("compared"), json.at("mismatches"),
          json.at("cycles"), json.at("rules"),     json.at("text")};
}

}  // namespace snnvp::test
