// SPDX-License-Identifier: Apache-2.0
// papers/dram_bandwidth.yaml and existing scenarios with bank timing, through the program.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <snnvp/models/dram/dram_timing.h>

#include "../../support/process.h"

using nlohmann::json;
using snnvp::DramTiming;
using snnvp::test::run_snnvp;

namespace {

const std::string root = SNNVP_SOURCE_DIR "/scenarios/";

json report(const std::string& scenario, const std::vector<std::string>& settings) {
  std::vector<std::string> arguments{"run", root + scenario, "--json", "--quiet"};
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  const auto result = run_snnvp(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

std::string preset(const DramTiming& t) { return std::string("platform.blocks.dram.params.preset=") + t.preset; }

}  // namespace

TEST_CASE(
    "stack3d.dram papers/dram_bandwidth.yaml: every preset streams at its refresh-limited peak and reads a closed bank in its closed form",
    "[dram]") {
  for (const DramTiming& t : snnvp::dram_timings()) {
    // Stacks with two channels here: the others are like them.
    std::vector<std::string> settings{preset(t), "workload.requests=60000", "workload.footprint=8 MiB"};
    if (t.pseudo_channels == 2) settings.push_back("platform.blocks.dram.params.channels=1");
    const json r = report("papers/dram_bandwidth.yaml", settings);
    INFO(t.preset << ": " << r["totals"].dump());
    const double limit = t.peak() * t.pseudo_channels * 1e-9 * (1 - double(t.rp_all + t.rfc + t.rcd_rd) / t.refi);
    // A change of row in hbm2e_3600 (tRP, tRCD and four tRRD, 76 clocks) outlasts the 32 bursts that are queued, 64 clocks.
    const bool waits_for_rows = std::string(t.preset) == "hbm2e_3600";
    CHECK(r["totals"]["bandwidth_gbs"].get<double>() == Approx(limit).epsilon(waits_for_rows ? 0.015 : 0.01));
    if (waits_for_rows) {
      settings.push_back("workload.footprint=8 KiB");  // no change of row
      CHECK(report("papers/dram_bandwidth.yaml", settings)["totals"]["bandwidth_gbs"].get<double>() == Approx(limit).epsilon(0.01));
    }
    CHECK(r["totals"]["latency_ns"].get<double>() == Approx(double(t.closed_read() * t.clock_ps) / 1000 + 40).epsilon(1e-9));
    CHECK(r["status"] == "ok");
  }
}

TEST_CASE("stack3d.dram random reads are bound by activations, strided ones by their banks, and sequential ones hit open rows", "[dram]") {
  const json random = report("papers/dram_bandwidth.yaml", {"workload.pattern=random", "workload.requests=40000"});
  // DDR4-2400R: 64 B x 4 per tFAW = 26 clocks of 833 ps, less refresh.
  CHECK(random["totals"]["bandwidth_gbs"].get<double>() == Approx(4 * 64 / (26 * 0.833) * 0.951).epsilon(0.03));
  CHECK(random["memory_traffic"]["row_hit_rate"] < 0.02);
  const json sequential = report("papers/dram_bandwidth.yaml", {"workload.requests=40000"});
  CHECK(sequential["memory_traffic"]["row_hit_rate"] > 0.98);
  const json strided =
      report("papers/dram_bandwidth.yaml", {"workload.pattern=strided", "workload.requests=40000", "workload.stride=512 KiB"});
  CHECK(strided["totals"]["bandwidth_gbs"].get<double>() < random["totals"]["bandwidth_gbs"].get<double>() / 2);
  CHECK(random["totals"]["latency_ns"] == sequential["totals"]["latency_ns"]);
}

TEST_CASE("stack3d.dram bank timing leaves the results of existing scenarios exact", "[dram]") {
  for (const char* scenario : {"product_sparsity.yaml", "quickstart.yaml"})
    for (const char* more : {"page_policy=open", "page_policy=closed"}) {
      const json r = report(scenario, {"platform.blocks.dram.params.timing=bank", std::string("platform.blocks.dram.params.") + more});
      INFO(scenario << " " << more);
      CHECK(r["status"] == "ok");
      CHECK(r["check"]["mismatches"] == 0);
      CHECK(r["check"]["compared"] > 1000);
    }
}

TEST_CASE("wrong settings of bank timing are told in words, with exit code 2", "[dram]") {
  const auto fails = [](const std::string& setting, const std::string& words) {
    const auto result = run_snnvp({"check", root + "papers/dram_bandwidth.yaml", "--set", setting});
    INFO(setting << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Catch::Contains(words));
  };
  fails("platform.blocks.dram.params.preset=ideal", "has no bank timing");
  fails("platform.blocks.dram.params.refresh=per_bank", "no per-bank refresh");
  fails("platform.blocks.dram.params.mapping=ro_ra_ba_co_bg", "parts are missing");
  fails("platform.blocks.dram.params.mapping=ro_ra_ba_co_xx_ch", "'xx' is no part");
  fails("platform.blocks.dram.params.latency=5 ns", "belongs to 'timing: simple'");
  fails("platform.blocks.dram.params.ranks=5", "ranks");
  fails("workload.memory=dramm", "did you mean dram");
}
