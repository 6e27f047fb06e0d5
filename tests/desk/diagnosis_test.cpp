// SPDX-License-Identifier: Apache-2.0
// The rules of the diagnosis: each speaks where it should, and is silent just below.
#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/layer_bound.h>
#include <snnvp/platform/report/diagnose.h>
#include <snnvp/platform/report/diagnosis_rules.h>

#include "../support/process.h"

using namespace snnvp;
using test::run_snnvp;
using test::ScratchFolder;
using Json = nlohmann::ordered_json;
using Counts = std::vector<std::pair<std::string, std::optional<std::uint64_t>>>;

namespace {

std::vector<std::string> rules_of(RunReport report, const std::vector<Series::Row>& series = {}) {
  diagnose_load(report, series);
  diagnose(report);
  std::vector<std::string> rules;
  for (const DiagnosisItem& item : report.diagnosis) rules.push_back(item.rule);
  return rules;
}

bool speaks(const std::string& rule, const RunReport& report, const std::vector<Series::Row>& series = {}) {
  const auto rules = rules_of(report, series);
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

RunReport with_stat(const std::string& stat, StatValue value) {
  RunReport report;
  report.blocks.push_back({"block", "kind", nullptr, {{stat, std::move(value)}, {"other", std::uint64_t{1}}}, {}});
  return report;
}

RunReport with_layer(Cycles total, Counts counts) {
  RunReport report;
  LayerRow row;
  row.name = "conv", row.engine = "pu";
  row.record.M = 1;
  row.record.total_cycles = total;
  row.record.counts = std::move(counts);
  report.layers.push_back(std::move(row));
  EngineReport engine;
  engine.name = "pu", engine.cycles = total, engine.hz = 1'000'000, engine.jobs = 1;
  report.engines.push_back(std::move(engine));
  report.seconds = static_cast<double>(total) * 1e-6;
  return report;
}

std::vector<Series::Row> use(std::initializer_list<double> values) {
  std::vector<Series::Row> rows;
  std::size_t window = 0;
  for (const double v : values) rows.push_back({window++, "block", "utilisation", v, {}});
  return rows;
}

Json diagnosis_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"run"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.insert(all.end(), {"--quiet", "--json"});
  return Json::parse(run_snnvp(all).out).at("diagnosis");
}

bool has(const Json& diagnosis, const std::string& rule) {
  for (const Json& item : diagnosis)
    if (item.at("rule") == rule) return !item.at("text").get<std::string>().empty();
  return false;
}

}  // namespace

TEST_CASE("desk: link_saturated looks at windows where there are some, else at the whole run") {
  const RunReport busy = with_stat("utilisation", 0.96), free = with_stat("utilisation", 0.94);
  CHECK(speaks("link_saturated", busy));
  CHECK(!speaks("link_saturated", free));
  // Full in 2 of 10 windows is more than 10 % of the run, in 1 of 10 it is not, whatever the mean.
  CHECK(speaks("link_saturated", free, use({1, 1, 0, 0, 0, 0, 0, 0, 0, 0.1})));
  CHECK(!speaks("link_saturated", busy, use({1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9})));
  CHECK(speaks("link_saturated", with_stat("link_utilisation_max", 0.97)));
  CHECK(!speaks("link_saturated", with_stat("link_utilisation_max", 0.9)));
  CHECK(speaks("link_saturated", with_stat("busiest_port", 0.99)));
  RunReport load;
  load.totals = {{"offered_rate", 0.5}, {"accepted_rate", 0.4}, {"stable", false}};
  CHECK(speaks("link_saturated", load));
  load.totals.back().second = true;
  CHECK(!speaks("link_saturated", load));
}

