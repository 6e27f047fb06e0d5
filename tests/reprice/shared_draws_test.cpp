// SPDX-License-Identifier: Apache-2.0
// What a folder holds for other tools: Accelergy's tables, the terms of the uncertainty, sensitivity, price lists side by side.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

#include "../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

void run(const std::string& scenario, const std::string& out, const std::vector<std::string>& sets = {}) {
  std::vector<std::string> command{"run", scenario, "--quiet", "--out", out};
  for (const std::string& set : sets) command.insert(command.end(), {"--set", set});
  const ProcessResult result = run_snnvp(command);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
}

json compare(const std::string& a, const std::string& b) {
  const ProcessResult result = run_snnvp({"compare", a, b, "--json", "--force"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out).at("energy_ratio").at(1);
}

/// The number behind `field` of each action, by component and action, in either of Accelergy's tables.
std::map<std::string, double> actions_of(const std::string& text, const std::string& field) {
  std::map<std::string, double> values;
  std::istringstream lines(text);
  std::string component;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t name = line.find("name: ");
    if (name == std::string::npos) continue;
    const std::string word = line.substr(name + 6, line.find_first_of(",", name) - name - 6);
    const std::size_t value = line.find(field + ": ");
    if (value == std::string::npos)
      component = word;
    else
      values[component + " " + word] = std::stod(line.substr(value + field.size() + 2));
  }
  return values;
}

}  // namespace

TEST_CASE("formats.F14 counts times the energies of our own table are the total") {
  const std::vector<std::pair<std::string, std::string>> runs = {{"scenarios/quickstart.yaml", "generic28"},
                                                                 {"scenarios/product_sparsity.yaml", "prosperity_paper"},
                                                                 {"scenarios/papers/stack3d_mha.yaml", "bishop_paper"},
                                                                 {"scenarios/snap_front.yaml", "snap_paper"}};
  for (const auto& [scenario, preset] : runs) {
    INFO(scenario);
    const ScratchFolder scratch;
    run(scenario, scratch.path(), {"technology.preset=" + preset});
    const auto counts = actions_of(slurp(scratch.path() + "/action_counts.yaml"), "counts");
    const auto energies = actions_of(slurp(scratch.path() + "/ERT.yaml"), "energy");
    CHECK(counts.size() == energies.size());
    double picojoules = 0;
    for (const auto& [action, count] : counts) {
      INFO(action);
      REQUIRE(energies.count(action) == 1);
      picojoules += count * energies.at(action);
    }
    const json report = json::parse(slurp(scratch.path() + "/report.json"));
    CHECK(1e-12 * picojoules == Approx(report.at("energy").at("total_j").get<double>()).epsilon(1e-12).margin(0));
  }
}

TEST_CASE("energy.E21 runs that are compared share their draws: a run against itself, and against itself at another node") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", again = scratch.path() + "/again", other = scratch.path() + "/other";
  run("scenarios/quickstart.yaml", a, {"technology.preset=generic28"});
  run("scenarios/quickstart.yaml", again, {"technology.preset=generic28"});
  const json same = compare(a, again);
  for (const char* key : {"ratio", "median", "p5", "p95"}) CHECK(same.at(key).get<double>() == 1);
  REQUIRE(run_snnvp({"reprice", a, "--set", "technology.node_nm=16", "--out", other}).exit_code == 0);
  const json node = compare(a, other);
  CHECK(node == compare(a, other));
  CHECK(node.at("draws") == 1000);
  CHECK(node.at("p5").get<double>() <= node.at("median").get<double>());
  CHECK(node.at("median").get<double>() <= node.at("p95").get<double>());
  CHECK(node.at("ratio").get<double>() < 1);
  // Each run alone is far less certain than their ratio.
  const json band = json::parse(slurp(a + "/report.json")).at("energy").at("uncertainty");
  CHECK(node.at("p95").get<double>() / node.at("p5").get<double>() < band.at("p95_j").get<double>() / band.at("p5_j").get<double>());
}

