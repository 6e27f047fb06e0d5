// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/plan.h>

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <sstream>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/sha256.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/sweep/identify_all.h>

namespace snnvp::sweep {

namespace {

using Json = nlohmann::ordered_json;

/// Beyond this many faulty points only the number is told.
constexpr std::size_t most_told = 10;

Json to_json(const PlannedPoint& point) {
  Json params = Json::object();
  for (const auto& [key, value] : point.setting) params[key] = value;
  return {{"index", point.index},
          {"params", params},
          {"replica", point.replica},
          {"seed", point.seed ? Json(*point.seed) : Json(nullptr)},
          {"scenario_sha256", point.scenario_hash},
          {"key", point.key}};
}

PlannedPoint point_from(const Json& j) {
  PlannedPoint point;
  point.index = j.at("index");
  for (const auto& [key, value] : j.at("params").items()) point.setting.emplace_back(key, value);
  point.replica = j.at("replica");
  if (!j.at("seed").is_null()) point.seed = j.at("seed").get<std::uint64_t>();
  point.scenario_hash = j.at("scenario_sha256");
  point.key = j.at("key");
  return point;
}

std::string read_text(const std::string& path) {
  std::string problem;
  auto text = read_file(path, problem);
  if (!text) throw InputError(problem + "\n    a sweep's folder is made by: snnvp sweep plan FILE --out FOLDER");
  return std::move(*text);
}

}  // namespace

std::string point_key(const Identity& identity, const std::string& tool_build) {
  std::string text = "snnvp point 1\n" + identity.scenario_hash + "\n" + tool_build + "\n";
  for (const std::string& digest : identity.digests) text += digest + "\n";
  return sha256(text);
}

std::string setting_text(const Setting& setting) {
  std::map<std::string, int> last_parts;
  const auto last = [](const std::string& key) { return key.substr(key.rfind('.') + 1); };
  for (const auto& [key, value] : setting) ++last_parts[last(key)];
  std::string text;
  for (const auto& [key, value] : setting)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", last_parts[last(key)] == 1 ? last(key) : key, value);
  return text;
}

std::vector<std::string> Plan::overrides_of(const PlannedPoint& point) const {
  std::vector<std::string> texts = overrides;
  for (const auto& [key, value] : point.setting) texts.push_back(key + "=" + value);
  if (point.seed && point.replica != 0) texts.push_back("workload.seed=" + std::to_string(*point.seed));
  return texts;
}

Plan make_plan(const SweepFile& file, const std::vector<std::string>& overrides, const std::string& tool_build, const Identify& identify,
               unsigned jobs) {
  Plan plan;
  plan.name = file.name;
  plan.base = std::filesystem::absolute(file.base).lexically_normal().string();
  plan.tool_build = tool_build;
  plan.overrides = overrides;
  plan.metrics = file.metrics;
  plan.pareto = file.pareto;
  plan.constraints = file.constraints;
  plan.timeout_ms = file.timeout_ms;
  for (const Setting& setting : expand(file))
    for (std::uint64_t replica = 0; replica < file.replicas; ++replica) {
      PlannedPoint& point = plan.points.emplace_back();
      point.index = plan.points.size() - 1;
      point.setting = setting;
      point.replica = replica;
    }
  // First replicas first: the seeds of the others follow from theirs.
  std::string problems;
  std::size_t faulty = 0;
  for (const bool is_first : {true, false}) {
    std::vector<PlannedPoint*> points;
    std::vector<std::vector<std::string>> texts;
    for (PlannedPoint& point : plan.points) {
      if ((point.replica == 0) != is_first) continue;
      if (!is_first) point.seed = replica_seed(plan.points[point.index - point.replica].seed.value_or(0), point.replica);
      points.push_back(&point);
      texts.push_back(plan.overrides_of(point));
    }
    const std::vector<Identified> all = identify_all(texts, jobs, identify);
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::string problem = all[i].problem;
      if (const auto& identity = all[i].identity) {
        if (is_first) points[i]->seed = identity->seed;
        if (!identity->seed && file.replicas > 1) problem = "seeds: the workload draws nothing, it has no `seed`";
        points[i]->scenario_hash = identity->scenario_hash;
        points[i]->key = point_key(*identity, tool_build);
      }
      if (!problem.empty() && ++faulty <= most_told)
        problems += fmt::format("point {} ({}):\n{}\n", points[i]->index, setting_text(points[i]->setting), problem);
    }
    if (faulty != 0) break;  // the other replicas are wrong alike
  }
  if (faulty > most_told) problems += fmt::format("... and {} more points\n", faulty - most_told);
  if (faulty != 0)
    throw InputError(fmt::format("{}{} of {} points are wrong, nothing was simulated", problems, faulty, plan.points.size()));
  return plan;
}

void write_plan(const Plan& plan, const std::string& folder) {
  Json goals = Json::array();
  for (const Goal& goal : plan.pareto) goals.push_back({{"metric", goal.metric}, {"better", goal.maximise ? "larger" : "smaller"}});
  const Json head{{"sweep", 1},
                  {"name", plan.name},
                  {"base", plan.base},
                  {"overrides", plan.overrides},
                  {"plugins", plan.plugins},
                  {"metrics", plan.metrics},
                  {"pareto", goals},
                  {"constraints", plan.constraints},
                  {"timeout_ms", plan.timeout_ms},
                  {"tool_build", plan.tool_build},
                  {"points", plan.points.size()}};
  std::string lines;
  for (const PlannedPoint& point : plan.points) lines += to_json_line(to_json(point)) + "\n";
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::string problem;
    if (!write_file_atomically(folder + "/" + name, text, problem)) throw InputError(problem);
  };
  std::error_code error;
  std::filesystem::create_directories(folder + "/results", error);
  if (error) throw InputError("cannot make " + quote(folder + "/results") + ": " + error.message());
  write("points.jsonl", lines);
  write("plan.json", to_json_text(head));
}

Plan read_plan(const std::string& folder) {
  const std::string head_text = read_text(folder + "/plan.json"), lines = read_text(folder + "/points.jsonl");
  try {
    const Json head = Json::parse(head_text);
    Plan plan;
    plan.name = head.at("name");
    plan.base = head.at("base");
    plan.tool_build = head.at("tool_build");
    plan.overrides = head.at("overrides").get<std::vector<std::string>>();
    plan.metrics = head.at("metrics").get<std::vector<std::string>>();
    for (const Json& goal : head.at("pareto")) plan.pareto.push_back({goal.at("metric"), goal.at("better") == "larger"});
    plan.plugins = head.at("plugins").get<std::vector<std::string>>();
    plan.constraints = head.at("constraints").get<std::vector<std::string>>();
    plan.timeout_ms = head.at("timeout_ms");
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) plan.points.push_back(point_from(Json::parse(line)));
    for (std::size_t i = 0; i < plan.points.size(); ++i)
      if (plan.points[i].index != i) throw InputError(folder + "/points.jsonl: the points are not in order");
    if (plan.points.size() != head.at("points").get<std::size_t>())
      throw InputError(fmt::format("{}/points.jsonl has {} points where plan.json says {}", folder, plan.points.size(),
                                   head.at("points").get<std::size_t>()));
    return plan;
  } catch (const nlohmann::json::exception& error) {
    throw InputError(fmt::format("{} holds no plan that can be read: {}", folder, error.what()));
  }
}

}  // namespace snnvp::sweep
