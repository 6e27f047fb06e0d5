// SPDX-License-Identifier: Apache-2.0
// What is done with finished runs: comparing, and the page of a run.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <string>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/desk/compare.h>
#include <snnvp/platform/desk/explain.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/html_report.h>
#include <snnvp/platform/desk/layer_bound.h>

#include "../support/process.h"

using namespace snnvp::desk;
using snnvp::InputError;
using snnvp::test::ProcessResult;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;
using Json = nlohmann::ordered_json;

namespace {

RunFolder run_of(const std::string& name, const Json& change = Json::object()) {
  Json report = Json::parse(R"({"schema": 1, "tool": {"version": "0"}, "inputs": [{"path": "a", "sha256": "1"}], "seed": 1, "status": "ok",
    "check": {"enabled": true, "compared": 10, "mismatches": 0},
    "layers": [{"name": "conv", "engine": "pu", "cycles": 100, "energy_mj": 2.0}, {"name": "fc", "engine": "pu", "cycles": 50, "energy_mj": null}],
    "blocks": [{"name": "bus", "stats": {"bytes": 64, "text": "x", "grants.a": 3}}],
    "energy": {"mode": "bottom_up", "preset": "generic28", "by_block": {"pu": {"total_j": 2.0}}},
    "totals": {"cycles": 150, "energy_mj": 3.0, "zero": 0}})");
  report.merge_patch(change);
  return {name, "", report, nullptr};
}

const ComparedNumber& row(const std::vector<ComparedNumber>& rows, const std::string& path) {
  for (const ComparedNumber& r : rows)
    if (r.path == path) return r;
  FAIL(path << " is not among the rows");
  return rows.front();
}

}  // namespace

TEST_CASE("desk: compare gives ratios to the first run, for totals, layers and blocks") {
  const Comparison c = compare({run_of("a"), run_of("b", {{"totals", {{"cycles", 300}, {"zero", 1}}},
                                                          {"blocks", Json::parse(R"([{"name": "bus", "stats": {"bytes": 16}}])")}})});
  CHECK(c.is_like_for_like);
  CHECK(*row(c.totals, "totals.cycles").ratio(1) == 2.0);
  CHECK(!row(c.totals, "totals.zero").ratio(1));
  CHECK(*row(c.layers, "layers.conv.cycles").ratio(1) == 1.0);
  CHECK(*row(c.blocks, "blocks.bus.stats.bytes").ratio(1) == 0.25);
  const std::string text = to_text(c);
  CHECK_THAT(text, Catch::Contains("2.000x"));
  CHECK_THAT(text, Catch::Contains("layers: all 3 numbers are equal"));
  CHECK(to_json(c).at("totals")[0].at("ratios")[1] == 2.0);
}

TEST_CASE("desk: compare tells apples from oranges") {
  const auto differences = [](const Json& change) { return compare({run_of("a"), run_of("b", change)}); };
  CHECK(!differences({{"seed", 2}}).is_like_for_like);
  CHECK(!differences({{"inputs", Json::parse(R"([{"path": "a", "sha256": "2"}])")}}).is_like_for_like);
  CHECK(!differences({{"check", {{"compared", 11}}}}).is_like_for_like);
  CHECK(!differences({{"status", "limit"}}).is_like_for_like);
  CHECK(differences({{"inputs", Json::parse(R"([{"path": "elsewhere/a", "sha256": "1"}])")}}).is_like_for_like);
  const Comparison prices = differences({{"energy", {{"preset", "other"}}}});
  CHECK(prices.is_like_for_like);
  REQUIRE(prices.differences.size() == 1);
  CHECK_THAT(prices.differences[0], Catch::Contains("bottom_up other instead of bottom_up generic28"));
}

TEST_CASE("desk: conditions of --fail-if are changes in per cent or values") {
  const std::vector<RunFolder> runs{run_of("a"), run_of("b", {{"totals", {{"cycles", 156}}}})};
  const auto breaks = [&](const char* text) { return !broken_by(parse_condition(text), runs).empty(); };
  CHECK(breaks("totals.cycles>+2%"));
  CHECK(!breaks("totals.cycles > +4 %"));
  CHECK(breaks("totals.cycles>=4%"));
  CHECK(!breaks("totals.cycles<-1%"));
  CHECK(breaks("totals.cycles>155"));
  CHECK(breaks("layers.conv.cycles<=100"));
  CHECK(breaks("blocks.bus.stats.grants.a>2"));
  for (const char* bad : {"totals.cycles", ">2%", "totals.cycles>", "totals.cycles>two", "totals.cycles=>2"})
    CHECK_THROWS_AS(parse_condition(bad), InputError);
  CHECK_THROWS_AS(breaks("totals.cycle>1"), InputError);
  CHECK_THROWS_AS(breaks("status>1"), InputError);
  CHECK_THROWS_AS(breaks("totals.zero>1%"), InputError);
}

