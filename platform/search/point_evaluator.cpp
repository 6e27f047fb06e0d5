// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/point_evaluator.h>

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <map>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/sweep/identify_all.h>

namespace snnvp::search {

namespace {

using Json = nlohmann::ordered_json;

/// What a command is: its words, and the content of files among them (the script).
std::string digest_of(const std::vector<std::string>& words) {
  std::string text = "snnvp evaluator 1\n";
  for (const std::string& word : words) {
    std::string problem;
    const auto digest = std::filesystem::is_regular_file(word) ? sha256_of_file(word, problem) : std::nullopt;
    text += word + "\n" + digest.value_or("") + "\n";
  }
  return text;
}

}  // namespace

const std::atomic<bool> PointEvaluator::never_{false};

Json params_json(const sweep::Setting& setting) {
  Json params = Json::object();
  for (const auto& [key, text] : setting) {
    if (text == "true" || text == "false") {
      params[key] = text == "true";
    } else if (const ParsedNumber integer = parse_integer(text); integer) {
      if (integer.value.is_negative())
        params[key] = integer.value.as_i64();
      else
        params[key] = integer.value.as_u64();
    } else if (const ParsedNumber real = parse_real(text); real) {
      params[key] = real.value.as_double();
    } else {
      params[key] = text;
    }
  }
  return params;
}

PointEvaluator::PointEvaluator(PointSettings settings) : settings_(std::move(settings)) {
  if (!settings_.stop) settings_.stop = &never_;
  if (!settings_.command.words.empty()) command_digest_ = digest_of(settings_.command.words);
  std::error_code error;
  std::filesystem::create_directories(settings_.folder + "/results", error);
  if (error) throw InputError("cannot make " + quote(settings_.folder + "/results") + ": " + error.message());
}

std::vector<sweep::PlannedPoint> PointEvaluator::identified(const std::vector<sweep::Setting>& settings, unsigned jobs,
                                                            std::vector<std::string>& problems) {
  std::vector<sweep::PlannedPoint> points(settings.size());
  problems.assign(settings.size(), "");
  std::vector<std::vector<std::string>> texts;
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].index = settings_.plan.points.size() + i;
    points[i].setting = settings[i];
    if (!settings_.command.words.empty()) points[i].key = sha256(command_digest_ + to_json_line(params_json(settings[i])));
    texts.push_back(settings_.plan.overrides_of(points[i]));
  }
  if (!settings_.command.words.empty()) return points;
  const std::vector<sweep::Identified> all = sweep::identify_all(texts, jobs, settings_.identify);
  for (std::size_t i = 0; i < points.size(); ++i) {
    sweep::PlannedPoint& point = points[i];
    if (const auto& identity = all[i].identity) {
      point.scenario_hash = identity->scenario_hash;
      point.seed = identity->seed;
      point.key = sweep::point_key(*identity, settings_.plan.tool_build);
      continue;
    }
    problems[i] = all[i].problem;
    std::string text = "snnvp wrong point 1\n" + settings_.plan.base + "\n" + settings_.plan.tool_build + "\n";
    for (const std::string& o : texts[i]) text += o + "\n";
    point.key = sha256(text);
    sweep::PointResult result;
    result.key = point.key;
    result.status = "bad_input";
    result.exit_code = 2;
    result.reason = printable(problems[i].substr(0, problems[i].find('\n')), 300);
    sweep::store_result(settings_.folder, result);
  }
  return points;
}

void PointEvaluator::start_peers(std::size_t n) {
  for (; peers_ < n; ++peers_) idle_peers_.push_back(std::make_unique<Peer>(settings_.command.words));
}

