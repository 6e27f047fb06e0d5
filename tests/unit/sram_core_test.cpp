// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/sram/sram_core.h>
#include <snnvp/platform/report/sram_latency.h>

#include <catch2/catch.hpp>

#include <map>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

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

TEST_CASE("bursts that never meet in a bank are served at once", "[sram]") {
  auto p = params(3);
  p.banks = 4, p.accesses = 3;
  SramCore core(p);
  CHECK(core.access(false, 0, 64, 10) == 10 + 3 + 7);  // banks 0 1 2 3 0 1 2 3 from cycle 10
  CHECK(core.access(false, 8, 64, 10) == 10 + 3 + 7);  // always one bank ahead
  CHECK(core.conflicts() == 0);
  CHECK(core.access(false, 32, 64, 10) == 11 + 3 + 7);  // bank 0 too, one cycle later
  CHECK(core.conflicts() == 1);
  CHECK(core.wait_cycles() == 1);
  CHECK(core.busy_cycles() == 24);
  // A port is free in cycle 18.
  CHECK(core.access(true, 16, 8, 0) == 18 + 3);
}

TEST_CASE("what a bank does in a cycle is one word, whatever the order and overlap of bursts", "[sram]") {
  for (const unsigned banks : {1u, 2u, 3u, 8u})
    for (const unsigned accesses : {1u, 2u, 4u}) {
      auto p = params(0);
      p.size = 24 * 1024, p.banks = banks, p.accesses = accesses;
      SramCore core(p);
      std::map<std::pair<Cycles, Cycles>, int> taken;  // bank and cycle
      std::map<Cycles, unsigned> at_once;
      Cycles now = 0;
      for (std::uint64_t i = 0; i < 400; ++i) {
        now += mix64(i) % 5;
        const Address word = mix64(i + 1000) % 3000, beats = 2 + mix64(i + 2000) % 9;
        const Cycles start = core.access(false, word * 8, beats * 8, now) - (beats - 1);
        CHECK(start >= now);
        for (Cycles k = 0; k < beats; ++k) {
          CHECK(++taken[{(word + k) % banks, start + k}] == 1);
          CHECK(++at_once[start + k] <= accesses);
        }
      }
    }
}

TEST_CASE("banks that the size does not fill are refused, and keys and one bank are as before", "[sram]") {
  auto p = params();
  p.banks = 3;
  CHECK_THROWS_WITH(SramCore(p), Catch::Contains("3 equal banks"));
  p.banks = 4;
  CHECK(SramCore(p).event_key(false) == "sram_rd.1024.64");
  auto one = params(2), other = params(2);
  other.banks = 1, other.accesses = 1;
  SramCore a(one), b(other);
  for (Cycles t = 0; t < 50; t += 3) CHECK(a.access(false, t, 24, t) == b.access(false, t, 24, t));
}

TEST_CASE("the latency of an SRAM by the tables is its access time, corrected, in whole cycles", "[sram]") {
  const Technology technology(SNNVP_SOURCE_DIR "/scenarios/tech");
  const auto cycles = [&](Bytes kib, unsigned bits, const char* device, std::uint64_t mhz) {
    return sram_table_latency(technology, {kib * 1024, bits, false}, 28, device, mhz * 1'000'000);
  };
  // spec/energy.md 4.4: 0.82, 1.52 and 5.0 ns (lstp, x 1.5), 0.57 ns (hp).
  CHECK(cycles(8, 32, "lstp", 1000) == 2);
  CHECK(cycles(8, 32, "lstp", 500) == 1);
  CHECK(cycles(128, 64, "lstp", 1000) == 3);
  CHECK(cycles(128, 64, "hp", 1000) == 1);
  CHECK(cycles(4096, 64, "lstp", 1000) == 8);
  CHECK_THROWS_AS(sram_table_latency(technology, {8192, 32, false}, 45, "lop", 1'000'000'000), InputError);
}
