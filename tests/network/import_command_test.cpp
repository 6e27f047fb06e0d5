// SPDX-License-Identifier: Apache-2.0
// The command `snnvp import`, from outside.
#include <catch2/catch.hpp>

#include <filesystem>
#include <nlohmann/json.hpp>

#include <snnvp/workloads/formats/network_folder.h>
#include <snnvp/workloads/formats/nir_data.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string lif = std::string(SNNVP_SOURCE_DIR) + "/scenarios/networks/lif/network.nir";
const std::string input = std::string(SNNVP_SOURCE_DIR) + "/scenarios/networks/lif/input.csv";

}  // namespace

TEST_CASE("import prints a verdict per node and the agreement, and writes a folder that can be read", "[import]") {
  const ScratchFolder folder;
  const std::string out = folder.path() + "/net";
  const ProcessResult r = run_snnvp({"import", lif, "--data", input, "--steps", "1000", "--out", out});
  CHECK(r.exit_code == 0);
  CHECK_THAT(r.out, Contains("lif     LIF     1      mapped") && Contains("dt = 1e-04 s is assumed (--dt)") &&
                        Contains("to_v_reset is assumed (--reset)"));
  CHECK_THAT(r.out, Contains("0 of neuron steps differ, outputs agree on 1") && Contains("4 spikes in float, 4 in integers"));
  CHECK(read_network_folder(out).nodes.size() == 4);
  const auto json = nlohmann::json::parse(slurp(out + "/import.json"));
  CHECK(json["agreement"]["outputs_equal"] == 1);
  CHECK(json["nodes"][2]["verdict"] == "mapped");
  // The same command gives the same bytes.
  const std::string manifest = slurp(out + "/manifest.json");
  CHECK(run_snnvp({"import", lif, "--data", input, "--steps", "1000", "--out", out}).exit_code == 0);
  CHECK(slurp(out + "/manifest.json") == manifest);
}

TEST_CASE("a file of events without --steps is one sample as long as the recording", "[import]") {
  const ProcessResult r = run_snnvp({"import", lif, "--data", input, "--dt", "100 us", "--reset", "subtract", "--json"});
  CHECK(r.exit_code == 0);
  const auto json = nlohmann::json::parse(r.out);
  CHECK(json["agreement"]["nodes"][0]["compared"] == 851);
  CHECK(json["notices"].empty());
}

TEST_CASE("import --simulate float writes the traces of the LIF golden as NIRData", "[import]") {
  const ScratchFolder folder;
  const std::string out = folder.path() + "/v.nir";
  const ProcessResult r = run_snnvp(
      {"import", lif, "--data", input, "--steps", "1000", "--simulate", "float", "--record", "v", "--record", "spikes", "--out", out});
  CHECK(r.exit_code == 0);
  std::size_t found = 0;
  for (const Recording& recording : read_nir_data(out, 1e-4)) {
    if (recording.node != "lif") continue;
    ++found;
    if (recording.observable == "v") CHECK(std::abs(recording.values[459] - 0.06914553852998037) < 1e-12);
    if (recording.observable == "spikes") CHECK((recording.spikes.count() == 4 && recording.spikes.at(460) && recording.spikes.at(760)));
  }
  CHECK(found == 2);
}

TEST_CASE("a refused node ends import with exit code 2, the whole table and nothing written", "[import]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/refused.nir", out = folder.path() + "/net";
  {
    NirWriter w(file);
    w.input("input", {1});
    w.text("/node/nodes/odd/type", "Spikformer");
    w.graph("/node", {{"input", "odd"}});
  }
  const ProcessResult r = run_snnvp({"import", file, "--out", out});
  CHECK(r.exit_code == 2);
  CHECK_THAT(r.out, Contains("odd    Spikformer         refused"));
  CHECK_THAT(r.err, Contains("1 node refused, nothing was written"));
  CHECK(!fs::exists(out));
}

TEST_CASE("mistakes in the arguments of import are exit code 2 with a sentence", "[import]") {
  const ScratchFolder folder;
  const auto told = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "import");
    const ProcessResult r = run_snnvp(arguments);
    CHECK(r.exit_code == 2);
    return r.err;
  };
  CHECK_THAT(told({}), Contains("FILE is required"));
  CHECK_THAT(told({folder.path() + "/none.nir"}), Contains("No such file"));
  CHECK_THAT(told({folder.write("text.nir", "hello")}), Contains("not an HDF5 file"));
  CHECK_THAT(told({lif, "--dt", "fast"}), Contains("--dt"));
  CHECK_THAT(told({lif, "--dt", "-1"}), Contains("is not a time step"));
  CHECK_THAT(told({lif, "--dt", "1"}), Contains("is shorter than the step"));
  CHECK_THAT(told({lif, "--bits", "9"}), Contains("--bits"));
  CHECK_THAT(told({lif, "--rename", "a"}), Contains("is not OLD=NEW"));
  CHECK_THAT(told({lif, "--rename", "a=b"}), Contains("no edge names 'a'"));
  CHECK_THAT(told({lif, "--simulate", "float"}), Contains("give the input with --data"));
  CHECK_THAT(told({lif, "--labels", input}), Contains("without --data"));
  CHECK_THAT(told({lif, "--data", folder.write("e.csv", "t,x,y,p\n0,0,0,1\n")}), Contains("need an input of shape (C, H, W)"));
  CHECK_THAT(told({lif, "--data", input, "--steps", "1000", "--out", "/proc/nowhere"}), Contains("/proc/nowhere"));
  CHECK_THAT(told({lif, "--data", input, "--steps", "1000", "--simulate", "float", "--out", "/proc/nowhere/v.nir"}),
             Contains("cannot write /proc/nowhere/v.nir"));
}
