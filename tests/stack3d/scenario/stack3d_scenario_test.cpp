// SPDX-License-Identifier: Apache-2.0
// The 3D stack from the command line.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "../../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;
const std::string moe = "scenarios/papers/stack3d_moe.yaml", mha = "scenarios/papers/stack3d_mha.yaml",
                  d3 = "scenarios/papers/stack3d_d3.yaml", sides = "scenarios/papers/stack3d_sides.yaml";

ProcessResult launch(const std::string& scenario, const std::vector<std::string>& settings) {
  std::vector<std::string> arguments{"run", scenario, "--quiet", "--json"};
  for (const std::string& s : settings) arguments.insert(arguments.end(), {"--set", s});
  return run_snnvp(arguments, root);
}

json run(const std::string& scenario, const std::vector<std::string>& settings = {}) {
  const ProcessResult result = launch(scenario, settings);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  json report = json::parse(result.out);
  CHECK(report["status"] == "ok");
  CHECK(report["check"]["mismatches"] == 0);
  CHECK(report["check"]["compared"] > 0);
  return report;
}

const json& block(const json& report, const std::string& name) {
  for (const json& b : report["blocks"])
    if (b["name"] == name) return b;
  FAIL("no block " << name);
  return report;
}

std::string stack(const std::string& setting) { return "platform.blocks.stack.params." + setting; }

}  // namespace

TEST_CASE("stack3d.T9 cycles of the scenarios in paper timing are those of the closed forms") {
  CHECK(run(moe, {stack("timing=paper")})["totals"]["cycles"] == 80'080);
  CHECK(run(moe, {stack("timing=paper"), "workload.gate=first"})["totals"]["cycles"] == 318'544);
  CHECK(run(mha, {stack("timing=paper"), "workload.kernels=[mha]"})["totals"]["cycles"] == 139'392);
  CHECK(run(moe, {stack("timing=paper"), "workload.kernels=[ffn]"})["totals"]["cycles"] == 309'312);
}

TEST_CASE("stack3d.T3 the scenario of D3 gives the published factor of latency") {
  const json all = run(d3, {"workload.d3_keep=1"})["totals"], half = run(d3)["totals"];
  CHECK(all["attention_cycles"] == 19'968);
  CHECK(half["attention_cycles"] == 10'752);
  CHECK(half["kept_work"] == 0.5);
  CHECK(half["rounds"] == 1);
  CHECK(half["a_bits_written"] == 0);
}

TEST_CASE("stack3d.T10 tile timing of the balanced mixture exceeds the closed form by at most 2 %") {
  const double cycles = run(moe)["totals"]["cycles"];
  CHECK(cycles / 80'080 >= 1);
  CHECK(cycles / 80'080 <= 1.02);
}

TEST_CASE("stack3d.T13 one die computes the same with the same operations; only the links differ") {
  for (const std::string& scenario : {moe, mha}) {
    const json stacked = run(scenario), planar = run(scenario, {stack("variant=2d")});
    CHECK(stacked["check"]["compared"] == planar["check"]["compared"]);
    json events_3d = block(stacked, "stack")["events"], events_2d = block(planar, "stack")["events"];
    CHECK(events_3d["bond_bit"] > 0);
    CHECK(events_2d["bond_bit"] == 0);
    CHECK(events_2d["link_bit_um"] > events_3d["link_bit_um"]);
    for (json* e : {&events_3d, &events_2d}) e->erase("bond_bit"), e->erase("link_bit_um");
    CHECK(events_3d == events_2d);
    CHECK(stacked["totals"]["sites_required"] == 3'200);
    CHECK(planar["totals"]["sites_required"] == 0);
  }
}

TEST_CASE("stack3d.T1 access latency of the scenario echoes the preset, which is told to be an input") {
  const double planar = run(mha, {stack("variant=2d")})["totals"]["access_latency_ns"];
  const json stacked = run(mha, {stack("preset=f2f_iccad24_ssa")});
  CHECK(stacked["totals"]["access_latency_ns"].get<double>() / planar == Approx(0.26).epsilon(1e-12));
  bool told = false;
  for (const json& d : stacked["diagnosis"]) told = told || d["rule"] == "stack.preset";
  CHECK(told);
}
