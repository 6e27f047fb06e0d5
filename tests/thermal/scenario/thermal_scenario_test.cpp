// SPDX-License-Identifier: Apache-2.0
// Heat from the command line.
#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "../../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;
const std::string hotspot = "scenarios/papers/thermal_hotspot.yaml", stack = "scenarios/thermal_stack.yaml";
const std::string params = "platform.blocks.stack.params.";

json run(const std::string& scenario, const std::vector<std::string>& settings = {}, int exit_code = 0, const std::string& out = {}) {
  std::vector<std::string> arguments{"run", scenario, "--quiet", "--json"};
  for (const std::string& s : settings) arguments.insert(arguments.end(), {"--set", s});
  if (!out.empty()) arguments.insert(arguments.end(), {"--out", out});
  const ProcessResult result = run_snnvp(arguments, root);
  INFO(result.err);
  REQUIRE(result.exit_code == exit_code);
  return exit_code <= 1 ? json::parse(result.out) : json{{"error", result.err}};
}

std::vector<double> numbers(const std::string& file) {
  std::istringstream text(slurp(file));
  std::vector<double> values;
  for (std::string field; std::getline(text, field, ',');) {
    std::istringstream lines(field);
    for (std::string line; std::getline(lines, line);) values.push_back(std::stod(line));
  }
  return values;
}

}  // namespace

TEST_CASE("stack3d.H14 the shipped hot spot is clearly hotter than even power, cell by cell in a CSV per tier and a picture") {
  const ScratchFolder out;
  const json report = run(hotspot, {}, 0, out.path());
  const std::vector<double> logic = numbers(out.path() + "/thermal_tier1.csv");
  REQUIRE(logic.size() == 64);
  CHECK(numbers(out.path() + "/thermal_tier0.csv").size() == 64);
  CHECK(*std::max_element(logic.begin(), logic.end()) == Approx(report["totals"]["t_max_c"].get<double>()).margin(1e-6));
  CHECK(logic[27] == Approx(logic[36]).margin(1e-6));
  CHECK(logic[27] > logic[0] + 8);
  CHECK(slurp(out.path() + "/thermal_tier1.svg").find("</svg>") != std::string::npos);
  // The one-dimensional ladder: 22 W through TIM and half a die, on a lumped package.
  const std::string even = out.write("even.csv", "20\n"), two = out.write("two.csv", "2\n");
  const json flat = run(hotspot, {"workload.power_maps=[" + two + ", " + even + "]", params + "cells={x: 8, y: 8}",
                                  params + "package=lumped", params + "r_package=0.25"});
  CHECK(flat["totals"]["t_max_c"].get<double>() == Approx(45 + 6.80282).margin(1e-4));
  CHECK(report["totals"]["t_max_c"].get<double>() - 45 > 1.5 * 6.68);
}

TEST_CASE("a power map of another resolution keeps its watts") {
  const ScratchFolder out;
  std::string fine, coarse;
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) fine += (x < 8 && y < 8 ? "0.25" : "0") + std::string(x < 15 ? "," : "\n");
  const std::string a = out.write("a.csv", fine), b = out.write("b.csv", "16,0\n0,0\n"), none = out.write("none.csv", "0\n");
  const auto with = [&](const std::string& map) {
    return run(hotspot, {"workload.power_maps=[" + none + ", " + map + "]", params + "cells={x: 16, y: 16}"});
  };
  CHECK(with(a)["totals"]["power_w"].get<double>() == Approx(16));
  CHECK(with(a)["totals"]["t_max_c"] == with(b)["totals"]["t_max_c"]);
}

TEST_CASE("the finest of the power maps decides the cells: an even tier given as one number blurs no hot spot of another") {
  const ScratchFolder out;
  const std::string two = out.write("two.csv", "2\n"), logic = "scenarios/papers/thermal/logic_20w.csv";
  const json mixed = run(hotspot, {"workload.power_maps=[" + two + ", " + logic + "]"}, 0, out.path() + "/out");
  CHECK(mixed["totals"]["power_w"].get<double>() == Approx(22));
  CHECK(mixed["totals"]["t_max_c"].get<double>() == Approx(run(hotspot)["totals"]["t_max_c"].get<double>()).margin(1e-6));
  CHECK(numbers(out.path() + "/out/thermal_tier0.csv").size() == 64);
}

TEST_CASE("stack3d.H17 leakage that the package cannot carry away ends as thermal_runaway with a whole report") {
  const ScratchFolder out;
  const std::string leak = out.write("leak.csv", "20\n");
  const json report = run(hotspot, {"workload.leakage_maps=[" + leak + ", " + leak + "]", params + "r_conv=2"}, 1, out.path() + "/out");
  CHECK(report["status"] == "thermal_runaway");
  CHECK(report["thermal"]["outcome"] == "thermal_runaway");
  CHECK(report["totals"]["t_max_c"].get<double>() > 200);
  CHECK(slurp(out.path() + "/out/thermal_tier0.csv").size() > 100);
}

