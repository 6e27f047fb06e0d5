// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram_core.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;

namespace {

SramCore::Params params(Cycles latency = 2, Bytes width = 8) {
  SramCore::Params p;
  p.size = 4096;
  p.width_bytes = width;
  p.latency_cycles = latency;
  return p;
}

}  // namespace

TEST_CASE("an SRAM counts the port words an access touches", "[sram]") {
  SramCore core(params());
  CHECK(core.words(0, 8) == 1);
  CHECK(core.words(4, 8) == 2);
  CHECK(core.words(7, 1) == 1);
  CHECK(core.words(7, 2) == 2);
  CHECK(core.words(0, 64) == 8);
  CHECK(core.words(0, 0) == 0);
}

TEST_CASE("an SRAM takes its latency and one cycle a word", "[sram]") {
  SramCore core(params(3));
  CHECK(core.access(false, 0, 64, 10) == 10 + 3 + 7);
  CHECK(core.access(false, 0, 64, 10) == 18 + 3 + 7);  // pipelined behind the first
  CHECK(core.busy_cycles() == 16);
  CHECK(core.wait_cycles() == 8);
  CHECK(core.reads().words == 16);
}

TEST_CASE("separate ports do not contend and are priced as such", "[sram]") {
  SramCore::Params p = params();
  p.separate_ports = true;
  SramCore core(p);
  CHECK(core.access(false, 0, 64, 0) == 9);
  CHECK(core.access(true, 0, 64, 0) == 9);
  CHECK(core.events() == EventCounts{{"sram_rd.4096.64.1r1w", 8}, {"sram_wr.4096.64.1r1w", 8}});
}

TEST_CASE("an SRAM without bytes or port is refused", "[sram]") {
  SramCore::Params p = params();
  p.size = 0;
  CHECK_THROWS_AS(SramCore(p), InputError);
  p = params(1, 0);
  CHECK_THROWS_AS(SramCore(p), InputError);
}
