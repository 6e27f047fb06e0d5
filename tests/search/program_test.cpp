// SPDX-License-Identifier: Apache-2.0
// `snnvp search` from outside: evaluators, optimisers that drive it, kills and resumes, mistakes.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "../support/process.h"

using nlohmann::json;
using snnvp::test::ProcessResult;
using snnvp::test::run_process;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;
namespace fs = std::filesystem;

namespace {

/// An evaluator from landscapes.py.
std::string evaluator(const std::string& arguments, const std::string& timeout = "60 s") {
  return "evaluator: { command: [python3, " SNNVP_SOURCE_DIR "/tests/search/landscapes.py, " + arguments + "], timeout: " + timeout +
         " }\n";
}

std::string quadratic(std::uint64_t budget, std::uint64_t seed) {
  return "search: 1\n" + evaluator("quadratic") +
         "space:\n"
         "  - { name: a, from: 0, to: 19 }\n"
         "  - { name: b, from: 0, to: 19 }\n"
         "  - { name: c, from: 0, to: 19 }\n"
         "  - { name: kind, values: [bus, mesh, ring, tree] }\n"
         "objective: cost\nmethod: nsga2\nbudget: " +
         std::to_string(budget) + "\nseed: " + std::to_string(seed) + "\n";
}

json searched(const std::string& file, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"search", file, "--json", "--quiet"});
  const ProcessResult result = run_snnvp(more);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

std::string tiny_base(const ScratchFolder& scratch) {
  return scratch.write("base.yaml",
                       "scenario: 1\n"
                       "platform:\n"
                       "  extends: " SNNVP_SOURCE_DIR
                       "/scenarios/platforms/one_engine.yaml\n"
                       "  blocks: [ { name: pu, kind: models.prosperity, clock: core } ]\n"
                       "  links: [ { from: pu.dma, to: bus.in }, { from: pu.irq, to: \"host.irq[0]\" } ]\n"
                       "  maps: [ { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB } ]\n"
                       "workload: { kind: synthetic, layers: [ { C: 32, N: 32, L: 16 } ] }\n"
                       "technology: { preset: prosperity_paper }\n");
}

const char* const tile_space =
    "space:\n"
    "  platform.blocks.pu.params.tile_m: [32, 64, 128, 256]\n"
    "  platform.blocks.pu.params.tile_k: { from: 8, to: 32, step: 8 }\n";

std::string tiny_search(const ScratchFolder& scratch, const std::string& rest) {
  tiny_base(scratch);
  return scratch.write("search.yaml", "search: 1\nbase: base.yaml\n" + std::string(tile_space) + rest);
}

std::size_t results_in(const std::string& folder) {
  std::size_t n = 0;
  std::error_code error;
  for (auto it = fs::directory_iterator(folder + "/results", error); !error && it != fs::directory_iterator(); ++it)
    n += it->path().extension() == ".json";
  return n;
}

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

TEST_CASE("desk.3 an evaluator outside is searched for its known optimum, whatever the number of processes") {
  const ScratchFolder scratch;
  std::string first;
  for (const std::string jobs : {"1", "3"}) {
    const std::string out = scratch.path() + "/" + jobs;
    const json found = searched(scratch.write("quad.yaml", quadratic(400, 4)), {"-j", jobs, "--out", out});
    CHECK(found.at("best").at("cost") == 1);
    CHECK(found.at("best").at("values") == json{{"a", "3"}, {"b", "17"}, {"c", "8"}, {"kind", "ring"}});
    CHECK(found.at("simulations").get<int>() <= 400);
    CHECK(slurp(out + "/search.json") == (first.empty() ? slurp(out + "/search.json") : first));
    first = slurp(out + "/search.json");
  }
  CHECK(slurp(scratch.path() + "/1/sweep.csv") == slurp(scratch.path() + "/3/sweep.csv"));
  const json dents = searched(scratch.write("dents.yaml", "search: 1\n" + evaluator("rastrigin") +
                                                              "space:\n"
                                                              "  - { name: x, from: -5, to: 5, step: 0.25 }\n"
                                                              "  - { name: y, from: -5, to: 5, step: 0.25 }\n"
                                                              "  - { name: z, from: -5, to: 5, step: 0.25 }\n"
                                                              "objective: cost\nmethod: coordinate_descent\n"));
  CHECK(dents.at("best").at("cost").get<double>() == Approx(0).margin(1e-9));
}