TEST_CASE("desk.6 draws are reproducible, and more of them are asked for by number") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", b = scratch.path() + "/b", c = scratch.path() + "/c";
  run("scenarios/snap_front.yaml", a);
  REQUIRE(run_snnvp({"reprice", a, "--uncertainty", "5000", "--out", b}).exit_code == 0);
  REQUIRE(run_snnvp({"reprice", a, "--uncertainty", "5000", "--out", c}).exit_code == 0);
  const json first = json::parse(slurp(a + "/report.json")).at("energy"), more = json::parse(slurp(b + "/report.json")).at("energy");
  CHECK(slurp(b + "/report.json") == slurp(c + "/report.json"));
  CHECK(more.at("uncertainty").at("draws") == 5000);
  CHECK(more.at("total_j") == first.at("total_j"));
  CHECK(more.at("uncertainty").at("p5_j").get<double>() == Approx(first.at("uncertainty").at("p5_j").get<double>()).epsilon(0.1));
  CHECK(compare(a, b).at("ratio") == 1);
}

TEST_CASE("desk.6 the constant that moves the total most stands first, and moves it as far as a run at the end of its band") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", high = scratch.path() + "/high";
  run("scenarios/quickstart.yaml", a, {"technology.preset=generic28"});
  const json report = json::parse(slurp(a + "/report.json"));
  const json& list = report.at("energy").at("sensitivity");
  REQUIRE(list.size() > 3);
  const auto swing = [](const json& s) { return s.at("total_hi_j").get<double>() - s.at("total_lo_j").get<double>(); };
  for (std::size_t i = 1; i < list.size(); ++i) CHECK(swing(list[i - 1]) >= swing(list[i]));
  // A plain price, whose total is linear in it.
  for (const json& s : list) {
    if (s.at("path") != "arithmetic.ops_28nm.spike_acc_8b_into_16b") continue;
    const double hi = s.at("hi");
    const std::string constant = "{value: " + std::to_string(hi) + ", unit: pJ, lo: " + std::to_string(hi) + ", hi: " + std::to_string(hi) +
                                 ", status: guess, source: the end of its band}";
    const std::string file = scratch.write("high.yaml", s.at("path").get<std::string>() + ": " + constant + "\n");
    REQUIRE(run_snnvp({"reprice", a, "--prices", file, "--out", high}).exit_code == 0);
    const json moved = json::parse(slurp(high + "/report.json"));
    CHECK(moved.at("energy").at("total_j").get<double>() == Approx(s.at("total_hi_j").get<double>()).epsilon(1e-9).margin(0));
  }
  for (const json& source : report.at("energy").at("sources")) {
    const std::string certainty = source.at("certainty");
    CHECK((certainty == "calibrated" || certainty == "structural" || certainty == "assumed"));
    CHECK_FALSE(source.at("source").get<std::string>().empty());
    CHECK(source.at("used_by").is_array());
  }
}

TEST_CASE("desk.6 published and bottom-up prices stand side by side") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", b = scratch.path() + "/b", c = scratch.path() + "/c";
  run("scenarios/product_sparsity.yaml", a);
  const ProcessResult result = run_snnvp({"reprice", a, "--modes", "--sensitivity", "--constants", "--out", b});
  REQUIRE(result.exit_code == 0);
  for (const char* word : {"prosperity_paper", "generic28", "calibrated", "bottom_up"}) CHECK(result.out.find(word) != std::string::npos);
  const json modes = json::parse(slurp(b + "/modes.json")).at("price_lists");
  REQUIRE(modes.size() >= 2);
  for (const json& mode : modes) {
    if (mode.contains("problem")) continue;
    INFO(mode.at("preset"));
    REQUIRE(run_snnvp({"reprice", a, "--set", "technology.preset=" + mode.at("preset").get<std::string>(), "--out", c}).exit_code == 0);
    CHECK(json::parse(slurp(c + "/report.json")).at("energy").at("total_j") == mode.at("total_j"));
  }
}
