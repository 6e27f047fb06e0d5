// SPDX-License-Identifier: Apache-2.0
// The Bishop cores from the command line: the paper's models, thresholds and bundles (spec/stack3d.md 8.2).
#include <catch2/catch.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "../../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

json run(std::vector<std::string> settings, int exit_code = 0) {
  std::vector<std::string> arguments{"run", "scenarios/papers/stack3d_bishop.yaml", "--quiet", "--json"};
  for (const std::string& s : settings) arguments.insert(arguments.end(), {"--set", s});
  const ProcessResult result = run_snnvp(arguments, SNNVP_SOURCE_DIR);
  INFO(result.err);
  REQUIRE(result.exit_code == exit_code);
  return exit_code <= 1 ? json::parse(result.out) : json{{"error", result.err}};
}

std::string cores(const std::string& setting) { return "platform.blocks.stack.params.bishop." + setting; }

std::uint64_t sum(const json& report, const char* field) {
  std::uint64_t total = 0;
  for (const json& layer : report["layers"])
    if (!layer[field].is_null()) total += layer[field].get<std::uint64_t>();
  return total;
}

}  // namespace

TEST_CASE("stack3d.B3 stack3d.B14 stack3d.B15 a block of a model from the command line, checked value by value", "[bishop]") {
  const std::uint64_t attention[] = {30'080, 24'064, 97'216, 39'680, 385'024}, linear[] = {602'640, 482'112, 101'400, 156'000, 1'928'448};
  for (const int model : {2, 3, 4}) {
    const std::string number = "workload.model=" + std::to_string(model);
    // 95 % active bundles: no feature is silent, theta_s 0 sends all to the dense core.
    const json report = run({number, "workload.blocks=1", "workload.active_bundles=0.95", cores("theta_s=0")});
    INFO("model " << model);
    CHECK(report["status"] == "ok");
    CHECK(report["check"]["mismatches"] == 0);
    CHECK(sum(report, "attention_cycles") == attention[model - 1]);
    CHECK(sum(report, "dense_cycles") == linear[model - 1]);
    CHECK(sum(report, "sparse_features") == 0);
    CHECK(report["totals"]["cycles"] == attention[model - 1] + linear[model - 1]);
    for (const json& block : report["blocks"])
      if (block["name"] == "stack") CHECK(block["stats"]["score_bits_written"] == 0);
  }
}

TEST_CASE("stack3d.B8 pruning from the command line: less work, and no score lost that reaches the threshold", "[bishop]") {
  const std::vector<std::string> small{"workload.blocks=1"};
  const json plain = run(small), pruned = run({small[0], cores("ecp_theta_q=6"), cores("ecp_theta_k=6")}),
             harmless = run({small[0], cores("ecp_theta_q=1"), cores("ecp_theta_k=1")});
  CHECK(plain["pruning"]["stack"]["removed_scores"] == 0);
  const json& loss = pruned["pruning"]["stack"];
  CHECK(loss["bound"] == 6);
  CHECK(loss["beyond_bound"] == 0);
  CHECK(loss["largest_removed"] < 6);
  CHECK(loss["removed_scores"] > 0);
  CHECK(loss["removed_not_zero"] > 0);
  CHECK(pruned["status"] == "ok");
  CHECK(pruned["check"]["compared"] == plain["check"]["compared"]);
  CHECK(sum(pruned, "attention_cycles") < sum(plain, "attention_cycles"));
  CHECK(sum(pruned, "scores") - sum(pruned, "kept_scores") == loss["removed_scores"]);
  CHECK(pruned["totals"]["energy_mj"] < plain["totals"]["energy_mj"]);
  CHECK(harmless["pruning"]["stack"]["removed_not_zero"] == 0);
}

TEST_CASE("stack3d.B11 totals.edp_js against theta_s: both ends are worse than the balanced split", "[bishop]") {
  const auto edp = [](std::vector<std::string> settings) {
    settings.insert(settings.end(), {"workload.blocks=1", "workload.part=linear"});
    return run(settings)["totals"]["edp_js"].get<double>();
  };
  const double balanced = edp({}), all_dense = edp({cores("theta_s=0")}), all_sparse = edp({cores("theta_s=196")});
  CHECK(all_dense > 1.65 * balanced);
  CHECK(all_sparse > 1.65 * balanced);
  CHECK(edp({cores("theta_s=130")}) < std::min(all_dense, all_sparse));
}

TEST_CASE("stack3d.B12 bundle sizes from the command line", "[bishop]") {
  std::vector<json> reports;
  for (const auto& [t, n] : {std::pair(1, 2), std::pair(2, 2), std::pair(2, 4), std::pair(4, 14)})
    reports.push_back(run({"workload.blocks=1", "workload.part=linear", cores("theta_s=0"), cores("bs_t=" + std::to_string(t)),
                           cores("bs_n=" + std::to_string(n))}));
  CHECK(sum(reports[0], "dense_cycles") > sum(reports[1], "dense_cycles"));
  CHECK(sum(reports[1], "dense_cycles") > sum(reports[2], "dense_cycles"));
  CHECK(sum(reports[3], "spike_dram_bits") > sum(reports[2], "spike_dram_bits"));
}

TEST_CASE("Bishop: bundle-sparsity-aware activity makes a network faster", "[bishop]") {
  const json plain = run({"workload.blocks=1", "workload.part=linear"}),
             bsa = run({"workload.blocks=1", "workload.part=linear", "workload.bsa=true"});
  CHECK(sum(bsa, "active_bundles") < sum(plain, "active_bundles"));
  CHECK(bsa["totals"]["cycles"] < plain["totals"]["cycles"]);
}

TEST_CASE("Bishop: tile timing takes the closed form and what the memory adds", "[bishop]") {
  const json paper = run({"workload.blocks=1"}), tile = run({"workload.blocks=1", "platform.blocks.stack.params.timing=tile"});
  CHECK(tile["check"]["mismatches"] == 0);
  CHECK(tile["totals"]["cycles"] > paper["totals"]["cycles"]);
  CHECK(tile["totals"]["cycles"] < 1.3 * paper["totals"]["cycles"].get<double>());
  CHECK(sum(tile, "dense_cycles") == sum(paper, "dense_cycles"));
}

TEST_CASE("Bishop: the energy of a layer is that of the cores it keeps busy", "[bishop]") {
  const json report = run({"workload.blocks=1"});
  double layers = 0;
  for (const json& layer : report["layers"]) layers += layer["energy_mj"].get<double>();
  const json& by_event = report["energy"]["by_event"];
  double units = 0;
  for (const char* key : {"dense_core", "sparse_core", "attention_core", "spike_generator"}) units += by_event[key].get<double>();
  CHECK(layers == Approx(units * 1e3).epsilon(1e-9));
  CHECK(by_event["buffers"].get<double>() == Approx(48.3e-3 * report["time"]["seconds"].get<double>()).epsilon(1e-6));
}

TEST_CASE("stack3d.T13 Bishop: on one die the same results and times, wires instead of bonds", "[bishop]") {
  const std::vector<std::string> stacked{"workload.blocks=1", "technology.preset=generic28"};
  std::vector<std::string> planar = stacked;
  planar.push_back("platform.blocks.stack.params.variant=2d");
  const json three = run(stacked), two = run(planar);
  CHECK(three["totals"]["cycles"] == two["totals"]["cycles"]);
  CHECK(three["layers"].size() == two["layers"].size());
  const auto block = [](const json& report) {
    for (const json& b : report["blocks"])
      if (b["name"] == "stack") return b;
    return json();
  };
  const json b3 = block(three), b2 = block(two);
  for (const char* key : {"spike_acc.8.16", "lif.16", "and_pop_bit", "add.16"}) CHECK(b3["events"][key] == b2["events"][key]);
  CHECK(b3["events"]["bond_bit"] > 0);
  CHECK(b2["events"]["bond_bit"] == 0);
  CHECK(b2["events"]["link_bit_um"] > b3["events"]["link_bit_um"]);
  // A sum per lane of the spike generator, and a port of each buffer: 2 sites a bit.
  CHECK(b3["stats"]["bond_bits_per_cycle"] == 8192 + 512 + 512);
  CHECK(b3["stats"]["sites_required"] == 2 * (8192 + 512 + 512));
  CHECK(b2["stats"]["sites_required"] == 0);
  CHECK(three["totals"]["energy_mj"] < two["totals"]["energy_mj"]);
}

TEST_CASE("Bishop: a bond at 9 um that may not be exceeded slows the cores, in tile timing", "[bishop]") {
  const std::string stack = "platform.blocks.stack.params.";
  const std::vector<std::string> wide{"workload.blocks=1", stack + "timing=tile"};
  std::vector<std::string> narrow = wide;
  narrow.insert(narrow.end(), {stack + "bond.pitch=9", stack + "bond.limit=enforce", stack + "bond.overlap_area=0.2"});
  CHECK(run(narrow)["totals"]["cycles"] > run(wide)["totals"]["cycles"]);
}

TEST_CASE("Bishop: what cannot be is refused with a reason", "[bishop]") {
  const std::pair<std::vector<std::string>, const char*> wrong[] = {
      {{"workload.model=6"}, "workload.model"},
      {{"workload.heads=7"}, "multiple of heads"},
      {{"workload.N=65536", "workload.T=1024"}, "1 GiB"},
      {{"workload.active_bundles=1.5"}, "active_bundles"},
      {{cores("bs_t=0")}, "bs_t"},
      {{cores("ecp_theta=6")}, "ecp_theta_"},
  };
  for (const auto& [settings, text] : wrong) CHECK(run(settings, 2)["error"].get<std::string>().find(text) != std::string::npos);
}
