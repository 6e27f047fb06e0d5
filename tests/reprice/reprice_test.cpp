// SPDX-License-Identifier: Apache-2.0
// A run priced again from its folder against the same run simulated again.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "../support/process.h"

using namespace snnvp::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Files that speak of the command, the host, or the folder they stand in.
bool is_compared(const std::string& name) { return name != "manifest.json" && name != "host.json"; }

void expect_ok(const ProcessResult& result) {
  INFO(result.out << result.err);
  REQUIRE(result.exit_code == 0);
}

void simulate(const std::string& scenario, const std::string& out, const std::vector<std::string>& sets = {}) {
  std::vector<std::string> command{"run", scenario, "--quiet", "--out", out};
  for (const std::string& set : sets) command.insert(command.end(), {"--set", set});
  expect_ok(run_snnvp(command));
}

ProcessResult reprice(const std::string& folder, const std::string& out, const std::vector<std::string>& sets = {}) {
  std::vector<std::string> command{"reprice", folder};
  if (!out.empty()) command.insert(command.end(), {"--out", out});
  for (const std::string& set : sets) command.insert(command.end(), {"--set", set});
  return run_snnvp(command);
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Every file of one folder is in the other, byte by byte, but for those of the host and the command.
void expect_equal_folders(const std::string& a, const std::string& b) {
  std::vector<std::string> left = names_in(a), right = names_in(b);
  left.erase(std::remove_if(left.begin(), left.end(), [](const auto& n) { return !is_compared(n); }), left.end());
  right.erase(std::remove_if(right.begin(), right.end(), [](const auto& n) { return !is_compared(n); }), right.end());
  CHECK(left == right);
  for (const std::string& name : left) {
    INFO(name);
    if (!fs::exists(b + "/" + name)) continue;
    const bool is_equal = slurp(a + "/" + name) == slurp(b + "/" + name);
    CHECK(is_equal);
  }
}

json report_of(const std::string& folder) { return json::parse(slurp(folder + "/report.json")); }

void expect_refused(const ProcessResult& result, const std::string& words) {
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.err.find(words) != std::string::npos);
}

const std::string quickstart = "scenarios/quickstart.yaml";

}  // namespace

TEST_CASE("energy.E23 the same tables give a run's folder again, byte by byte, for every kind of workload") {
  const char* const scenarios[] = {"scenarios/quickstart.yaml",
                                   "scenarios/snap_front.yaml",
                                   "scenarios/switch_fabric.yaml",
                                   "scenarios/thermal_stack.yaml",
                                   "scenarios/thermal_planar.yaml",
                                   "scenarios/papers/stack3d_mha.yaml",
                                   "scenarios/papers/stack3d_heat.yaml",
                                   "scenarios/papers/thermal_hotspot.yaml",
                                   "scenarios/papers/spikex_shares.yaml",
                                   "scenarios/bonded_memory.yaml",
                                   "scenarios/papers/pi2_correlation.yaml",
                                   "scenarios/papers/mesh_uniform.yaml"};
  const ScratchFolder scratch;
  for (const std::string scenario : scenarios) {
    INFO(scenario);
    const std::string a = scratch.path() + "/a", b = scratch.path() + "/b";
    fs::remove_all(a), fs::remove_all(b);
    simulate(scenario, a);
    expect_ok(reprice(a, b));
    expect_equal_folders(a, b);
  }
}

TEST_CASE("desk.6 re-pricing equals re-simulating under another technology") {
  struct Case {
    std::string scenario;
    std::vector<std::string> sets;
  };
  const std::vector<Case> cases = {
      {"scenarios/product_sparsity.yaml", {"technology.preset=generic28", "technology.mode=bottom_up"}},
      {quickstart, {"technology.node_nm=16", "technology.sram_device=lstp", "technology.dram_mode=const", "technology.overheads=off"}},
      {"scenarios/thermal_stack.yaml", {"technology.logic_vt=lvt", "technology.draws=50"}},
      {"scenarios/papers/stack3d_mha.yaml", {"technology.preset=generic28", "technology.temperature=320 K"}},
      {"scenarios/snap_front.yaml", {"technology.preset=ucie_a", "technology.noc_multiplier=off"}},
  };
  const ScratchFolder scratch;
  int n = 0;
  for (const Case& c : cases) {
    INFO(c.scenario << " " << c.sets.front());
    const std::string base = scratch.path() + "/base" + std::to_string(++n), priced = base + "_priced", simulated = base + "_simulated";
    simulate(c.scenario, base);
    expect_ok(reprice(base, priced, c.sets));
    simulate(c.scenario, simulated, c.sets);
    expect_equal_folders(simulated, priced);
    CHECK(report_of(priced).at("energy") != report_of(base).at("energy"));
    CHECK(report_of(priced).at("time") == report_of(base).at("time"));
  }
}

