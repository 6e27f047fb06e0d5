// SPDX-License-Identifier: Apache-2.0
// Every number of a report can be explained, whatever the workload.
#include <catch2/catch.hpp>

#include <snnvp/platform/desk/explain.h>

#include "../support/process.h"

using namespace snnvp::test;
namespace desk = snnvp::desk;

TEST_CASE("desk.6 every number of every kind of report is explained") {
  const char* const scenarios[] = {"scenarios/quickstart.yaml",          "scenarios/snap_front.yaml",
                                   "scenarios/switch_fabric.yaml",       "scenarios/thermal_stack.yaml",
                                   "scenarios/papers/stack3d_mha.yaml",  "scenarios/papers/thermal_hotspot.yaml",
                                   "scenarios/papers/mesh_uniform.yaml", "scenarios/papers/pi2_correlation.yaml",
                                   "scenarios/papers/pi2_scaling.yaml"};
  for (const std::string scenario : scenarios) {
    const ScratchFolder scratch;
    const ProcessResult result = run_snnvp({"run", scenario, "--quiet", "--out", scratch.path()});
    INFO(scenario << " " << result.err);
    REQUIRE(result.exit_code == 0);
    const desk::RunFolder run = desk::read_run(scratch.path());
    const std::vector<std::string> paths = desk::number_paths(run.report);
    CHECK(paths.size() > 20);
    for (const std::string& path : paths) {
      INFO(path);
      const desk::Explanation e = desk::explain(run, path);
      CHECK_FALSE(e.meaning.empty());
      CHECK(e.value.is_number());
      CHECK(e.path == path);
    }
  }
}
