// SPDX-License-Identifier: Apache-2.0
// Chiplets from outside: papers/snap_modes.yaml and snap_values.yaml through the program.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "../support/process.h"

using nlohmann::json;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;

namespace {

const std::string root = SNNVP_SOURCE_DIR "/";

json report(const std::string& scenario, const std::vector<std::string>& settings) {
  std::vector<std::string> arguments{"run", root + "scenarios/" + scenario, "--json", "--quiet"};
  for (const std::string& setting : settings) {
    arguments.push_back("--set");
    arguments.push_back(setting);
  }
  const auto result = run_snnvp(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

std::map<std::string, json> by_block(const json& packages) {
  std::map<std::string, json> out;
  for (const json& package : packages) out[package["block"]] = package;
  return out;
}

json stats_of(const json& report, const std::string& name) {
  for (const json& block : report["blocks"])
    if (block["name"] == name) return block["stats"];
  return {};
}

}  // namespace

TEST_CASE("chiplet.A8 papers/snap_modes.yaml shows the three modes side by side with latency, energy, traffic and utilisation", "[snap]") {
  const auto packages = by_block(report(
      "papers/snap_modes.yaml", {"platform.defaults={ models.snap: { package: { chips: [4, 4] }, sample_tokens: 1 } }"})["packages"]);
  REQUIRE(packages.size() == 15);
  for (const std::string network : {"rwkv", "resnet", "b4"}) {
    const json &ann = packages.at(network + "_ann"), &hnn = packages.at(network + "_hnn"), &snn = packages.at(network + "_snn");
    CHECK(hnn["cycles"] < ann["cycles"]);
    CHECK(hnn["cycles"] < snn["cycles"]);
    CHECK(hnn["d2d_bits"] < ann["d2d_bits"]);
    for (const json* package : {&ann, &hnn, &snn}) {
      CHECK((*package)["energy_j"] > 0);
      CHECK((*package)["link_utilisation"] > 0);
      CHECK((*package)["slot"] == "fixed");
      CHECK_FALSE((*package)["stages"].empty());
      CHECK((*package)["act_packing"] == "single");
    }
    // Both packings are published: bursts make dense values cheap, so that spikes gain less.
    const json &ann_burst = packages.at(network + "_ann_burst"), &hnn_burst = packages.at(network + "_hnn_burst");
    CHECK(ann_burst["act_packing"] == "burst");
    CHECK(ann_burst["cycles"] < ann["cycles"]);
    const auto ratio = [](const json& a, const json& b) { return a["cycles"].get<double>() / b["cycles"].get<double>(); };
    CHECK(ratio(ann_burst, hnn_burst) < ratio(ann, hnn));
  }
}

TEST_CASE("snap_values.yaml computes over chips and tells what the spikes changed", "[snap]") {
  const json r = report("snap_values.yaml", {});
  CHECK(r["check"]["compared"] == 8000);  // every value of every node, twice
  CHECK(r["check"]["mismatches"] == 0);
  const auto packages = by_block(r["packages"]);
  CHECK(packages.at("dense")["outputs_changed_by_encoding"] == 0);
  CHECK(packages.at("hybrid")["outputs_changed_by_encoding"] > 0);
  // Twice the same bytes.
  const auto again = run_snnvp({"run", root + "scenarios/snap_values.yaml", "--json", "--quiet"});
  CHECK(json::parse(again.out) == r);
}

TEST_CASE("snap_network.yaml computes a trained ReLU network over chips and tells what the boundary's code costs", "[snap]") {
  const auto with = [](const std::vector<std::string>& more) {
    std::vector<std::string> settings{"workload.samples=20"};
    settings.insert(settings.end(), more.begin(), more.end());
    return report("snap_network.yaml", settings);
  };
  const std::string defaults = "platform.defaults.models.snap.";
  const json dense = with({defaults + "mode=ann"}), coarse = with({defaults + "converter.T=1"}), fine = with({defaults + "converter.T=16"});
  for (const json* r : {&dense, &coarse, &fine}) {
    CHECK((*r)["check"]["mismatches"] == 0);
    CHECK((*r)["check"]["compared"] > 100'000);
    CHECK((*r)["workload"]["samples"] == 20);
    const json& package = (*r)["packages"][0];
    CHECK(package["accuracy"] == (*r)["workload"]["accuracy"]);
    CHECK(package["accuracy_change"].get<double>() ==
          Approx(package["accuracy"].get<double>() - package["accuracy_without_encoding"].get<double>()));
  }
  CHECK(dense["workload"]["accuracy"] >= 0.9);
  CHECK(dense["workload"]["accuracy_change"] == 0);
  CHECK(dense["workload"]["agreement"]["output_agreement"] == 1);
  CHECK(coarse["workload"]["accuracy_change"] < -0.2);  // one step per window keeps a bit per value
  CHECK(coarse["workload"]["agreement"]["values_changed"] > 0);
  CHECK(fine["workload"]["accuracy"] >= 0.9);
  // A timer that is too fast for the link changes values, and the run says so.
  const auto late = run_snnvp({"run", root + "scenarios/snap_network.yaml", "--set", "workload.samples=2", "--set",
                               defaults + "converter={ window_close: timer, t_step_cycles: 1 }"});
  CHECK(late.exit_code == 1);
  CHECK((late.out + late.err).find("came after the timer had closed their windows") != std::string::npos);
  const auto wrong = run_snnvp({"run", root + "scenarios/snap_network.yaml", "--set", defaults + "mode=snn"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("relu1 (relu)") != std::string::npos);
  const auto small =
      run_snnvp({"run", root + "scenarios/snap_network.yaml", "--set", defaults + "package={ chips: [1, 1], mesh: [2, 2] }"});
  CHECK(small.exit_code == 2);
  CHECK(small.err.find("the package has 1") != std::string::npos);
}

TEST_CASE("snap_shapes.yaml computes an imported spiking network over chips, whatever crosses their edges", "[snap]") {
  const json plain = report("snap_shapes.yaml", {"workload.samples=2"}),
             rice = report("snap_shapes.yaml", {"workload.samples=2", "platform.blocks.package.params.d2d.encoding=rle"});
  for (const json* r : {&plain, &rice}) {
    CHECK((*r)["check"]["mismatches"] == 0);
    CHECK((*r)["check"]["compared"] == 166'656);
    CHECK((*r)["workload"]["correct"] == 2);
    CHECK((*r)["workload"]["accuracy_change"] == 0);
    CHECK((*r)["packages"][0]["spikes"] > 0);
  }
  CHECK(plain["packages"][0]["d2d_bits"] != rice["packages"][0]["d2d_bits"]);
  // The same network on an engine gives the same classes.
  const auto engine = run_snnvp({"run", root + "scenarios/quickstart.yaml", "--set", "workload.samples=2", "--json", "--quiet"});
  CHECK(json::parse(engine.out)["workload"]["correct"] == plain["workload"]["correct"]);
  const auto wrong = run_snnvp({"run", root + "scenarios/snap_shapes.yaml", "--set", "platform.blocks.package.params.mode=hnn"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("spiking networks in snn") != std::string::npos);
}

TEST_CASE("a curve of learnt sparsity gives rate and accuracy, and ends where it ends", "[snap]") {
  const ScratchFolder folder;
  const std::string curve = folder.write("curve.csv", "lambda,rate,accuracy\n0,0.2,0.71\n1,0.1,0.70\n2,0.02,0.66\n");
  const std::string at = "platform.blocks.hybrid.params.boundary=";
  const std::vector<std::string> drawn{"workload.compute=false"};
  std::vector<std::uint64_t> cycles;
  for (const std::string lambda : {"0", "1", "1.5", "2"}) {
    auto settings = drawn;
    settings.push_back(at + "{ curve: " + curve + ", lambda: " + lambda + " }");
    const json hybrid = by_block(report("snap_values.yaml", settings)["packages"]).at("hybrid");
    cycles.push_back(hybrid["cycles"]);
    if (lambda == "1.5") CHECK(hybrid["accuracy"].get<double>() == Approx(0.68));
  }
  for (std::size_t i = 1; i < cycles.size(); ++i) CHECK(cycles[i] < cycles[i - 1]);
  const auto outside = run_snnvp({"run", root + "scenarios/snap_values.yaml", "--set", at + "{ curve: " + curve + ", lambda: 3 }"});
  CHECK(outside.exit_code == 2);
  CHECK(outside.err.find("outside the curve, 0..2") != std::string::npos);
}

TEST_CASE("snap_front.yaml sweeps the price of a spike: rate, accuracy, latency and energy fall together", "[snap]") {
  const ScratchFolder folder;
  const auto result = run_snnvp({"run", root + "scenarios/snap_front.yaml", "--json", "--quiet", "--out", folder.path() + "/out"});
  REQUIRE(result.exit_code == 0);
  const auto packages = by_block(json::parse(result.out)["packages"]);
  std::vector<std::string> points{"free", "light", "medium", "strong"};
  for (std::size_t i = 1; i < points.size(); ++i) {
    const json &a = packages.at(points[i - 1]), &b = packages.at(points[i]);
    CHECK(a["lambda"] < b["lambda"]);
    CHECK(a["boundary_rate"] > b["boundary_rate"]);
    CHECK(a["accuracy"] >= b["accuracy"]);
    CHECK(a["cycles"] > b["cycles"]);
    CHECK(a["energy_j"] > b["energy_j"]);
    CHECK(a["d2d_packets"] > b["d2d_packets"]);
  }
  // lambda 5 lies between the rows 3 and 10 of the curve.
  CHECK(packages.at("dense").contains("lambda") == false);
  const std::string front = snnvp::test::slurp(folder.path() + "/out/front.csv");
  CHECK(std::count(front.begin(), front.end(), '\n') == 5);
  CHECK(front.rfind("block,mode,lambda,rate,accuracy,cycles,latency_s,energy_j\n", 0) == 0);
}

TEST_CASE("a pipeline takes the longest stage per sample once it is full and changes no value", "[snap]") {
  const std::vector<std::string> six{"workload.samples=6"};
  auto piped = six;
  piped.push_back("platform.defaults.models.snap.pipeline=true");
  const json off = report("snap_network.yaml", six), on = report("snap_network.yaml", piped);
  const json &a = off["packages"][0], &b = on["packages"][0];
  CHECK(on["check"]["mismatches"] == 0);
  CHECK(a["interval_cycles"].is_null());
  const auto cycles = [](const json& package, const char* key) { return package[key].get<double>(); };
  const double latency = cycles(a, "cycles") / 6, interval = cycles(b, "interval_cycles");
  CHECK(interval < latency);
  CHECK(cycles(b, "cycles") == Approx(latency + 5 * interval).epsilon(0.01));
  CHECK(b["accuracy"] == a["accuracy"]);
}

TEST_CASE("tiles and routers leak, and a lumped price of hops replaces their keys", "[snap]") {
  const json r = report("snap_network.yaml", {"workload.samples=1", "platform.defaults.models.snap.leakage=true"});
  const json& by_event = r["energy"]["by_event"];
  CHECK(by_event["sram_leak_ns.65536.2048"] > 0);
  CHECK(by_event["router_leak_ns.38.5.1"] > 0);
  CHECK(r["energy"]["static_j"].get<double>() ==
        Approx(by_event["sram_leak_ns.65536.2048"].get<double>() + by_event["sram_leak_ns.1024.8"].get<double>() +
               by_event["router_leak_ns.38.5.1"].get<double>()));
  const json lumped = report("papers/mesh_uniform.yaml", {"platform.blocks.noc.params.e_hop_pj_per_bit=0.1"});
  REQUIRE(lumped["energy"]["by_event"].size() == 1);
  const json noc = stats_of(lumped, "noc");
  CHECK(lumped["energy"]["by_event"]["custom.noc_hop_bit"].get<double>() == Approx(0.1e-12 * noc["noc_hop_bits"].get<double>()));
}

TEST_CASE("a package of chips can stand where a bus stood: an engine and its memory on different dies", "[snap]") {
  const ScratchFolder folder;
  const std::string file = folder.write("io.yaml", R"(scenario: 1
name: over_dies
platform:
  clocks: { core: 500 MHz }
  blocks:
    - { name: host, kind: models.host, clock: core }
    - name: pkg
      kind: models.snap
      params:
        package: { chips: [2, 1], mesh: [2, 2] }
        d2d: { kind: ucie, preset: ucie_a }
        io: { nodes: { host: [0, 0], pu: [1, 1], dram: [3, 1] } }
    - { name: dram, kind: models.dram, params: { preset: ddr4_2133p, channels: 4, size: 1 GiB } }
    - { name: pu, kind: models.prosperity, clock: core }
  links:
    - { from: host.out, to: pkg.in }
    - { from: pu.dma, to: pkg.in }
    - { from: pu.irq, to: "host.irq[0]" }
  maps:
    - { through: pkg, to: dram.in, base: 0x8000_0000, size: 1 GiB }
    - { through: pkg, to: pu.regs, base: 0x1001_0000, size: 4 KiB }
workload: { kind: trace, network: )" + root + R"(scenarios/networks/own_small }
run: { until: idle, limit: 1 s, protocol_check: on }
)");
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"run", file, "--json", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_snnvp(arguments);
  };
  const auto result = run({});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const json r = json::parse(result.out);
  CHECK(r["check"]["mismatches"] == 0);
  CHECK(r["check"]["compared"] > 10'000);
  const json pkg = stats_of(r, "pkg");
  CHECK(pkg["io_d2d_packets"] > 1000);
  CHECK(pkg["failed_packets"] == 0);
  CHECK(run({}).out == result.out);
  const auto wrong = run({"--set", "platform.blocks.pkg.params.io.nodes={ host: [0, 0], drum: [4, 0] }"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("no block 'drum' is linked to it") != std::string::npos);
  CHECK(wrong.err.find("x below 4 and y below 2") != std::string::npos);
}

TEST_CASE("histograms and recordings drive the spikes that cross", "[snap]") {
  const ScratchFolder folder;
  const std::string hist = folder.write("hist.csv", "rate_low,rate_high,neurons\n0,0.01,900\n0.2,0.4,100\n");
  const json drawn = by_block(report("snap_values.yaml", {"workload.compute=false",
                                                          "platform.blocks.hybrid.params.boundary={ hist: " + hist + " }"})["packages"])
                         .at("hybrid");
  const json recorded =
      by_block(report("snap_values.yaml", {"workload.compute=false", "platform.blocks.hybrid.params.boundary={ trace: " + root +
                                                                         "scenarios/networks/own_small }"})["packages"])
          .at("hybrid");
  CHECK(drawn["spikes"] > 0);
  CHECK(recorded["spikes"] > 0);
  CHECK(drawn["spikes"] != recorded["spikes"]);
}

TEST_CASE("a fitted link price says that it is fitted", "[snap]") {
  const auto result = run_snnvp({"describe", "technology"});
  CHECK(result.out.find("snap_paper") != std::string::npos);
  const json r = report("papers/snap_modes.yaml",
                        {"technology.preset=snap_paper",
                         "platform.defaults={ models.snap: { package: { chips: [4, 4] }, sample_tokens: 1, d2d: { device: ucie_a } } }",
                         "workload.runs=[]", "platform.blocks.b4_ann.params.mode=hnn", "platform.blocks.b4_snn.params.mode=hnn"});
  bool is_told = false;
  for (const json& source : r["energy"]["sources"])
    is_told = is_told || source.dump().find("fitted to the headline ratio") != std::string::npos;
  CHECK(is_told);
}
