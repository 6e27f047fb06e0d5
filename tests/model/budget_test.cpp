// SPDX-License-Identifier: Apache-2.0
// tlm.V10: what the kernel is asked for per tile, burst and job, as exact integers (spec/tlm.md 11.3).
#include <catch2/catch.hpp>

#include <map>

#include "../support/engine_rig.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::JobDescriptor;
using engine::JobStatus;

namespace {

constexpr Address first = EngineRig::memory_base;

struct Budget {
  std::uint64_t activations = 0, tiles = 0, bursts = 0, bus_waits = 0, jobs = 0;
};

/// What a layer of T steps costs in a rig with a memory that takes time.
Budget budget_of(std::uint32_t T, std::uint32_t K, std::uint32_t N, unsigned jobs, prosperity::Timing timing) {
  Budget budget;
  Dram::Params memory;
  memory.preset = "custom";
  memory.bandwidth = 20'000'000'000;
  memory.latency = 60'000;
  struct Count : StatSink {
    std::map<std::string, std::uint64_t> counts;
    void count(const std::string& name, const Counter& counter) override { counts[name] = counter.value(); }
    void integer(const std::string&, std::optional<std::uint64_t>) override {}
    void real(const std::string&, std::optional<double>) override {}
    void text(const std::string&, const std::string&) override {}
  } stats;
  EngineRig rig(small_prosperity(timing), {1024, 1, {}}, memory, [&](EngineRig& r) {
    SmallLayer layer;
    layer.T = T, layer.K = K, layer.N = N;
    layer.place(r);
    for (unsigned i = 0; i < jobs; ++i) {
      JobDescriptor job = layer.job();
      job.next = i + 1 < jobs ? first + 512 * (i + 1) : 0;
      r.put(first + 512 * i, job);
    }
    const auto before = r.engine().activations();
    REQUIRE(r.run(first) == JobStatus::ok);
    budget.activations = r.engine().activations() - before;
    budget.bus_waits = r.bus().waits();
  });
  sc_core::sc_start(1, sc_core::SC_SEC);
  REQUIRE(rig.is_done());
  rig.engine().report_stats(stats);
  budget.tiles = stats.counts.at("tiles");
  budget.bursts = stats.counts.at("dma_bursts");
  budget.jobs = stats.counts.at("jobs");
  return budget;
}

}  // namespace

TEST_CASE("tlm.V10 a tile costs one activation and a job two more") {
  // 16 x 8 x 16 tiles: 1 x 6 x 2 visits of a layer of 4 x 48 x 24.
  const Budget one = budget_of(4, 48, 24, 1, prosperity::Timing::tile);
  CHECK(one.tiles == 12);
  CHECK(one.jobs == 1);
  CHECK(one.activations <= one.tiles + 2);
  const Budget three = budget_of(4, 48, 24, 3, prosperity::Timing::tile);
  CHECK(three.tiles == 36);
  CHECK(three.activations <= three.tiles + 3 * 2);
  // Exact: one for the doorbell, one per tile, one for each job's completion.
  CHECK(one.activations == 1 + 12 + 1);
  CHECK(three.activations == 1 + 36 + 3);
}

TEST_CASE("tlm.V10 a burst costs one activation in the bus") {
  const Budget b = budget_of(4, 48, 24, 1, prosperity::Timing::tile);
  CHECK(b.bursts >= b.tiles);
  CHECK(b.bus_waits <= b.bursts);
}

TEST_CASE("tlm.V10 activations grow with tiles and not with spikes or cycles") {
  const Budget small = budget_of(16, 8, 16, 1, prosperity::Timing::tile), large = budget_of(16, 8, 160, 1, prosperity::Timing::tile);
  CHECK(small.tiles == 1);
  CHECK(large.tiles == 10);
  CHECK(large.activations - small.activations <= 9);
  // Time that is spent in one piece costs one activation, however long.
  const Budget paper = budget_of(64, 48, 24, 1, prosperity::Timing::paper);
  CHECK(paper.activations <= 4);
}

TEST_CASE("tlm.V10 an idle second costs no event") {
  EngineRig rig(small_prosperity(), {1024, 1, {}}, [](EngineRig& r) {
    const SmallLayer layer;
    layer.place(r);
    r.put(first, layer.job());
    REQUIRE(r.run(first) == JobStatus::ok);
  });
  sc_core::sc_start(1, sc_core::SC_MS);
  REQUIRE(rig.is_done());
  const auto deltas = sc_core::sc_delta_count();
  const auto activations = rig.engine().activations();
  const auto waits = rig.bus().waits();
  sc_core::sc_start(1, sc_core::SC_SEC);
  CHECK(sc_core::sc_delta_count() == deltas);
  CHECK(rig.engine().activations() == activations);
  CHECK(rig.bus().waits() == waits);
  CHECK_FALSE(sc_core::sc_pending_activity());
}
