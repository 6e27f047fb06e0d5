// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram.h>

#include <catch2/catch.hpp>

#include <array>

#include <snnvp/platform/base/diagnostics.h>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

Sram::Params params(Cycles latency = 2, Bytes width = 8) {
  Sram::Params p;
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
  CHECK(core.reads().value() == 16);
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

TEST_CASE("SRAM words cost the latency and bursts the port", "[sram]") {
  FreshKernel kernel;
  Sram sram("sram", params(), ClockDomain(500'000'000));
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{};
    sc_time word, burst, behind;
    CHECK(port.write(0, data.data(), 64, burst) == tlm::TLM_OK_RESPONSE);
    CHECK(burst == sc_time(18, SC_NS));
    CHECK(port.read(0, data.data(), 4, word) == tlm::TLM_OK_RESPONSE);
    CHECK(word == sc_time(4, SC_NS));
    CHECK(port.read(0, data.data(), 64, behind) == tlm::TLM_OK_RESPONSE);
    CHECK(behind == sc_time(34, SC_NS));
  });
  script.out.bind(sram.in);
  sc_core::sc_start();
  CHECK(sram.events() == EventCounts{{"sram_rd.4096.64", 9}, {"sram_wr.4096.64", 8}});
}

TEST_CASE("tlm.V12 SRAM reset keeps bytes and forgets time and counts", "[sram]") {
  FreshKernel kernel;
  Sram sram("sram", params(), ClockDomain());
  Script script("script", [&](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{5}, seen{};
    sc_time first, again;
    port.write(0, data.data(), 64, first);
    sram.reset();
    CHECK(sram.core().writes().touched() == false);
    port.read(0, seen.data(), 64, again);
    CHECK(again == first);
    CHECK(seen == data);
  });
  script.out.bind(sram.in);
  sc_core::sc_start();
  CHECK(script.is_done());
}
