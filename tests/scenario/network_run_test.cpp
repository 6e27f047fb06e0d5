// SPDX-License-Identifier: Apache-2.0
// Workload kind `network` from outside: the shipped networks on every engine, mappings, refusals, cost.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;

/// Every layer engine that there is, each under a name of its own, with a unit for neurons if wanted.
std::string platform(bool with_neurons = false) {
  std::string text = "platform:\n  extends: " + root +
                     "/scenarios/platforms/one_engine.yaml\n  blocks:\n"
                     "    - { name: prosperity, kind: models.prosperity, clock: core }\n"
                     "    - { name: spikex, kind: models.spikex, clock: core }\n"
                     "    - { name: serial, kind: models.pe_array, clock: core, params: { dispatch: time_serial } }\n"
                     "    - { name: ptb, kind: models.pe_array, clock: core, params: { dispatch: ptb_group, tws: 4 } }\n";
  if (with_neurons) text += "    - { name: neurons, kind: models.neuron, clock: core }\n";
  std::vector<std::string> names{"prosperity", "spikex", "serial", "ptb"};
  if (with_neurons) names.push_back("neurons");
  std::string maps = "  maps:\n";
  text += "  links:\n";
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += "    - { from: " + names[i] + ".dma, to: bus.in }\n    - { from: " + names[i] + ".irq, to: \"host.irq[" + std::to_string(i) +
            "]\" }\n";
    maps += "    - { through: bus, to: " + names[i] + ".regs, base: " + std::to_string(0x10010000 + 0x1000 * i) + ", size: 4 KiB }\n";
  }
  return text + maps;
}

std::string shapes(const std::string& more) {
  const std::string folder = root + "/scenarios/networks/shapes";
  return "workload:\n  kind: network\n  network: " + folder + "/network.nir\n  input: { file: " + folder +
         "/events.csv, labels: " + folder + "/labels.csv, steps: 16 }\n" + more;
}

std::string digits(const std::string& more) {
  const std::string folder = root + "/scenarios/networks/digits";
  return "workload:\n  kind: network\n  network: " + folder + "/network.nir\n  input: { file: " + folder +
         "/spikes.npz, labels: " + folder + "/labels.npy }\n" + more;
}