sweep::PointResult PointEvaluator::ask(Peer& peer, const sweep::PlannedPoint& point) const {
  const auto start = std::chrono::steady_clock::now();
  const Json question{{"id", point.index}, {"params", params_json(point.setting)}};
  const std::string line = peer.ask(to_json_line(question), settings_.command.timeout_ms);
  const Json answer = Json::parse(line, nullptr, false);
  const auto refuse = [&](const std::string& what) {
    throw PeerError(
        fmt::format("the answer of the evaluator {} to id {} {}: {}\n    a line {{\"id\": {}, \"values\": {{name: number}}}} or "
                    "{{\"id\": {}, \"error\": text}} is expected",
                    quote(settings_.command.words.front()), point.index, what, quote(line, 200), point.index, point.index));
  };
  if (!answer.is_object()) refuse("is no JSON object");
  if (!answer.contains("id") || answer.at("id") != point.index) refuse("has another id");
  sweep::PointResult result;
  result.key = point.key;
  result.exit_code = 0;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (answer.contains("error")) {
    if (!answer.at("error").is_string()) refuse("has an error that is no text");
    result.status = "error";
    result.reason = printable(answer.at("error").get<std::string>(), 300);
    return result;
  }
  if (!answer.contains("values") || !answer.at("values").is_object()) refuse("has neither values nor an error");
  result.status = "ok";
  result.report = Json{{"status", "ok"}};
  for (const auto& [name, value] : answer.at("values").items()) {
    if (!value.is_number() && !value.is_null()) refuse("has a value that is no number");
    result.report[name] = value;
  }
  for (const std::string& metric : settings_.plan.metrics)
    if (!result.report.contains(metric) || !result.report.at(metric).is_number()) refuse("lacks the value " + quote(metric));
  return result;
}

sweep::RunPoint PointEvaluator::runner() {
  if (settings_.command.words.empty())
    return [this](const sweep::PlannedPoint& point) { return sweep::run_point(settings_.plan, point, settings_.folder); };
  return [this](const sweep::PlannedPoint& point) -> std::optional<sweep::PointResult> {
    std::unique_ptr<Peer> peer;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      peer = std::move(idle_peers_.back());
      idle_peers_.pop_back();
    }
    sweep::PointResult result = ask(*peer, point);
    sweep::store_result(settings_.folder, result);
    const std::lock_guard<std::mutex> guard(mutex_);
    idle_peers_.push_back(std::move(peer));
    return result;
  };
}

void PointEvaluator::evaluate(const std::vector<sweep::Setting>& settings,
                              const std::function<void(std::size_t, const sweep::PointResult&)>& visit) {
  if (*settings_.stop) throw Interrupted();
  std::vector<std::string> problems;
  std::vector<sweep::PlannedPoint> points = identified(settings, settings_.jobs, problems);
  std::map<std::string, std::vector<std::size_t>> of_key;
  std::string first_problem;
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    of_key[points[i].key].push_back(i);
    if (problems[i].empty()) continue;
    if (wrong++ == 0) first_problem = "point " + sweep::setting_text(settings[i]) + ":\n" + problems[i];
  }
  if (wrong != 0 && settings_.plan.points.empty())
    throw InputError(fmt::format("{}\n{} of the first {} points are wrong, nothing was simulated; `constraints` can leave points out",
                                 first_problem, wrong, points.size()));
  if (!settings_.command.words.empty()) start_peers(std::min<std::size_t>(settings_.jobs, points.size()));
  std::vector<const sweep::PlannedPoint*> pointers;
  for (const sweep::PlannedPoint& point : points) pointers.push_back(&point);
  std::size_t done = 0;
  sweep::launch(pointers, settings_.folder, settings_.jobs, settings_.retry, *settings_.stop, runner(), [&](const sweep::Advance& now) {
    for (const std::size_t i : of_key.at(now.point->key)) {
      visit(i, *now.result);
      ++done;
      settings_.finished();
    }
  });
  if (done != points.size()) throw Interrupted();
  std::move(points.begin(), points.end(), std::back_inserter(settings_.plan.points));
}

sweep::PointResult PointEvaluator::evaluate_one(const sweep::Setting& setting) {
  sweep::PlannedPoint point;
  {
    // Scenarios are read by one thread at a time.
    const std::lock_guard<std::mutex> guard(mutex_);
    std::vector<std::string> problems;
    point = identified({setting}, 1, problems).front();
    settings_.plan.points.push_back(point);
  }
  const auto before = sweep::load_result(settings_.folder, point.key);
  if (before && (before->is_ok() || !settings_.retry || before->status == "bad_input")) return *before;
  const auto result = sweep::run_point(settings_.plan, point, settings_.folder);
  if (!result) throw Interrupted();
  return *result;
}

}  // namespace snnvp::search
