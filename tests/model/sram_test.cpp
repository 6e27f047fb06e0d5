// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram.h>

#include <catch2/catch.hpp>

#include <array>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

Sram::Params params() {
  Sram::Params p;
  p.size = 4096;
  p.width_bytes = 8;
  p.latency_cycles = 2;
  return p;
}

}  // namespace

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
    CHECK(sram.core().writes().accesses == 0);
    port.read(0, seen.data(), 64, again);
    CHECK(again == first);
    CHECK(seen == data);
  });
  script.out.bind(sram.in);
  sc_core::sc_start();
  CHECK(script.is_done());
}