TEST_CASE("a transient from cold warms up and ends below its steady state") {
  const json report =
      run(hotspot, {params + "mode=transient", params + "initial=ambient", params + "epoch=1 ms", "workload.duration=5 ms"});
  CHECK(report["thermal"]["epochs"] == 5);
  CHECK(report["thermal"]["hottest_epoch"] == 4);
  CHECK(report["totals"]["t_max_c"].get<double>() > 48);
  CHECK(report["totals"]["t_max_c"].get<double>() < run(hotspot)["totals"]["t_max_c"].get<double>() - 2);
}

TEST_CASE("blocks heat their place with what the ledger says they used, and leak at the temperature they have") {
  const json report = run(stack);
  CHECK(report["status"] == "ok");
  CHECK(report["check"]["mismatches"] == 0);
  const json& tiers = report["thermal"]["tiers"];
  CHECK(tiers[1]["hot_spot"]["block"] == "pu");
  CHECK(tiers[0]["hot_spot"]["block"] == "mem");
  CHECK(report["totals"]["t_max_c"].get<double>() > 45.3);
  // One epoch: the heat of both dies is the run's energy over its time, leakage at the temperature of the dies.
  const json whole = run(stack, {params + "epoch=null"});
  const double watts = whole["thermal"]["power_w"], joules = whole["energy"]["total_j"], seconds = whole["time"]["seconds"];
  CHECK(watts * seconds == Approx(joules).epsilon(1e-3));
  const json hot = run(stack, {params + "epoch=null", params + "ambient=380 K", params + "throttle=false"});
  CHECK(hot["energy"]["static_j"].get<double>() > 5 * whole["energy"]["static_j"].get<double>());
}

TEST_CASE("stack3d.H20 a tier above its limit runs its engine slower, with the same result") {
  const std::vector<std::string> limit{params + "limits.logic=45.3 degC", params + "epoch=5 us", params + "limits.hysteresis=0.1"};
  const json free = run(stack), slow = run(stack, limit);
  CHECK(slow["status"] == "ok");
  CHECK(slow["check"]["compared"] == free["check"]["compared"]);
  CHECK(slow["check"]["mismatches"] == 0);
  CHECK(slow["thermal"]["throttled"] == true);
  CHECK(slow["time"]["seconds"].get<double>() > 1.1 * free["time"]["seconds"].get<double>());
  CHECK(slow["totals"]["seconds"].get<double>() > 1.1 * free["totals"]["seconds"].get<double>());
  CHECK(slow["thermal"]["tiers"][1]["seconds_by_divider"]["2"].get<double>() > 0);
  CHECK(slow == run(stack, limit));
}

TEST_CASE("a limit that only the last epoch passes throttles nobody, and is told as it was set") {
  // 45.48 C at the end of the first of two epochs, 45.64 C at the end of the run.
  const json late = run(stack, {params + "limits.logic=45.5 degC"}), free = run(stack);
  CHECK(late["thermal"]["throttled"] == false);
  CHECK(late["thermal"]["not_throttled"].empty());
  CHECK(late["time"] == free["time"]);
  const ProcessResult text = run_snnvp({"run", stack, "--quiet", "--set", params + "limits.logic=45.5 degC"}, root);
  CHECK(text.out.find("above its limit of 45.5 C") != std::string::npos);
  // As the scenario's own comment suggests.
  const json hot = run(stack, {params + "limits.logic=45.4 degC"});
  CHECK(hot["thermal"]["throttled"] == true);
  CHECK(hot["thermal"]["tiers"][1]["seconds_by_divider"]["2"].get<double>() > 0);
}

TEST_CASE("a place that is not on a die is told with its block") {
  const auto error = [](const std::vector<std::string>& settings) { return run(stack, settings, 2)["error"].get<std::string>(); };
  CHECK(error({"platform.blocks.pu.floorplan.x=1.9"}).find("platform.blocks.pu.floorplan: x 1.9 to 2.65 mm") != std::string::npos);
  CHECK(error({"platform.blocks.pu.floorplan.tier=0"}).find("platform.blocks.pu.floorplan: it overlaps mem on tier 0") !=
        std::string::npos);
  CHECK(error({"platform.blocks.pu.floorplan={tier: 5}"}).find("tier 5 does not exist, stack has 2") != std::string::npos);
  CHECK(error({"platform.blocks.pu.floorplan={tier: 0, x: 1}"}).find("missing: y, w, h") != std::string::npos);
  CHECK(error({"technology.temperature=warm"}).find("or thermal") != std::string::npos);
}
