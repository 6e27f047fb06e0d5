// SPDX-License-Identifier: Apache-2.0
// Every kind of ours passes the kit. SNNVP_CONFORM_COUNT: transactions for each port.
#include <catch2/catch.hpp>

#include <cstdlib>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/models/dram/dram_core.h>
#include <snnvp/platform/conform/bench.h>

using namespace snnvp;

namespace {

/// Of kinds whose rest of the parameters matters, what else is tried.
struct Case {
  std::string kind;
  std::vector<std::string> set;
};

std::vector<Case> cases() {
  const std::string needs_a_peer = "interconnect.remote";  // remote_test.cpp gives it one
  std::vector<Case> all;
  const auto registry = all_kinds();
  for (const KindDescriptor* kind : registry->all())
    if (kind->kind != needs_a_peer && !conform::target_ports(*kind).empty()) all.push_back({kind->kind, {}});
  all.push_back({"models.sram", {"allow_dmi=true", "size=4 KiB", "banks=4"}});
  all.push_back({"models.dram", {"allow_dmi=true"}});
  all.push_back({"models.dram", {"timing=bank"}});
  all.push_back({"interconnect.bus", {"width=null"}});
  all.push_back({"interconnect.bus", {"word_access=arbitrated", "hop_cycles=0"}});
  all.push_back({"interconnect.mesh", {"topology=torus", "vcs=2"}});
  return all;
}

void check_all(std::uint64_t count) {
  for (const Case& c : cases()) {
    conform::BenchOptions options;
    options.kind = c.kind;
    options.overrides = c.set;
    options.count = count;
    INFO(c.kind << (c.set.empty() ? "" : " with " + c.set.front()));
    const std::vector<conform::Verdict> verdicts = conform::run_bench_isolated(all_kinds, options, 3600);
    CHECK(!verdicts.empty());
    for (const conform::Verdict& verdict : verdicts) {
      INFO(verdict.to_text("snnvp conform " + c.kind));
      CHECK(verdict.passed());
      CHECK(verdict.transactions != 0);
    }
  }
}

}  // namespace

// What only the block's own parameters tell: the least time of an access, the exact latency of DMI. Behind an interconnect stand probes
// that take 2 ns.
TEST_CASE("tlm.V1 access times and DMI latencies are those of the parameters", "[conformance]") {
  const auto check = [](const std::string& kind, const std::vector<std::string>& set, Picoseconds latency, Picoseconds dmi) {
    conform::BenchOptions options;
    options.kind = kind;
    options.overrides = set;
    options.latency = latency;
    options.dmi_latency = dmi;
    for (const conform::Verdict& verdict : conform::run_bench_isolated(all_kinds, options, 300)) {
      INFO(verdict.to_text("snnvp conform " + kind));
      CHECK(verdict.passed());
    }
  };
  check("models.sram", {"size=2 KiB", "latency_cycles=2", "allow_dmi=true"}, 2000, 2000);
  for (const char* preset : {"ddr4_2400r", "hbm2_2000"}) {
    DramCore::Params params;
    params.preset = preset;
    const DramCore reference(params);
    check("models.dram", {std::string("preset=") + preset, "allow_dmi=true"}, reference.latency(), reference.unloaded_ps(8));
  }
  check("interconnect.bus", {"hop_cycles=3"}, 5000, 5000);
  check("interconnect.bus", {"hop_cycles=3", "width=null", "platform.clocks.core=500 MHz"}, 8000, 8000);
}

TEST_CASE("tlm.V1 every target kind passes the kit", "[conformance]") {
  const char* count = std::getenv("SNNVP_CONFORM_COUNT");
  check_all(count == nullptr ? 4000 : std::strtoull(count, nullptr, 10));
}
