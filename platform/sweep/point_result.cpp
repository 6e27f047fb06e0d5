// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/point_result.h>

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <ctime>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::sweep {

namespace {

using Json = nlohmann::ordered_json;

std::string path_of(const std::string& folder, const std::string& key) { return folder + "/results/" + key + ".json"; }

/// The last line that says something: what a program that fails ends with.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "";
  const std::size_t begin = text.find_last_of('\n', end);
  return printable(text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1) + 1), 300);
}

/// The first line of a message about wrong input: where and what.
std::string first_line(const std::string& text) { return printable(text.substr(0, text.find('\n')), 300); }

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name ? std::string("SIG") + name : std::to_string(number);
}

}  // namespace

PointResult result_of(const PlannedPoint& point, const Ended& ended) {
  PointResult result;
  result.key = point.key;
  result.exit_code = ended.exit_code;
  result.signal = ended.signal;
  result.wall_s = ended.wall_s;
  result.cpu_s = ended.cpu_s;
  result.peak_memory_kib = ended.peak_memory_kib;
  result.host = host_name();
  result.start = utc_now();
  if (ended.timed_out) {
    result.status = "timeout";
    result.reason = "ended after the sweep's `timeout` of wall time";
    return result;
  }
  if (ended.signal != 0) {
    result.status = "crashed(" + signal_name(ended.signal) + ")";
    result.reason = last_line(ended.err);
    return result;
  }
  Json report = Json::parse(ended.out, nullptr, false);
  if (report.is_object() && report.contains("status")) {
    result.status = report.at("status").get<std::string>();
    result.report = std::move(report);
    if (!result.is_ok())
      for (const Json& item : result.report.value("diagnosis", Json::array()))
        if (item.value("severity", "") == "error") {
          result.reason = item.value("text", "");
          break;
        }
    if (!result.is_ok() && result.reason.empty()) result.reason = last_line(ended.err);
    return result;
  }
  result.status = ended.exit_code == 2 ? "bad_input" : "internal_error";
  result.reason = ended.exit_code == 2 ? first_line(ended.err) : last_line(ended.err);
  return result;
}

std::optional<PointResult> load_result(const std::string& folder, const std::string& key) {
  std::string problem;
  const auto text = read_file(path_of(folder, key), problem);
  if (!text) return std::nullopt;
  try {
    Json j = Json::parse(*text);
    PointResult r;
    r.key = j.at("key");
    if (r.key != key) return std::nullopt;
    r.status = j.at("status");
    r.reason = j.at("reason");
    r.exit_code = j.at("exit");
    r.signal = j.at("signal");
    r.wall_s = j.at("wall_s");
    r.cpu_s = j.at("cpu_s");
    r.peak_memory_kib = j.at("peak_memory_kib");
    r.host = j.at("host");
    r.start = j.at("start");
    r.report = std::move(j.at("report"));
    return r;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void store_result(const std::string& folder, const PointResult& r) {
  const Json j{{"key", r.key},       {"status", r.status}, {"reason", r.reason}, {"exit", r.exit_code},
               {"signal", r.signal}, {"wall_s", r.wall_s}, {"cpu_s", r.cpu_s},   {"peak_memory_kib", r.peak_memory_kib},
               {"host", r.host},     {"start", r.start},   {"report", r.report}};
  std::string problem;
  if (!write_file_atomically(path_of(folder, r.key), to_json_line(j) + "\n", problem)) throw InputError(problem);
}

std::optional<PointResult> run_point(const Plan& plan, const PlannedPoint& point, const std::string& folder) {
  std::vector<std::string> arguments{"run", plan.base, "--json", "--quiet"};
  for (const std::string& plugin : plan.plugins) arguments.insert(arguments.end(), {"--plugin", plugin});
  for (const std::string& text : plan.overrides_of(point)) arguments.insert(arguments.end(), {"--set", text});
  PointResult result = result_of(point, run_self(arguments, plan.timeout_ms));
  if (result.status == "interrupted") return std::nullopt;
  store_result(folder, result);
  return result;
}

}  // namespace snnvp::sweep
