// SPDX-License-Identifier: Apache-2.0
// The mesh from outside: papers/mesh_*.yaml through the program.
#include <catch2/catch.hpp>

#include <cmath>

#include <nlohmann/json.hpp>

#include "../support/process.h"

using nlohmann::json;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;

namespace {

const std::string root = SNNVP_SOURCE_DIR "/";

/// Runs a scenario and gives its report.
json report(const std::string& scenario, std::vector<std::string> settings, int exit_code = 0) {
  std::vector<std::string> arguments{"run", root + "scenarios/" + scenario, "--json", "--quiet"};
  for (const std::string& setting : settings) {
    arguments.push_back("--set");
    arguments.push_back(setting);
  }
  const auto result = run_snnvp(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == exit_code);
  return json::parse(result.out);
}

double within(double value, double expected) { return std::abs(value / expected - 1); }

}  // namespace

TEST_CASE("chiplet.N3 papers/mesh_uniform.yaml lies on BookSim2's curve and tells stable from saturated", "[mesh]") {
  const json low = report("papers/mesh_uniform.yaml", {"workload.rate=0.3"})["totals"];
  CHECK(within(low["latency_cycles"], 29.51) < 0.05);
  CHECK(within(low["accepted_rate"], 0.3) < 0.01);
  CHECK(within(low["offered_rate"], 0.3) < 0.01);
  CHECK(low["stable"] == true);
  const json high = report("papers/mesh_uniform.yaml", {"workload.rate=0.46", "workload.measure=20000", "workload.drain=1000"});
  CHECK(high["totals"]["stable"] == false);  // a result, not a failure
  CHECK(std::abs(high["totals"]["accepted_rate"].get<double>() - 0.42) < 0.03);
  CHECK(high["status"] == "ok");
}

TEST_CASE("a run of traffic lasts until the mesh has delivered its last packet, however far it ran ahead", "[mesh]") {
  for (const int measure : {200, 1000, 5000}) {
    const json r = report("papers/mesh_uniform.yaml", {"workload.warmup=0", "workload.measure=" + std::to_string(measure)});
    const double cycles = r["totals"]["cycles"], seconds = r["totals"]["seconds"];
    INFO(measure << " cycles measured, the run took " << cycles);
    CHECK(cycles >= measure);
    CHECK(cycles <= measure + 200);  // sources go on until the measured packets are there
    CHECK(within(seconds, cycles * 1e-9) < 0.01);
  }
}

TEST_CASE("a trace's packets take the time of their way and the run ends with the last of them", "[mesh]") {
  const ScratchFolder folder;
  const std::string file = folder.write("trace.csv", "cycle,source,destination,flits\n5,0,63,3\n5,1,0\n9,63,63,1\n");
  const json r = report("papers/mesh_uniform.yaml", {"workload.pattern=trace", "workload.trace=" + file});
  const json& latency = r["traffic"]["latency_cycles"];
  CHECK(latency["max"] == 4 * 15 + 2 + 2);  // 4 H + 2 and two more flits
  CHECK(latency["p50"] == 4 * 2 + 2);
  CHECK(latency["min"] == 4 * 1 + 2);
  CHECK(r["totals"]["cycles"].get<int>() >= 5 + 64);
  CHECK(r["totals"]["cycles"].get<int>() <= 5 + 64 + 10);  // credits still return; not until the limit for draining
}

TEST_CASE("chiplet.N7 N8 N12 queueing and serialisation on the dedicated scenarios", "[mesh]") {
  for (const auto& [rho, wait, tolerance] : {std::tuple{0.3, 0.2143, 0.02}, {0.6, 0.75, 0.02}, {0.9, 4.5, 0.05}}) {
    const json r = report("papers/mesh_queue_poisson.yaml", {"workload.rate=" + std::to_string(rho)});
    INFO("rho " << rho << ": " << r["traffic"]["queueing_cycles"]);
    CHECK(within(r["traffic"]["queueing_cycles"].get<double>() / 4, wait) < tolerance);
  }
  for (const auto& [rate, flits, wait] : {std::tuple{0.4, 4, 1.0}, {0.8, 4, 6.0}, {0.8, 16, 30.0}}) {
    const json r = report("papers/mesh_queue_geometric.yaml",
                          {"workload.rate=" + std::to_string(rate), "platform.blocks.noc.params.packet_flits=" + std::to_string(flits)});
    const double queueing = r["traffic"]["queueing_cycles"], latency = r["totals"]["latency_cycles"];
    INFO("rate " << rate << ", " << flits << " flits: " << queueing);
    CHECK(within(queueing, wait) < 0.03);
    CHECK(latency - queueing == Approx(3 + 1 + flits - 1));
  }
}

