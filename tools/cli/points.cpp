// SPDX-License-Identifier: Apache-2.0
#include "points.h"

#include <csignal>
#include <filesystem>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/config/document_cache.h>
#include <snnvp/platform/run/simulation.h>

#include "run_files.h"

namespace snnvp::cli {

std::string tool_build() {
  std::string problem;
  const auto digest = sha256_of_file("/proc/self/exe", problem);
  if (!digest) throw InputError(problem);
  return tool_version() + "-" + digest->substr(0, 16);
}

sweep::Identify identify_points_of(const std::string& base, const std::vector<std::string>& plugins) {
  keep_read_documents();
  return [base, plugins](const std::vector<std::string>& overrides) {
    const Prepared prepared = prepare(base, overrides, all_kinds(), plugins);
    sweep::Identity identity;
    identity.scenario_hash = prepared.hash;
    for (const InputFile& input : digest_inputs(prepared)) identity.digests.push_back(input.sha256 + " " + input.path);
    const auto workload = prepared.resolved.find("workload");
    if (workload != prepared.resolved.end() && workload->contains("seed") && workload->at("seed").is_number_unsigned())
      identity.seed = workload->at("seed").get<std::uint64_t>();
    return identity;
  };
}

std::vector<std::string> absolute_paths(const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const std::string& file : files) out.push_back(std::filesystem::absolute(file).lexically_normal().string());
  return out;
}

namespace {
void on_signal(int number) {
  if (stop_requested.exchange(true)) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}
}  // namespace

void stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

}  // namespace snnvp::cli