TEST_CASE("desk: compare from outside") {
  const ScratchFolder scratch;
  const std::string a = scratch.path() + "/a", b = scratch.path() + "/b", c = scratch.path() + "/c.json";
  REQUIRE(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", a}).exit_code == 0);
  REQUIRE(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--set", "platform.blocks.pu.params.tile_m=64", "--out", b})
              .exit_code == 0);
  scratch.write("c.json", run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--set", "workload.seed=2", "--json"}).out);
  CHECK(run_snnvp({"compare", a, b}).exit_code == 0);
  CHECK(run_snnvp({"compare", a, a, "--fail-if", "totals.cycles>0%"}).exit_code == 0);
  const ProcessResult slower = run_snnvp({"compare", a, b, "--json", "--fail-if", "totals.cycles>+1%"});
  CHECK(slower.exit_code == 1);
  CHECK(Json::accept(slower.out));
  CHECK_THAT(slower.err, Catch::Contains("failed: totals.cycles>+1%"));
  const ProcessResult oranges = run_snnvp({"compare", a, c});
  CHECK(oranges.exit_code == 2);
  CHECK_THAT(oranges.err, Catch::Contains("another seed"));
  CHECK(run_snnvp({"compare", a, c, "--force"}).exit_code == 0);
  CHECK(run_snnvp({"compare", a, scratch.path() + "/nothing"}).exit_code == 2);
  CHECK(run_snnvp({"compare", a, scratch.write("bad.json", "{\"schema\": 1}")}).exit_code == 2);
  CHECK(run_snnvp({"compare", a, scratch.write("new.json", R"({"schema": 99, "totals": {}})")}).exit_code == 2);
}

TEST_CASE("formats.F13 a page asks for nothing outside itself, holds every layer without its script, and stays small") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(run_snnvp({"run", "scenarios/quickstart.yaml", "--quiet", "--out", folder}).exit_code == 0);
  REQUIRE(run_snnvp({"report", folder}).exit_code == 0);
  const std::string html = slurp(folder + "/report.html");
  CHECK(html.size() < 2'000'000);
  CHECK(html.find("default-src 'none'") != std::string::npos);
  // Chart.js names its home page in comments; nothing may point outside.
  for (const char* outside : {" src=", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest", "WebSocket"}) {
    INFO(outside);
    CHECK(html.find(outside) == std::string::npos);
  }
  const Json report = Json::parse(slurp(folder + "/report.json"));
  for (const Json& layer : report.at("layers"))
    CHECK(html.find("<td class=\"text\">" + layer.at("name").get<std::string>() + "</td>") != std::string::npos);
  CHECK(run_snnvp({"report", scratch.path()}).exit_code == 2);
}

TEST_CASE("desk: what a file says cannot become part of a page") {
  RunFolder run = run_of("a", {{"scenario", {{"name", "</script><script>alert(1)</script>"}}},
                               {"diagnosis", Json::parse(R"([{"rule": "<b>", "text": "a & \"b\""}])")}});
  run.report["layers"][0]["name"] = "<img src=x>";
  const std::string html = run_html(run);
  for (const char* bad : {"<script>alert", "<img src=x>", "<b>\","}) CHECK(html.find(bad) == std::string::npos);
  CHECK(html.find("&lt;img src=x&gt;") != std::string::npos);
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

TEST_CASE("desk: what a layer waits for, and where it stands in the roofline") {
  const auto bound = [](const char* text) { return bound_of(Json::parse(text)); };
  CHECK(bound(R"({"total_cycles": 100, "stall_cycles": 31, "compute_cycles": 60})") == "memory");
  CHECK(bound(R"({"total_cycles": 100, "stall_cycles": 30, "compute_cycles": 60, "detect_cycles": 61})") == "detection");
  CHECK(bound(R"({"total_cycles": 100, "stall_cycles": 30, "compute_cycles": 60, "detect_cycles": 60})") == "compute");
  CHECK(bound(R"({"total_cycles": 0})").empty());
  CHECK(bound(R"({"total_cycles": 100})").empty());
  const auto r = roofline_of(Json::parse(R"({"M": 10, "K": 20, "N": 30, "dram_bits": 8000, "cycles": 600})"));
  REQUIRE(r);
  CHECK(r->ops_per_byte == 6.0);
  CHECK(r->ops_per_cycle == 10.0);
  CHECK(!roofline_of(Json::parse(R"({"M": null, "K": 20, "N": 30, "dram_bits": 8000, "cycles": 600})")));
}

TEST_CASE("desk: every number of a report can be explained") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  for (const char* scenario : {"scenarios/product_sparsity.yaml", "scenarios/quickstart.yaml"}) {
    REQUIRE(run_snnvp({"run", scenario, "--quiet", "--out", folder}).exit_code == 0);
    const RunFolder run = read_run(folder);
    const auto paths = number_paths(run.report);
    CHECK(paths.size() > 100);
    for (const std::string& path : paths) {
      INFO(path);
      const Explanation e = explain(run, path);
      CHECK(!e.meaning.empty());
    }
    // Sums and products are those of the inputs that are shown.
    const Explanation edp = explain(run, "energy.total_j");
    CHECK(edp.inputs.at(0).value + edp.inputs.at(1).value == edp.value.get<double>());
    for (const auto& [name, block] : run.report.at("energy").at("by_block").items()) {
      double sum = 0;
      for (const Input& input : explain(run, "energy.by_block." + name + ".total_j").inputs) sum += input.value;
      CHECK(sum == Approx(block.at("total_j").get<double>()).epsilon(1e-12));
    }
  }
}

TEST_CASE("desk: explain from outside") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", folder}).exit_code == 0);
  const ProcessResult edp = run_snnvp({"explain", folder, "edp_js"});
  CHECK(edp.exit_code == 0);
  CHECK_THAT(edp.out, Catch::Contains("energy.total_j x totals.seconds"));
  CHECK_THAT(run_snnvp({"explain", folder, "layers.fc_0.stall_cycles"}).out, Catch::Contains("data are missing"));
  CHECK_THAT(run_snnvp({"explain", folder, "cycles"}).out, Catch::Contains("totals.cycles = "));
  const ProcessResult typo = run_snnvp({"explain", folder, "totals.cycle"});
  CHECK(typo.exit_code == 2);
  CHECK_THAT(typo.err, Catch::Contains("did you mean totals.cycles?"));
  CHECK_THAT(run_snnvp({"explain", folder, "stall_cycles"}).err, Catch::Contains("stands in several places"));
  CHECK_THAT(run_snnvp({"explain", folder, "status"}).err, Catch::Contains("is no number"));
}