TEST_CASE("desk.3 the front of an evaluator with two objectives is found, tabled, drawn and measured") {
  const ScratchFolder scratch;
  const std::string out = scratch.path() + "/out";
  const std::string file = scratch.write("front.yaml", "search: 1\n" + evaluator("schaffer") +
                                                           "space:\n"
                                                           "  - { name: x, from: -10, to: 10, step: 0.25 }\n"
                                                           "  - { name: y, from: 0, to: 10 }\n"
                                                           "objectives: [left, right]\nmethod: nsga2\nbudget: 300\n"
                                                           "reference: { left: 4, right: 4 }\n");
  const json found = searched(file, {"--out", out});
  REQUIRE(found.at("front").size() == 9);  // 0, 0.25, ... 2
  double volume = 0, right = 4;
  for (std::size_t i = 0; i < 9; ++i) {
    const double x = 0.25 * static_cast<double>(i);
    CHECK(found.at("front")[i].at("values") == json{{"left", x * x}, {"right", (x - 2) * (x - 2)}});
    volume += (4 - x * x) * (right - (x - 2) * (x - 2));
    right = (x - 2) * (x - 2);
  }
  CHECK(found.at("hypervolume").at("volume").get<double>() == Approx(volume).epsilon(1e-12));
  CHECK(lines_in(slurp(out + "/pareto.csv")) == 1 + 9);
  CHECK(lines_in(slurp(out + "/sweep.csv")) == 1 + 300);
  const ProcessResult again = run_snnvp({"search", file, "--out", out, "--quiet"});
  CHECK(again.out.find("Pareto front, 9 points") != std::string::npos);
  CHECK(again.out.find("hypervolume") != std::string::npos);
  REQUIRE(run_snnvp({"report", out}).exit_code == 0);
  const std::string html = slurp(out + "/report.html");
  CHECK(html.find("front-table") != std::string::npos);
}