TEST_CASE("desk: memory_bound, detection_bound, compute_bound and idle_units divide an engine's cycles") {
  CHECK(speaks("memory_bound", with_layer(100, {{"stall_cycles", 31}, {"compute_cycles", 60}})));
  CHECK(!speaks("memory_bound", with_layer(100, {{"stall_cycles", 30}, {"compute_cycles", 60}})));
  CHECK(speaks("detection_bound", with_layer(100, {{"preprocess_stall_cycles", 31}, {"compute_cycles", 60}})));
  CHECK(!speaks("detection_bound", with_layer(100, {{"preprocess_stall_cycles", 30}, {"compute_cycles", 60}})));
  CHECK(speaks("compute_bound", with_layer(100, {{"compute_cycles", 95}, {"stall_cycles", 4}})));
  CHECK(!speaks("compute_bound", with_layer(100, {{"compute_cycles", 90}, {"stall_cycles", 4}})));
  CHECK(!speaks("compute_bound", with_layer(100, {{"compute_cycles", 95}, {"stall_cycles", 5}})));
  const RunReport idle = with_layer(100, {{"compute_cycles", 49}, {"lif_cycles", 20}, {"fill_cycles", 31}});
  CHECK(speaks("idle_units", idle));
  CHECK(!speaks("idle_units", with_layer(100, {{"compute_cycles", 50}, {"stall_cycles", 50}})));
  RunReport told = idle;
  diagnose(told);
  CHECK_THAT(told.diagnosis.front().text, Catch::Contains("51 %") && Catch::Contains("filling the array (31 %)"));
  RunReport waiting = with_layer(100, {{"compute_cycles", 80}});
  CHECK(!speaks("idle_units", waiting));
  waiting.seconds *= 2.1;
  CHECK(speaks("idle_units", waiting));
}

TEST_CASE("desk: window_too_small, moe_imbalance, no_sparsity_gain") {
  CHECK(speaks("window_too_small", with_layer(100, {{"tws", 2}, {"integ_cycles", 50}, {"fill_cycles", 26}})));
  CHECK(!speaks("window_too_small", with_layer(100, {{"tws", 2}, {"integ_cycles", 50}, {"fill_cycles", 25}})));
  CHECK(speaks("window_too_small", with_stat("short_windows", std::uint64_t{1})));
  CHECK(!speaks("window_too_small", with_stat("short_windows", std::uint64_t{0})));
  CHECK(speaks("moe_imbalance", with_stat("load_imbalance", 1.51)));
  CHECK(!speaks("moe_imbalance", with_stat("load_imbalance", 1.5)));
  RunReport dense = with_layer(100, {{"compute_cycles", 80}});
  dense.engines[0].product_density = 0.91;
  CHECK(speaks("no_sparsity_gain", dense));
  dense.engines[0].product_density = 0.9;
  CHECK(!speaks("no_sparsity_gain", dense));
}

TEST_CASE("desk: buffer_overflow, late_events, row_conflicts, short_run, clamped, never_touched") {
  for (const char* stat : {"dropped_buffer", "dropped_residence", "overflow"}) {
    CHECK(speaks("buffer_overflow", with_stat(stat, std::uint64_t{1})));
    CHECK(!speaks("buffer_overflow", with_stat(stat, std::uint64_t{0})));
  }
  for (const char* stat : {"late_spikes", "pair_late", "late_frames"}) {
    CHECK(speaks("late_events", with_stat(stat, std::uint64_t{1})));
    CHECK(!speaks("late_events", with_stat(stat, std::uint64_t{0})));
  }
  RunReport dram = with_stat("row_conflicts", std::uint64_t{6});
  dram.blocks[0].stats.emplace_back("row_hits", std::uint64_t{5});
  CHECK(speaks("row_conflicts", dram));
  dram.blocks[0].stats.emplace_back("row_misses", std::uint64_t{1});
  CHECK(!speaks("row_conflicts", dram));
  RunReport traffic;
  traffic.sections["traffic"] = {{"measured_from", 100}, {"measured_to", 299}, {"latency_cycles", {{"mean", 20.0}}}};
  CHECK(speaks("short_run", traffic));
  traffic.sections["traffic"]["measured_to"] = 300;
  CHECK(!speaks("short_run", traffic));
  RunReport cut = with_layer(100, {{"compute_cycles", 80}});
  CHECK(!speaks("clamped", cut));
  cut.layers[0].record.notice = "windows were cut";
  CHECK(speaks("clamped", cut));
  RunReport silent = with_stat("a", StatValue());
  CHECK(!speaks("never_touched", silent));
  silent.blocks[0].stats[1].second = StatValue();
  CHECK(speaks("never_touched", silent));
}

TEST_CASE("desk: every rule has a condition and a test, and its text a number") {
  // A rule that is added is added here, with its tests above.
  const std::vector<std::string> tested{"link_saturated",   "memory_bound",  "detection_bound", "compute_bound", "idle_units",
                                        "window_too_small", "moe_imbalance", "buffer_overflow", "late_events",   "row_conflicts",
                                        "no_sparsity_gain", "short_run",     "clamped",         "never_touched"};
  std::vector<std::string> rules;
  for (const DiagnosisRule& rule : diagnosis_rules()) {
    rules.push_back(rule.rule);
    CHECK(std::string(rule.condition).size() > 10);
  }
  CHECK(rules == tested);
}

