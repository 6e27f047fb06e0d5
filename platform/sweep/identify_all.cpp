// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/identify_all.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::sweep {

namespace {

using Json = nlohmann::ordered_json;

/// Below this many for each, forking costs more than it brings.
constexpr std::size_t least_share = 8;

Identified checked(const std::vector<std::string>& overrides, const Identify& identify) {
  Identified out;
  try {
    out.identity = identify(overrides);
  } catch (const InputError& error) {
    out.problem = error.what();
  }
  return out;
}

std::string line_of(const Identified& one) {
  if (!one.identity) return Json{{"problem", one.problem}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  const Identity& identity = *one.identity;
  return Json{
      {"hash", identity.scenario_hash}, {"digests", identity.digests}, {"seed", identity.seed ? Json(*identity.seed) : Json(nullptr)}}
      .dump(-1, ' ', false, Json::error_handler_t::strict);
}

Identified from_line(const std::string& line) {
  const Json j = Json::parse(line);
  Identified out;
  if (j.contains("problem")) {
    out.problem = j.at("problem").get<std::string>();
    return out;
  }
  Identity& identity = out.identity.emplace();
  identity.scenario_hash = j.at("hash");
  identity.digests = j.at("digests").get<std::vector<std::string>>();
  if (!j.at("seed").is_null()) identity.seed = j.at("seed").get<std::uint64_t>();
  return out;
}

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// A process that checks every `stride`-th item and leaves a line for each in a file without a name.
struct Helper {
  pid_t pid = -1;
  std::unique_ptr<std::FILE, FileCloser> file;
};

Helper start_helper(std::size_t first, std::size_t stride, const std::vector<std::vector<std::string>>& overrides,
                    const Identify& identify) {
  Helper helper;
  helper.file.reset(std::tmpfile());
  if (!helper.file) return helper;
  helper.pid = fork();
  if (helper.pid != 0) return helper;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 1;
  try {
    for (std::size_t i = first; i < overrides.size(); i += stride) {
      const std::string line = line_of(checked(overrides[i], identify)) + "\n";
      std::fwrite(line.data(), 1, line.size(), helper.file.get());
    }
    code = std::fflush(helper.file.get()) == 0 ? 0 : 1;
  } catch (const std::exception&) {  // this process does it again, and tells
  }
  _exit(code);
}

std::vector<std::string> lines_of(Helper& helper) {
  std::vector<std::string> lines;
  int status = 0;
  if (helper.pid <= 0 || waitpid(helper.pid, &status, 0) != helper.pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return lines;
  std::rewind(helper.file.get());
  std::string text;
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, helper.file.get())) != 0;) text.append(buffer, n);
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) lines.push_back(text.substr(at, end - at));
  return lines;
}

}  // namespace

std::vector<Identified> identify_all(const std::vector<std::vector<std::string>>& overrides, unsigned jobs, const Identify& identify) {
  std::vector<Identified> all(overrides.size());
  if (overrides.empty()) return all;
  // The first one here: what it has read, the others need not read again.
  all[0] = checked(overrides[0], identify);
  const std::size_t workers = std::clamp<std::size_t>((overrides.size() - 1) / least_share, 1, std::max(1U, jobs));
  std::vector<Helper> helpers;
  for (std::size_t w = 1; w < workers; ++w) helpers.push_back(start_helper(1 + w, workers, overrides, identify));
  for (std::size_t i = 1; i < overrides.size(); i += workers) all[i] = checked(overrides[i], identify);
  for (std::size_t w = 1; w < workers; ++w) {
    const std::vector<std::string> lines = lines_of(helpers[w - 1]);
    for (std::size_t i = 1 + w, n = 0; i < overrides.size(); i += workers, ++n)
      all[i] = n < lines.size() ? from_line(lines[n]) : checked(overrides[i], identify);
  }
  return all;
}

}  // namespace snnvp::sweep
