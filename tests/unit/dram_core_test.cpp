// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_core.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;

namespace {

DramCore::Params preset(const std::string& name) {
  DramCore::Params params;
  params.preset = name;
  return params;
}

}  // namespace

TEST_CASE("every preset name builds and the alias means 2133p", "[dram]") {
  for (const std::string& name : dram_preset_names()) {
    if (name == "custom") continue;
    INFO(name);
    const DramCore core(preset(name));
    CHECK((core.bandwidth() > 0) == (name != "ideal"));
  }
  CHECK(std::string(DramCore(preset("ddr4_2133")).preset_name()) == "ddr4_2133p");
}

TEST_CASE("preset bandwidths are data rate times width times channels", "[dram]") {
  CHECK(DramCore(preset("ddr4_2133p")).bandwidth() == 17'064'000'000);
  CHECK(DramCore(preset("ddr4_3200aa")).bandwidth() == 25'600'000'000);
  CHECK(DramCore(preset("lpddr4_4266")).bandwidth() == 8'532'000'000);
  CHECK(DramCore(preset("lpddr5_6400")).bandwidth() == 12'800'000'000);
  CHECK(DramCore(preset("hbm2_2000")).bandwidth() == 256'000'000'000);
  CHECK(DramCore(preset("hbm2_2400")).bandwidth() == 307'200'000'000);
  CHECK(DramCore(preset("hbm2e_3600")).bandwidth() == 460'800'000'000);
  CHECK(DramCore(preset("hbm3_6400")).bandwidth() == 819'200'000'000);
  auto four = preset("ddr4_2133p");
  four.channels = 4;
  CHECK(DramCore(four).bandwidth() == 68'256'000'000);
}

TEST_CASE("an unloaded read is tRCD + tCL + controller both ways + transfer", "[dram]") {
  DramCore core(preset("ddr4_2400r"));
  CHECK(core.latency() == 13'330 + 13'330 + 40'000);
  CHECK(core.access(false, 0, 64, 1000) == 1000 + 66'660 + 3334);  // 64 B at 19.2 GB/s: 3333.3 ps
  auto params = preset("ddr4_2400r");
  params.controller_latency = 0;
  CHECK(DramCore(params).latency() == 26'660);
  params.latency = 5000;
  CHECK(DramCore(params).latency() == 5000);
}

TEST_CASE("back-to-back bursts lose nothing to rounding", "[dram]") {
  auto params = preset("custom");
  params.bandwidth = 3'000'000'000;  // 64 B take 21333.3 ps
  params.latency = 0;
  DramCore core(params);
  Picoseconds done = 0;
  for (int i = 0; i < 3'000'000; ++i) done = core.access(false, 0, 64, done);
  CHECK(done == 64'000'000'000);
  CHECK(core.busy_ps() == 64'000'000'000);
  CHECK(core.waited_ps() == 0);
}

TEST_CASE("a request behind another waits for the data bus only", "[dram]") {
  auto params = preset("custom");
  params.bandwidth = 1'000'000'000;
  params.latency = 10'000;
  DramCore core(params);
  CHECK(core.access(false, 0, 100, 0) == 110'000);
  CHECK(core.access(true, 0, 100, 50'000) == 210'000);
  CHECK(core.waited_ps() == 50'000);
  CHECK(core.access(true, 0, 1, 500'000) == 511'000);
}

TEST_CASE("a burst activates the pages it touches less an open first one", "[dram]") {
  DramCore core(preset("ddr4_2400r"));
  core.access(false, 0, 64, 0);
  CHECK(core.activations().value() == 1);
  core.access(false, 64, 64, 0);  // same page
  CHECK(core.activations().value() == 1);
  core.access(true, 8192 - 32, 64, 0);  // from the open page into the next
  CHECK(core.activations().value() == 2);
  core.access(true, 8192 + 32, 4 * 8192, 0);  // starts in the open page, ends in the fifth
  CHECK(core.activations().value() == 6);
  core.access(false, 0, 1, 0);
  CHECK(core.activations().value() == 7);
}

TEST_CASE("events are bits and activations and refreshes", "[dram]") {
  DramCore core(preset("ddr4_2400r"));
  core.access(false, 0, 100, 0);
  core.access(true, 0, 3, 0);
  const EventCounts events = core.events(15'600'001);
  CHECK(events.at("dram_rd_bit") == 800);
  CHECK(events.at("dram_wr_bit") == 24);
  CHECK(events.at("dram_act") == 1);
  CHECK(events.at("dram_ref") == 2);
  CHECK(core.refreshes(7'799'999) == 0);
}

TEST_CASE("the ideal memory takes no time", "[dram]") {
  DramCore core(preset("ideal"));
  CHECK(core.access(false, 0, 1 << 20, 123) == 123);
  CHECK(core.access(true, 0, 1 << 20, 123) == 123);
  CHECK(core.refreshes(1'000'000'000'000) == 0);
}

TEST_CASE("reset restores a memory's timing and counts", "[dram]") {
  DramCore core(preset("hbm3_6400"));
  const Picoseconds first = core.access(false, 0, 4096, 0);
  core.reset();
  CHECK(core.access(false, 0, 4096, 0) == first);
  CHECK(core.bytes_read().value() == 4096);
  CHECK(core.activations().value() == 4);
}

TEST_CASE("wrong DRAM parameters are told in words", "[dram]") {
  CHECK_THROWS_WITH(DramCore(preset("ddr4_2400p")), Catch::Contains("no DRAM preset 'ddr4_2400p'") && Catch::Contains("ddr4_2400r"));
  CHECK_THROWS_WITH(DramCore(preset("custom")), Catch::Contains("needs 'bandwidth' and 'latency'"));
  auto empty = preset("ideal");
  empty.size = 0;
  CHECK_THROWS_AS(DramCore(empty), InputError);
}