TEST_CASE("desk: runs speak of what holds them up") {
  // A slow memory, then a fast one.
  const std::string scenario = "scenarios/product_sparsity.yaml";
  const Json slow = diagnosis_of({scenario, "--set", "platform.blocks.dram.params.channels=1"});
  const Json narrow = diagnosis_of({scenario, "--set", "platform.blocks.bus.params.width=1 B", "--set", "run.windows=50"});
  CHECK(has(narrow, "link_saturated"));
  CHECK(has(narrow, "memory_bound"));
  CHECK(!has(slow, "link_saturated"));
  const std::string experts = "scenarios/papers/stack3d_moe.yaml";
  CHECK(!has(diagnosis_of({experts}), "moe_imbalance"));
  CHECK(has(diagnosis_of({experts, "--set", "workload.gate=first"}), "moe_imbalance"));
  const std::string mesh = "scenarios/papers/mesh_uniform.yaml", size = "platform.blocks.noc.params.size=[4, 4]";
  CHECK(!has(diagnosis_of({mesh, "--set", size}), "link_saturated"));
  CHECK(has(diagnosis_of({mesh, "--set", size, "--set", "workload.rate=1"}), "link_saturated"));
}

TEST_CASE("desk: explain knows the rules and what they said, and layers as a whole") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", folder, "--set", "platform.blocks.bus.params.width=1 B"})
              .exit_code == 0);
  const auto rule = run_snnvp({"explain", folder, "memory_bound"});
  CHECK(rule.exit_code == 0);
  CHECK_THAT(rule.out,
             Catch::Contains("told 1 time") && Catch::Contains("above 30 %") && Catch::Contains("advice: more or faster channels"));
  const auto silent = run_snnvp({"explain", folder, "moe_imbalance"});
  CHECK_THAT(silent.out, Catch::Contains("silent in this run"));
  const auto layer = run_snnvp({"explain", folder, "layers.conv2d_1"});
  CHECK_THAT(layer.out, Catch::Contains("bound: memory") && Catch::Contains("memory stalls") && Catch::Contains("ops_per_byte"));
  CHECK(run_snnvp({"explain", folder, "memory_bond"}).exit_code == 2);
}

TEST_CASE("desk: what a layer or a stage waits for follows from the cycles its model tells apart") {
  const auto bound = [](const char* text) { return desk::bound_of(Json::parse(text)); };
  CHECK(bound(R"({"total_cycles": 100, "compute_cycles": 60, "stall_cycles": 31})") == "memory");
  CHECK(bound(R"({"total_cycles": 100, "compute_cycles": 60, "stall_cycles": 30, "detect_cycles": 61})") == "detection");
  CHECK(bound(R"({"total_cycles": 100, "compute_cycles": 60, "stall_cycles": 30, "detect_cycles": 60})") == "compute");
  CHECK(bound(R"({"total_cycles": 100, "integ_cycles": 60, "fill_cycles": 20, "dram_cycles": 81})") == "memory");
  CHECK(bound(R"({"total_cycles": 100, "integ_cycles": 60, "fill_cycles": 20, "dram_cycles": 80})") == "compute");
  CHECK(bound(R"({"total_cycles": 100, "integ_cycles": 60, "dram_cycles": 10})") == "memory");  // 40 % are nobody's: bursts of the bus
  CHECK(bound(R"({"total_cycles": 100, "memory_cycles": 51, "dense_cycles": 50, "sparse_cycles": 20})") == "memory");
  CHECK(bound(R"({"cycles": 100, "busiest_link_cycles": 51})") == "link");
  CHECK(bound(R"({"cycles": 100, "busiest_link_cycles": 50})").empty());
  CHECK(bound(R"({"cycles": 100, "compute_cycles": 40, "noc_cycles": 30, "d2d_cycles": 41})") == "link");
  CHECK(bound(R"({"cycles": 100, "compute_cycles": 42, "noc_cycles": 30, "d2d_cycles": 41})") == "compute");
  CHECK(bound(R"({"total_cycles": 100})").empty());
  CHECK(desk::bound_reason(Json::parse(R"({"total_cycles": 200, "compute_cycles": 120, "stall_cycles": 62, "lif_cycles": 0})")) ==
        "adders 60 %, memory stalls 31 %");
}