TEST_CASE("every traffic pattern runs on mesh and torus and the same run gives the same bytes", "[mesh]") {
  for (const std::string pattern : {"uniform", "transpose", "bit-complement", "tornado", "neighbour", "hotspot", "bursty"})
    for (const std::string topology : {"mesh", "torus"}) {
      const std::vector<std::string> settings{"workload.pattern=" + pattern, "platform.blocks.noc.params.topology=" + topology,
                                              "workload.rate=0.05",          "workload.measure=2000",
                                              "workload.hotspot.nodes=[9]",  "workload.warmup=500"};
      const json first = report("papers/mesh_uniform.yaml", settings);
      INFO(pattern << " on a " << topology);
      CHECK(within(first["totals"]["offered_rate"], 0.05) < 0.15);
      CHECK(first == report("papers/mesh_uniform.yaml", settings));
    }
}

TEST_CASE("a mesh can stand where a bus stood", "[mesh]") {
  // The quickstart with its bus replaced: same results, checked by the run itself.
  const ScratchFolder folder;
  const std::string file = folder.write("mesh.yaml", R"(scenario: 1
name: on_a_mesh
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: host, kind: models.host, clock: core }
    - { name: noc, kind: interconnect.mesh, clock: core, params: { size: [3, 3], flit_bits: 128, nodes: { dram: [2, 2] } } }
    - { name: dram, kind: models.dram, params: { preset: ddr4_2133p, channels: 4, size: 1 GiB } }
    - { name: pu, kind: models.prosperity, clock: core }
  links:
    - { from: host.out, to: noc.in }
    - { from: pu.dma, to: noc.in }
    - { from: pu.irq, to: "host.irq[0]" }
  maps:
    - { through: noc, to: dram.in, base: 0x8000_0000, size: 1 GiB }
    - { through: noc, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
workload: { kind: trace, network: )" + root + R"(scenarios/networks/own_small }
run: { until: idle, limit: 1 s, protocol_check: on }
)");
  const auto result = run_snnvp({"run", file, "--json", "--quiet"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json r = json::parse(result.out);
  CHECK(r["check"]["mismatches"] == 0);
  CHECK(r["check"]["compared"].get<std::uint64_t>() > 0);
}

TEST_CASE("what is wrong with a mesh or its traffic is told with exit code 2", "[mesh]") {
  const auto refused = [](std::vector<std::string> settings) {
    std::vector<std::string> arguments{"run", root + "scenarios/papers/mesh_uniform.yaml", "--quiet"};
    for (const std::string& setting : settings) {
      arguments.push_back("--set");
      arguments.push_back(setting);
    }
    const auto result = run_snnvp(arguments);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK_THAT(refused({"platform.blocks.noc.params.vcs=1", "platform.blocks.noc.params.topology=torus"}),
             Catch::Contains("2 virtual channels"));
  CHECK_THAT(refused({"workload.pattern=transpose", "platform.blocks.noc.params.size=[4, 2]"}), Catch::Contains("as many columns as rows"));
  CHECK_THAT(refused({"workload.pattern=hotspot"}), Catch::Contains("hotspot.nodes"));
  CHECK(run_snnvp({"check", root + "scenarios/papers/mesh_uniform.yaml", "--set", "workload.pattern=hotspot"}).exit_code == 2);
  CHECK_THAT(refused({"workload.pattern=hotspot", "workload.hotspot.nodes=[64]"}), Catch::Contains("no node 64"));
  CHECK_THAT(refused({"workload.pattern=trace"}), Catch::Contains("workload.trace"));
  CHECK_THAT(refused({"workload.pattern=trace", "workload.trace=/nowhere.csv"}), Catch::Contains("/nowhere.csv"));
  CHECK_THAT(refused({"workload.block=nok"}), Catch::Contains("nok"));
  CHECK_THAT(refused({"workload.rate=1.5"}), Catch::Contains("rate"));
  CHECK_THAT(refused({"platform.blocks.noc.params.size=[8]"}), Catch::Contains("size"));
  CHECK_THAT(refused({"platform.blocks.noc.params.packet_flits=9", "platform.blocks.noc.params.switching=vct"}),
             Catch::Contains("does not fit"));
}
