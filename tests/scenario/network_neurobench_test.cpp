// SPDX-License-Identifier: Apache-2.0
// NeuroBench's figures in a report against tools/train/neurobench.py, which counts on signals of its own in numpy.
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;
const std::string python = "/usr/bin/python3";  // the distribution's, which has its packages

/// Both on the first 12 samples of a shipped network: the report of a run of the imported folder, and the script's figures for it.
std::pair<json, json> both(const ScratchFolder& scratch, const std::string& network, const std::string& input,
                           const std::vector<std::string>& import) {
  const std::string folder = root + "/scenarios/networks/" + network, out = scratch.path() + "/imported";
  std::vector<std::string> arguments{"import", folder + "/network.nir", "--out", out};
  arguments.insert(arguments.end(), import.begin(), import.end());
  const ProcessResult imported = run_snnvp(arguments);
  INFO(imported.err);
  REQUIRE(imported.exit_code == 0);
  const std::string file =
      scratch.write("bench.yaml", "scenario: 1\nname: bench\nplatform: { extends: " + root +
                                      "/scenarios/platforms/two_engines.yaml }\nworkload:\n  kind: network\n  network: " + out +
                                      "\n  input: " + input + "\n  samples: 12\n  engines: [prosperity]\nrun: { limit: 1 s }\n");
  const ProcessResult run = run_snnvp({"run", file, "--quiet", "--json"});
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const ProcessResult script =
      run_process({python, root + "/tools/train/neurobench.py", folder, "--folder", out, "--samples", "12", "--json"});
  INFO(script.err << script.out);
  REQUIRE(script.exit_code == 0);
  return {json::parse(run.out), json::parse(script.out)};
}

void expect_equal(const json& report, const json& script) {
  const json& ours = report.at("neurobench");
  CHECK(ours.at("Footprint") == script.at("Footprint"));
  CHECK(ours.at("ParameterCount") == script.at("ParameterCount"));
  CHECK(ours.at("ConnectionSparsity") == script.at("ConnectionSparsity"));
  CHECK(ours.at("ActivationSparsity").get<double>() == Approx(script.at("ActivationSparsity").get<double>()).epsilon(1e-12));
  for (const char* kind : {"Effective_MACs", "Effective_ACs", "Dense"})
    CHECK(ours.at("SynapticOperations").at(kind).get<double>() ==
          Approx(script.at("SynapticOperations").at(kind).get<double>()).epsilon(1e-12));
  CHECK(ours.at("MembraneUpdates").get<double>() == Approx(script.at("MembraneUpdates").get<double>()).epsilon(1e-12));
  CHECK(ours.at("ClassificationAccuracy").get<double>() == Approx(script.at("ClassificationAccuracy").get<double>()).epsilon(1e-12));
}

bool has_numpy() {
  const ProcessResult asked = run_process({python, "-c", "import numpy, h5py"});
  if (asked.exit_code == 0) return true;
  std::puts("SKIPPED: python3 has no numpy or no h5py");
  return false;
}

}  // namespace

TEST_CASE("networks.4 NeuroBench figures of the event-camera network equal an independent computation") {
  if (!has_numpy()) return;
  const ScratchFolder scratch;
  const std::string folder = root + "/scenarios/networks/shapes";
  const auto [report, script] = both(scratch, "shapes", "{ file: " + folder + "/events.csv, labels: " + folder + "/labels.csv, steps: 16 }",
                                     {"--data", folder + "/events.csv", "--steps", "16"});
  expect_equal(report, script);
}

TEST_CASE("networks.4 NeuroBench figures of the digit network equal an independent computation") {
  if (!has_numpy()) return;
  const ScratchFolder scratch;
  const std::string folder = root + "/scenarios/networks/digits";
  const auto [report, script] =
      both(scratch, "digits", "{ file: " + folder + "/spikes.npz, labels: " + folder + "/labels.npy }", {"--data", folder + "/spikes.npz"});
  expect_equal(report, script);
}