TEST_CASE("a search that was killed goes on where it was, and asks nothing twice") {
  const ScratchFolder scratch;
  const std::string file = scratch.write("quad.yaml", quadratic(300, 2)), asked = scratch.path() + "/asked";
  setenv("SNNVP_TEST_ASKED", asked.c_str(), 1);
  const std::unique_ptr<const char, void (*)(const char*)> restore("SNNVP_TEST_ASKED", [](const char* name) { unsetenv(name); });
  const std::string out = scratch.path() + "/killed";
  for (const std::size_t wanted : {20, 150}) {
    const pid_t child = fork();
    if (child == 0) {
      setpgid(0, 0);
      execl(SNNVP_EXECUTABLE, SNNVP_EXECUTABLE, "search", file.c_str(), "--out", out.c_str(), "--quiet", "-j", "1", nullptr);
      _exit(127);
    }
    for (int i = 0; i < 5000 && results_in(out) < wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  const json resumed = searched(file, {"--out", out, "-j", "1"});
  std::set<std::string> different;
  std::size_t lines = 0;
  std::ifstream in(asked);
  for (std::string line; std::getline(in, line); ++lines) different.insert(line);
  CHECK(lines <= different.size() + 2);  // at most what was being asked at each kill
  CHECK(lines < 2 * different.size());
  const std::string undisturbed = scratch.path() + "/undisturbed";
  CHECK(searched(file, {"--out", undisturbed}) == resumed);
  CHECK(slurp(out + "/sweep.csv") == slurp(undisturbed + "/sweep.csv"));
}

TEST_CASE("an evaluator that fails is told in a sentence, with exit code 1") {
  const ScratchFolder scratch;
  const auto fails = [&](const std::string& kind, const std::string& expected) {
    const std::string file = scratch.write("bad.yaml", "search: 1\n" + evaluator("hostile, " + kind, kind == "hangs" ? "2 s" : "100 s") +
                                                           "space: [ { name: x, from: 1, to: 9 } ]\nobjective: cost\n");
    const ProcessResult result = run_snnvp({"search", file, "--quiet", "-j", "1"});
    INFO(kind << "\n" << result.out << result.err);
    CHECK(result.exit_code == 1);
    CHECK((result.out + result.err).find(expected) != std::string::npos);
  };
  fails("dies", "has ended with exit code 7");
  fails("killed", "was ended by signal 9");
  fails("hangs", "has not answered within 2 s");
  fails("garbage", "is no JSON object: 'Traceback");
  fails("array", "is no JSON object");
  fails("other_id", "has another id");
  fails("echo", "has neither values nor an error");
  fails("no_number", "has a value that is no number");
  fails("nothing", "lacks the value 'cost'");
  fails("error", "does not fit");  // a point that has no values is a row, not the end
  const std::string file = scratch.write("none.yaml",
                                         "search: 1\nevaluator: { command: [no_such_program_here] }\n"
                                         "space: [ { name: x, from: 1, to: 9 } ]\nobjective: cost\n");
  const ProcessResult none = run_snnvp({"search", file});
  CHECK(none.exit_code == 2);
  CHECK(none.err.find("'no_such_program_here' cannot be started: No such file or directory") != std::string::npos);
}

TEST_CASE("a search of simulations has constraints before and after the runs, and the same result for any number of processes") {
  const ScratchFolder scratch;
  const std::string file =
      tiny_search(scratch, "objectives: [latency, energy]\nconstraints: [\"tile_m * tile_k <= 2048\", \"totals.cycles <= 2000000\"]\n");
  const json one = searched(file, {"-j", "1", "--out", scratch.path() + "/1"}),
             two = searched(file, {"-j", "2", "--out", scratch.path() + "/2"});
  CHECK(one == two);
  CHECK(one.at("method") == "exhaustive");
  CHECK(one.at("simulations") == 11);  // of 16, those within the first constraint
  CHECK(one.at("front").size() >= 1);
  // The front by hand, from the rows of all points.
  std::ifstream in(scratch.path() + "/1/sweep.csv");
  std::vector<std::pair<double, double>> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
    rows.emplace_back(std::stod(fields.at(7)), std::stod(fields.at(8)));
  }
  REQUIRE(rows.size() == 11);
  std::size_t undominated = 0;
  for (const auto& a : rows)
    undominated +=
        std::none_of(rows.begin(), rows.end(), [&](const auto& b) { return b != a && b.first <= a.first && b.second <= a.second; });
  CHECK(one.at("front").size() == undominated);
  const json none = [&] {
    const ProcessResult result = run_snnvp({"search", tiny_search(scratch, "objective: latency\nconstraints: [\"totals.cycles < 1\"]\n"),
                                            "--json", "--quiet", "--out", scratch.path() + "/1"});
    return json::parse(result.out);
  }();
  CHECK(none.at("best").is_null());
  CHECK(none.at("outside_constraints") == 16);
}

TEST_CASE("an optimiser outside asks for points and gets their values") {
  const ScratchFolder scratch;
  const std::string file = tiny_search(scratch, "objectives: [latency, energy]\nconstraints: [\"tile_m * tile_k <= 2048\"]\n");
  const std::string asked = scratch.write("asked.jsonl",
                                          "{\"id\": 0, \"describe\": true}\n"
                                          "{\"id\": 1, \"params\": {\"tile_m\": 64, \"tile_k\": 16}}\n"
                                          "{\"id\": \"two\", \"params\": {\"platform.blocks.pu.params.tile_m\": 32, \"tile_k\": \"8\"}}\n"
                                          "{\"id\": 3, \"params\": {\"tile_m\": 64, \"tile_k\": 16}}\n"
                                          "{\"id\": 4, \"params\": {\"tile_m\": 65, \"tile_k\": 16}}\n"
                                          "{\"id\": 5, \"params\": {\"tile_m\": 64}}\n"
                                          "{\"id\": 6, \"params\": {\"tile_m\": 64, \"tile_k\": 16, \"tile_n\": 1}}\n"
                                          "{\"id\": 7, \"params\": {\"tile_m\": 256, \"tile_k\": 32}}\n"
                                          "what is this\n"
                                          "{\"params\": {}}\n"
                                          "{\"id\": 8}");
  const std::string out = scratch.path() + "/out";
  const ProcessResult served = run_process(
      {"/bin/sh", "-c", std::string(SNNVP_EXECUTABLE) + " search " + file + " --serve --quiet -j 2 --out " + out + " < " + asked});
  INFO(served.out << served.err);
  CHECK(served.exit_code == 1);  // some were refused
  std::map<std::string, json> answers;
  std::istringstream lines(served.out);
  std::size_t nameless = 0;
  for (std::string line; std::getline(lines, line);) {
    const json answer = json::parse(line);
    if (answer.at("id").is_null())
      nameless += answer.contains("error");
    else
      answers[answer.at("id").dump()] = answer;
  }
  CHECK(nameless == 2);
  REQUIRE(answers.size() == 9);
  CHECK(answers.at("0").at("space")[0].at("name") == "tile_m");
  CHECK(answers.at("1").at("values").at("latency").get<double>() > 0);
  CHECK(answers.at("1").at("values") == answers.at("3").at("values"));
  CHECK(answers.at("\"two\"").at("values").at("energy").get<double>() > 0);
  const auto error = [&](const char* id) { return answers.at(id).at("error").get<std::string>(); };
  CHECK(error("4").find("tile_m = 65 is not in the space: 32, 64, 128, 256") != std::string::npos);
  CHECK(error("5").find("params lack tile_k") != std::string::npos);
  CHECK(error("6").find("'tile_n' is not in the space") != std::string::npos);
  CHECK(error("7").find("constraints") != std::string::npos);
  CHECK(error("8").find("no params") != std::string::npos);
  // The same value as a run of its own.
  const ProcessResult run = run_snnvp({"run", scratch.path() + "/base.yaml", "--json", "--quiet", "--set",
                                       "platform.blocks.pu.params.tile_m=64", "--set", "platform.blocks.pu.params.tile_k=16"});
  CHECK(json::parse(run.out).at("totals").at("seconds") == answers.at("1").at("values").at("latency"));
  CHECK(results_in(out) == 2);
}

TEST_CASE("a search whose file cannot be is refused with its place, all at once") {
  const ScratchFolder scratch;
  const auto refused = [&](const std::string& rest, const std::string& expected) {
    const ProcessResult result = run_snnvp({"search", tiny_search(scratch, rest), "--quiet"});
    INFO(rest << "\n" << result.out << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(expected) != std::string::npos);
  };
  refused("objective: latenzy\n", "did you mean latency?");
  refused("objectives: [latency, latency]\n", "named twice");
  refused("objectives: { minimize: [latency] }\n", "minimise");
  refused("objectives: [latency, energy]\nmethod: coordinate_descent\n", "follows one objective");
  refused("method: nsga2\npopulation: 10\n", "multiple of four");
  refused("method: exhaustive\nbudget: 5\n", "takes 16 points");
  refused("constraints: [\"tile_n <= 4\"]\n", "'tile_n' is no axis");
  refused("constraints: [\"tile_m <=\"]\n", "constraints");
  refused("constraints: [\"tile_m <= 1\"]\n", "no point is left");
  refused("objective: totals.cycels\n", "no number 'totals.cycels'");
  refused("reference: { area: 1 }\n", "is no objective");
  refused("evaluator: { command: [cat] }\n", "exclude each other");
  refused("fit: { key: workload.density, values: [1] }\n", "per: layer");
  const std::string rest = "search: 1\nbase: base.yaml\n";
  const ProcessResult real =
      run_snnvp({"search", scratch.write("real.yaml", rest + "space: { workload.density: { from: 0.1, to: 0.9 } }\n")});
  CHECK(real.exit_code == 2);
  CHECK(real.err.find("needs `step` or `points`") != std::string::npos);
}
