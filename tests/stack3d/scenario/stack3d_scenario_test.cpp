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
                  d3 = "scenarios/papers/stack3d_d3.yaml", sides = "scenarios/papers/stack3d_sides.yaml",
                  heat = "scenarios/papers/stack3d_heat.yaml", heat_2d = "scenarios/papers/stack3d_heat_2d.yaml";

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

TEST_CASE("stack3d.T13 one die computes the same with the same operations, only the links differ") {
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

TEST_CASE("a preset scales clock and energy, and the ledger says what it took") {
  const json plain = run(mha, {"workload.kernels=[mha]"}), scaled = run(mha, {"workload.kernels=[mha]", stack("preset=f2f_iccad25")});
  CHECK(plain["totals"]["cycles"] == scaled["totals"]["cycles"]);
  const double before = plain["energy"]["by_block"]["stack"]["dynamic_j"], after = scaled["energy"]["by_block"]["stack"]["dynamic_j"];
  CHECK(after / before == Approx(0.8318).epsilon(1e-9));
  CHECK(scaled["energy"]["by_event"]["preset_factor"] < 0);
  const json faster = run(mha, {"workload.kernels=[mha]", stack("preset=f2f_iccad24_ssa"), stack("timing=paper")});
  CHECK(faster["engines"]["stack"]["clock_hz"] == 532'500'000);
  CHECK(faster["totals"]["cycles"] == 139'392);
  // On one die there is nothing to scale.
  CHECK(run(mha, {stack("preset=f2f_iccad24_ssa"), stack("variant=2d")})["engines"]["stack"]["clock_hz"] == 500'000'000);
}

TEST_CASE("a coarse field that is enforced narrows the links and stalls the arrays, with the same results") {
  const json wide = run(moe), narrow = run(moe, {stack("bond={pitch: 10, overlap_area: 0.08, limit: enforce}")});
  CHECK(narrow["totals"]["cycles"] > 2 * wide["totals"]["cycles"].get<int>());
  CHECK(narrow["totals"]["sites_available"] == 800);
  CHECK(narrow["totals"]["sites_required"] == 3'200);
  const json told = run(moe, {stack("bond={pitch: 10, overlap_area: 0.08}")});
  CHECK(told["totals"]["cycles"] == wide["totals"]["cycles"]);
}

TEST_CASE("the stack and its counterpart on one die stand side by side in one run") {
  const ScratchFolder folder;
  const ProcessResult result = run_snnvp({"run", sides, "--quiet", "--json", "--out", folder.path() + "/out"}, root);
  REQUIRE(result.exit_code == 0);
  const json report = json::parse(result.out);
  REQUIRE(report["stack"].size() == 2);
  const json &stacked = report["stack"][0], &planar = report["stack"][1];
  CHECK(stacked["variant"] == "3d");
  CHECK(planar["variant"] == "2d");
  CHECK(stacked["weight_positions"] == planar["weight_positions"]);
  CHECK(stacked["access_latency_ns"] < planar["access_latency_ns"]);
  CHECK(stacked["cycles"] <= planar["cycles"]);
  CHECK(stacked["block_energy_uj"] < planar["block_energy_uj"]);
  CHECK(stacked["pitches"].size() == 8);
  CHECK(slurp(folder.path() + "/out/stack.csv").find("\nplanar,") != std::string::npos);
  CHECK(slurp(folder.path() + "/out/bond_pitch.csv").find("stack,9,3200,18518,") != std::string::npos);
}

TEST_CASE("stack3d.T13b heat of 3D and 2D: each tier takes the power of the parts that lie on it") {
  const json stacked = run(heat), planar = run(heat_2d), turned = run(heat, {stack("sink_side=logic")});
  const auto tier = [](const json& report, std::size_t t, const char* what) { return report["stack"][0]["tiers"][t][what].get<double>(); };
  const auto watts = [](const json& report, std::size_t t) { return report["thermal"]["tiers"][t]["power_w"].get<double>(); };
  for (const json* report : {&stacked, &turned, &planar}) {
    const json& tiers = (*report)["stack"][0]["tiers"];
    REQUIRE(tiers.size() == (*report)["thermal"]["tiers"].size());
    double all = 0;
    for (std::size_t t = 0; t < tiers.size(); ++t) {
      const double uj = tier(*report, t, "dynamic_uj") + tier(*report, t, "leakage_uj");
      CHECK(watts(*report, t) * (*report)["time"]["seconds"].get<double>() * 1e6 == Approx(uj).epsilon(1e-4));
      all += uj;
    }
    CHECK(all == Approx((*report)["totals"]["block_energy_uj"].get<double>()));
  }
  // The arrays lie far from the heat sink and have no memory that leaks; turned over they lie near it.
  CHECK(tier(stacked, 0, "leakage_uj") == 0);
  CHECK(tier(stacked, 1, "leakage_uj") > 0);
  CHECK(tier(turned, 1, "leakage_uj") == 0);
  CHECK(tier(turned, 0, "leakage_uj") > 0);
  CHECK(tier(turned, 1, "dynamic_uj") == Approx(tier(stacked, 0, "dynamic_uj")));
  CHECK(tier(turned, 0, "dynamic_uj") == Approx(tier(stacked, 1, "dynamic_uj")));
  CHECK(tier(stacked, 0, "dynamic_uj") != Approx(tier(stacked, 1, "dynamic_uj")).epsilon(0.01));
  // More power on the far die is hotter; half the area twice over is hotter than one die.
  const auto peak = [](const json& report) { return report["totals"]["t_max_c"].get<double>(); };
  CHECK(peak(turned) > peak(stacked));
  CHECK(peak(stacked) > peak(planar) + 0.02);
  // Buffers beside the arrays leak there.
  const json logic = run(heat, {stack("partition=logic_on_logic")});
  CHECK(tier(logic, 0, "leakage_uj") > 0);
  CHECK(tier(logic, 1, "leakage_uj") == 0);
  // A die too few.
  CHECK(launch(heat_2d, {stack("variant=3d")}).exit_code == 2);
}

TEST_CASE("transformers of any shape run on any array, drawn, chained or recorded") {
  for (const std::vector<std::string>& settings : {
           std::vector<std::string>{"workload.kernels=[mha, projection, moe, ffn]", "workload.inputs=chained", "workload.blocks=2",
                                    "workload.gate=drawn", "workload.D=96", "workload.heads=6", "workload.d3_keep=0.4",
                                    "workload.tokens=17", "workload.T=3"},
           {"workload.D=60", "workload.heads=6", "workload.experts=7", "workload.top_k=3", "workload.merge=spike_sum", "workload.tokens=9",
            stack("cores=3"), stack("rows=8"), stack("cols=32")},
           {"workload.D=64", "workload.experts=5", "workload.top_k=2", "workload.gate=drawn", "workload.generator=clustered",
            stack("weight_bits=4"), "workload.weight_bits=4", stack("psum_bits=12"), stack("skip_silent_features=true")},
           {"workload.D=64", "workload.merge=spike_or", "workload.neuron={threshold: 20, leak: sub, leak_value: 3}",
            stack("fill_overlap=true"), stack("dram_bits_per_cycle=null"), stack("partition=logic_on_logic")},
       })
    run(moe, settings);
}

TEST_CASE("what a transformer cannot be is told with its place") {
  const auto refused = [](const std::string& setting, const std::string& text) {
    const ProcessResult result = launch(moe, {setting});
    INFO(setting << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.err.find(text) != std::string::npos);
  };
  refused("workload.heads=7", "D (384) must be a multiple of heads (7)");
  refused("workload.top_k=5", "top_k (5) is more than experts (4)");
  refused("workload.kernels=[mho]", "mha, projection, moe, ffn");
  refused("workload.expert_hidden=60000", "does not take block0.moe: the weights of a tile (16 x 60000) do not fit");
  refused("workload.D=65536", "beyond 2^28");
  refused("workload.spikes=scenarios/nowhere.npy", "nowhere.npy");
  refused(stack("bond={overlap_area: 2}"), "larger than the footprint");
  refused("workload.neuron={width: 20}", "membranes of more than vmem_bits (16)");
}

TEST_CASE("a memory behind a bond: the field's width, its bits and their price, and the wire in its place") {
  const std::string scenario = "scenarios/bonded_memory.yaml", bond = "platform.blocks.bond.params=";
  const json wide = run(scenario), wire = run(scenario, {"platform.blocks.bond.params.variant=2d"}),
             narrow = run(scenario, {bond + "{ width: 1024, pitch: 9, overlap_area: 0.01, limit: enforce }"}),
             told = run(scenario, {bond + "{ width: 1024, pitch: 9, overlap_area: 0.01 }"});
  const json &at_1um = block(wide, "bond"), &at_9um = block(narrow, "bond");
  CHECK(at_1um["stats"]["sites_required"] == 2'048);
  CHECK(at_1um["stats"]["sites_available"] == 1'500'000);
  CHECK(at_9um["stats"]["sites_available"] == 123);
  CHECK(at_9um["stats"]["width_bits"] == 56);  // 61 bits, whole bytes of them
  CHECK(block(told, "bond")["stats"]["width_bits"] == 1'024);
  CHECK(narrow["totals"]["cycles"] > wide["totals"]["cycles"]);
  CHECK(told["totals"]["cycles"] == wide["totals"]["cycles"]);
  CHECK(at_1um["events"]["bond_bit"] == 8 * at_1um["stats"]["bytes"].get<std::uint64_t>());
  CHECK(block(wire, "bond")["events"]["bond_bit"] == 0);
  const auto energy = [](const json& report) { return report["energy"]["by_block"]["bond"]["dynamic_j"].get<double>(); };
  CHECK(energy(told) / energy(wide) == Approx(5));  // 0.05 against 0.01 pJ
  CHECK(energy(wire) / energy(told) == Approx(0.866).epsilon(1e-6));
  run(scenario, {"run.protocol_check=on"});
}
