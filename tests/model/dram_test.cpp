// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram.h>

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <optional>

#include "../support/fresh_kernel.h"
#include "../support/script.h"

using namespace snnvp;
using namespace snnvp::test;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

struct Stats : StatSink {
  std::map<std::string, std::optional<std::uint64_t>> counts;
  std::map<std::string, std::optional<double>> reals;
  void count(const std::string& name, const Counter& counter) override {
    counts[name] = counter.touched() ? std::optional(counter.value()) : std::nullopt;
  }
  void integer(const std::string& name, std::optional<std::uint64_t> value) override { counts[name] = value; }
  void real(const std::string& name, std::optional<double> value) override { reals[name] = value; }
  void text(const std::string&, const std::string&) override {}
};

}  // namespace

TEST_CASE("the DRAM block adds latency and transfer time to the caller's delay", "[dram]") {
  FreshKernel kernel;
  Dram::Params params;
  params.size = 1 << 20;
  Dram dram("dram", params);
  Script script("script", [](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{};
    sc_time delay(100, SC_NS);
    CHECK(port.read(0, data.data(), 64, delay) == tlm::TLM_OK_RESPONSE);
    CHECK(ps_of(delay) == 100'000 + 66'660 + 3334);
    sc_core::wait(delay);
    sc_time behind;
    CHECK(port.write(0, data.data(), 64, behind) == tlm::TLM_OK_RESPONSE);
    CHECK(ps_of(behind) == 66'660 + 3334);
  });
  script.out.bind(dram.in);
  sc_core::sc_start();
  CHECK(script.is_done());
  CHECK(dram.events().at("dram_rd_bit") == 512);
  CHECK(dram.events().at("dram_act") == 1);
}

TEST_CASE("the DRAM reports null for what never happened", "[dram]") {
  FreshKernel kernel;
  Dram dram("dram", Dram::Params{});
  Stats stats;
  dram.report_stats(stats);
  CHECK(stats.counts.at("bytes_read") == std::nullopt);
  CHECK(stats.counts.at("wait_ps") == std::nullopt);
  CHECK(stats.reals.at("utilisation") == std::nullopt);
}

TEST_CASE("tlm.V12 DRAM reset keeps bytes and restarts refresh and counts", "[dram]") {
  FreshKernel kernel;
  Dram::Params params;
  params.size = 4096;
  Dram dram("dram", params);
  Script script("script", [&](InitiatorPort& port) {
    std::array<std::uint8_t, 64> data{5}, seen{};
    sc_time delay;
    port.write(0, data.data(), 64, delay);
    sc_core::wait(sc_time(20'000, SC_NS));
    CHECK(dram.events().at("dram_ref") == 2);
    dram.reset();
    CHECK(dram.events() == EventCounts{{"dram_act", 0}, {"dram_rd_bit", 0}, {"dram_ref", 0}, {"dram_wr_bit", 0}});
    sc_time again;
    port.read(0, seen.data(), 64, again);
    CHECK(again == delay);
    CHECK(seen == data);
  });
  script.out.bind(dram.in);
  sc_core::sc_start();
  CHECK(script.is_done());
}

TEST_CASE("accesses of harts by pointer are accesses of the DRAM, in both kinds of timing", "[dram]") {
  for (const bool bank_timing : {false, true}) {
    FreshKernel kernel;
    Dram::Params params;
    params.size = 4096;
    params.allow_dmi = true;
    params.bank_timing = bank_timing;
    Dram dram("dram", params);
    DirectUse first{3, 2, 12, 8, 10}, second{1, 0, 1, 0, 4};
    dram.add_user([&] { return first; });
    dram.add_user([&] { return second; });
    Script script("script", [&](InitiatorPort& port) {
      std::array<std::uint8_t, 64> data{5};
      sc_time delay;
      port.write(0, data.data(), 64, delay);
    });
    script.out.bind(dram.in);
    sc_core::sc_start();
    Stats stats;
    dram.report_stats(stats);
    CHECK(stats.counts.at("accesses") == 1 + (3 + 3 + 2) + (1 + 1));  // 10 bytes of code are three words
    CHECK(stats.counts.at("bytes_read") == 12 + 10 + 1 + 4);
    CHECK(stats.counts.at("bytes_written") == 64 + 8);
    EventCounts events = dram.events();
    CHECK(events.at("dram_rd_bit") == 8 * (12 + 10 + 1 + 4));
    CHECK(events.at("dram_wr_bit") == 8 * (64 + 8));
    dram.reset();
    first.reads += 1, first.bytes_read += 4;
    CHECK(dram.events().at("dram_rd_bit") == 8 * 4);
    CHECK(dram.events().at("dram_wr_bit") == 0);
  }
}