TEST_CASE("desk.6 prices of a file replace those of the tables, and the way back gives the first run") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", b = scratch.path() + "/b", c = scratch.path() + "/c";
  simulate(quickstart, a, {"technology.preset=generic28"});
  const std::string prices =
      scratch.write("prices.yaml",
                    "arithmetic.ops_28nm.add_16b: {value: 0.03, unit: pJ, lo: 0.02, hi: 0.04, status: measured, source: a test}\n"
                    "spike_acc.8.16: {value: 0.2, unit: pJ, lo: 0.2, hi: 0.2, status: measured, source: a test}\n");
  expect_ok(run_snnvp({"reprice", a, "--prices", prices, "--out", b}));
  const json energy = report_of(b).at("energy");
  const json first = report_of(a);
  double count = 0;
  for (const auto& block : first.at("blocks")) count += block.at("events").value("spike_acc.8.16", 0.0);
  REQUIRE(count > 0);
  CHECK(energy.at("by_event").at("spike_acc.8.16").get<double>() == Approx(0.2e-12 * count).epsilon(1e-12));
  expect_ok(reprice(b, c, {"technology.prices={}"}));
  expect_equal_folders(a, c);
  const std::string wrong = scratch.write("wrong.yaml", "spike_accumulate: {value: 1, unit: pJ, lo: 1, hi: 1, status: guess, source: x}\n");
  expect_refused(run_snnvp({"reprice", a, "--prices", wrong}), "spike_accumulate");
  expect_refused(run_snnvp({"reprice", a, "--prices", scratch.path() + "/none.yaml"}), "none.yaml");
}

TEST_CASE("desk.6 latencies that another node would change are named, and stay") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", b = scratch.path() + "/b", c = scratch.path() + "/c";
  const std::string scenario = "scenarios/thermal_stack.yaml", table = "platform.blocks.mem.params.latency_cycles=null";
  simulate(scenario, a, {table});
  const ProcessResult result = reprice(a, b, {"technology.node_nm=22", "technology.sram_device=hp"});
  expect_ok(result);
  CHECK(result.err.find("mem (latency_cycles") != std::string::npos);
  CHECK(report_of(b).at("time") == report_of(a).at("time"));
  simulate(
      scenario, c,
      {table, "technology.node_nm=22", "technology.sram_device=hp", "technology.timing_node=28", "technology.timing_sram_device=lstp"});
  expect_equal_folders(c, b);
  expect_refused(reprice(a, "", {"technology.timing_sram_device=hp"}), "mem (latency_cycles");
  fs::remove_all(c);
  simulate(scenario, c, {table, "technology.node_nm=22", "technology.sram_device=hp"});
  CHECK(report_of(c).at("time") != report_of(a).at("time"));
}

TEST_CASE("desk.6 a run whose clocks heat divided is not priced again") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a";
  simulate("scenarios/thermal_stack.yaml", a, {"platform.blocks.stack.params.limits.logic=45.4 degC"});
  if (!report_of(a).at("thermal").at("throttled").get<bool>()) FAIL("the scenario no longer throttles");
  expect_refused(reprice(a, ""), "simulate it again");
}

TEST_CASE("desk.6 what is no run, is damaged, or would change the simulation is refused in a sentence") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a";
  simulate(quickstart, a);
  expect_refused(reprice(scratch.path() + "/nothing", ""), "is no folder");
  fs::create_directory(scratch.path() + "/empty");
  expect_refused(reprice(scratch.path() + "/empty", ""), "is missing");
  expect_refused(reprice(a, "", {"platform.blocks.pu.params.tile_m=64"}), "only technology.KEY");
  expect_refused(reprice(a, "", {"technology.nodenm=16"}), "node_nm");
  expect_refused(reprice(a, "", {"technology.temperature=thermal"}), "models.thermal");
  expect_refused(reprice(a, "", {"technology.preset=prosperity_paper"}), "no published figures for kind 'models.spikex'");
  expect_refused(reprice(a, a), "own folder");
  expect_refused(run_snnvp({"reprice", a, "--uncertainty", "0"}), "--uncertainty");

  const std::string file = a + "/activity.json", good = slurp(file);
  const auto with = [&](const std::string& text, const std::string& words) {
    std::ofstream(file, std::ios::binary) << text;
    expect_refused(reprice(a, ""), words);
  };
  with("", "damaged");
  with("{}", "damaged");
  with("[1, 2]\n", "damaged");
  with(good.substr(0, good.size() / 2), "damaged");
  with(good.substr(0, good.find("\"body\":") + 7) + std::string(2'000'000, '['), "nested too deeply");
  std::string other = good;
  other.replace(other.find("\"elapsed_s\":") + 12, 1, "7");
  with(other, "damaged");
  std::string format = good;
  format.replace(format.find("\"activity\":1"), 12, "\"activity\":9");
  with(format, "format 9");
  std::string version = good;
  version.replace(version.find("\"version\":\""), 12, "\"version\":\"9");
  with(version, "written by snnvp 9");
  fs::rename(file, scratch.path() + "/elsewhere.json");
  fs::create_symlink(scratch.path() + "/elsewhere.json", file);
  expect_refused(reprice(a, ""), "no plain file");
}