json run(const ScratchFolder& scratch, const std::string& workload, const std::vector<std::string>& overrides = {},
         bool with_neurons = false) {
  const std::string file =
      scratch.write("in/network.yaml", "scenario: 1\nname: network\n" + platform(with_neurons) + workload + "run: { limit: 10 s }\n");
  std::vector<std::string> arguments{"run", file, "--quiet", "--json"};
  for (const std::string& text : overrides) arguments.insert(arguments.end(), {"--set", text});
  const ProcessResult result = run_snnvp(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

std::string problem_of(const ScratchFolder& scratch, const std::string& workload, const std::string& more_platform = {}) {
  const std::string file =
      scratch.write("in/network.yaml", "scenario: 1\nname: network\n" + platform() + more_platform + workload + "run: { limit: 10 s }\n");
  const ProcessResult result = run_snnvp({"check", file});
  INFO(result.out);
  REQUIRE(result.exit_code == 2);
  return result.err;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void expect_equal_everywhere(const json& report, std::uint64_t samples, double least) {
  CHECK(report.at("status") == "ok");
  CHECK(report.at("check").at("mismatches") == 0);
  CHECK(report.at("workload").at("samples") == samples);
  const double accuracy = report.at("workload").at("accuracy");
  CHECK(accuracy >= least);
  CHECK(report.at("engines").size() == 4);
  for (const auto& [name, engine] : report.at("engines").items()) {
    INFO(name);
    CHECK(engine.at("accuracy") == accuracy);
    CHECK(engine.at("correct") == report.at("workload").at("correct"));
    CHECK(engine.at("samples") == samples);
    CHECK(engine.at("cycles_per_sample") == Approx(engine.at("totals").at("cycles").get<double>() / static_cast<double>(samples)));
    CHECK(engine.at("energy_per_sample_j") > 0);
  }
  CHECK(report.at("workload").at("agreement").at("output_agreement") >= 0.97);
  CHECK(report.at("workload").at("agreement").at("spike_mismatch_rate") <= 0.01);
  CHECK(report.at("neurobench").at("ClassificationAccuracy") == accuracy);
}

}  // namespace

TEST_CASE("networks.1 the event-camera network is right on every engine, on the whole held-out set") {
  const ScratchFolder scratch;
  const json report = run(scratch, shapes("  engines: [prosperity, spikex, serial, ptb]\n"));
  expect_equal_everywhere(report, 120, 0.95);
  // Sums and spikes of three layers: 16 steps of 1152, 576 and 8 neurons, 120 samples, 4 engines.
  CHECK(report.at("check").at("compared") == 2ULL * 16 * (1152 + 576 + 8) * 120 * 4);
  CHECK(report.at("workload").at("host_nodes").empty());
}

TEST_CASE("networks.1 the digit network is right on every engine, on the whole held-out set") {
  const ScratchFolder scratch;
  const json report = run(scratch, digits("  engines: [prosperity, spikex, serial, ptb]\n"));
  expect_equal_everywhere(report, 200, 0.95);
  CHECK(report.at("check").at("compared") == 2ULL * 16 * (96 + 10) * 200 * 4);
}

TEST_CASE("a mapping shares layers among engines, and a pipeline is faster than layer by layer") {
  const ScratchFolder scratch;
  const std::string mapping = "  samples: 12\n  engines: [spikex, prosperity]\n  mapping: { conv2: prosperity }\n";
  const json alone = run(scratch, shapes("  samples: 12\n  engines: [spikex]\n"));
  const json shared = run(scratch, shapes(mapping));
  const json pipelined = run(scratch, shapes(mapping + "  schedule: pipelined\n"));
  for (const json* report : {&shared, &pipelined}) {
    CHECK(report->at("check").at("mismatches") == 0);
    CHECK(report->at("workload").at("correct") == alone.at("workload").at("correct"));
    CHECK(report->at("engines").size() == 2);
    for (const json& layer : report->at("layers")) {
      const std::string name = layer.at("name"), engine = layer.at("engine");
      CHECK(engine == (name == "conv2" || name == "lif2" ? "prosperity" : "spikex"));
    }
  }
  CHECK(pipelined.at("totals").at("cycles") < shared.at("totals").at("cycles"));
}

TEST_CASE("a mapping to a layer or an engine that is not there is told with the names that are") {
  const ScratchFolder scratch;
  const std::string unknown = problem_of(scratch, shapes("  mapping: { conv3: spikex }\n"));
  CHECK(has(unknown, "no layer 'conv3'"));
  CHECK(has(unknown, "conv2"));
  const std::string engine = problem_of(scratch, shapes("  mapping: { conv2: spikez }\n"));
  CHECK(has(engine, "'spikez' is no engine"));
  CHECK(has(engine, "spikex"));
  const std::string pipelined = problem_of(scratch, shapes("  schedule: pipelined\n"));
  CHECK(has(pipelined, "mapping"));
}

TEST_CASE("wrong inputs of a network are told before the run") {
  const ScratchFolder scratch;
  CHECK(has(problem_of(scratch, shapes("  samples: 121\n")), "120 samples, 121 are wanted"));
  const std::string folder = root + "/scenarios/networks/shapes";
  const std::string head = "workload:\n  kind: network\n  network: " + folder + "/network.nir\n";
  CHECK(has(problem_of(scratch, head + "  input: { file: " + folder + "/events.csv }\n"), "input.steps"));
  CHECK(has(problem_of(scratch, head + "  input: { file: " + folder + "/events.csv, steps: 16, shape: [2, 24, 25] }\n"), "1200 values"));
  CHECK(has(problem_of(scratch, head + "  input: { file: nowhere.csv, steps: 16 }\n"), "nowhere.csv"));
  CHECK(has(problem_of(scratch, head + "  input: { steps: 16 }\n"), "workload.input.file"));
  CHECK(has(problem_of(scratch, head + "  input: { file: " + folder + "/events.csv, steps: 1000000 }\n"), "values per step"));
  const std::string labels = scratch.write("in/labels.csv", "label\n0\n1\n8\n");
  CHECK(has(problem_of(scratch, head + "  samples: 3\n  input: { file: " + folder + "/events.csv, steps: 16, labels: " + labels + " }\n"),
            "8 outputs"));
  CHECK(has(problem_of(scratch, head + "  samples: 4\n  input: { file: " + folder + "/events.csv, steps: 16, labels: " + labels + " }\n"),
            "3 labels"));
  // A bad event is found when its sample is read, and ends the run as wrong input.
  const std::string events = scratch.write("in/bad.csv", "t,x,y,p\n5,1,1,1\n1700,99,1,0\n");
  const std::string file = scratch.write("in/bad.yaml", "scenario: 1\nname: bad\n" + platform() + head + "  input: { file: " + events +
                                                            ", steps: 16 }\n  engines: [spikex]\n");
  const ProcessResult result = run_snnvp({"run", file});
  CHECK(result.exit_code == 2);
  CHECK(has(result.err, "99"));
}

TEST_CASE("networks.5 cost grows linearly with samples and time steps, memory does not grow with samples") {
  const ScratchFolder scratch;
  struct Cost {
    double cycles = 0, delta_cycles = 0, memory_kib = 0;
  };
  const auto cost = [&](const std::string& more, std::uint64_t steps) {
    const std::string folder = root + "/scenarios/networks/shapes";
    const std::string out = scratch.path() + "/out";
    const std::string file =
        scratch.write("in/cost.yaml", "scenario: 1\nname: cost\n" + platform() + "workload:\n  kind: network\n  network: " + folder +
                                          "/network.nir\n  input: { file: " + folder + "/events.csv, steps: " + std::to_string(steps) +
                                          " }\n  engines: [spikex, prosperity]\n" + more);
    const ProcessResult result = run_snnvp({"run", file, "--quiet", "--out", out});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const json report = json::parse(slurp(out + "/report.json")), host = json::parse(slurp(out + "/host.json"));
    return Cost{report.at("totals").at("cycles").get<double>(), host.at("kernel_delta_cycles").get<double>(),
                host.at("peak_memory_kib").get<double>()};
  };
  const Cost few = cost("  samples: 10\n", 16), some = cost("  samples: 40\n", 16), many = cost("  samples: 120\n", 16);
  CHECK(some.cycles / few.cycles == Approx(4).epsilon(0.1));
  CHECK(many.cycles / few.cycles == Approx(12).epsilon(0.1));
  CHECK(many.delta_cycles / few.delta_cycles == Approx(12).epsilon(0.1));
  CHECK(many.memory_kib < 1.03 * few.memory_kib);
  // Samples of twice the length: twice the events, twice the work each.
  const Cost longer = cost("  samples: 20\n", 32);
  CHECK(longer.cycles / some.cycles == Approx(1).epsilon(0.15));
}
