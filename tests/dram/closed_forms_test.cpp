// SPDX-License-Identifier: Apache-2.0
// Rates and latencies of bank timing against their closed forms, for every preset.
#include <snnvp/models/dram/dram_controller.h>

#include <catch2/catch.hpp>

#include <functional>

using namespace snnvp;

namespace {

struct Burst {
  std::uint32_t bank, row;
  bool is_write = false;
};

/// Keeps the queue of one pseudo-channel full with bursts `next(i)` and returns the ends of their data in the order of their commands.
std::vector<Cycles> saturate(DramScheduler& unit, std::size_t count, const std::function<Burst(std::uint32_t)>& next) {
  std::vector<Cycles> ends;
  Cycles now = 0;
  for (std::uint32_t pushed = 0; ends.size() < count;) {
    while (pushed < count && unit.has_room()) {
      const Burst b = next(pushed);
      unit.push({pushed++, b.bank, b.row, b.is_write, now});
    }
    now = unit.next_command() + 1;
    unit.advance(now, [&](std::uint32_t, Cycles end) { ends.push_back(end); });
  }
  return ends;
}

DramPolicy without_refresh() {
  DramPolicy policy;
  policy.refresh = DramRefresh::none;
  return policy;
}

/// Bank of the i-th burst when bank groups, then banks of a group, take turns.
std::uint32_t rotating(const DramTiming& t, std::uint32_t i) {
  return i % t.bank_groups * t.banks_per_group + i / t.bank_groups % t.banks_per_group;
}

}  // namespace

TEST_CASE("stack3d.dram unloaded reads take tRCD + tCL + burst and the controller's latency each way, exactly, for every preset",
          "[dram]") {
  for (const DramTiming& t : dram_timings()) {
    INFO(t.preset);
    DramController::Params params;
    params.preset = t.preset, params.size = 1 << 30, params.controller_latency = 20'000;
    const Picoseconds expected = (t.rcd_rd + t.cl + t.burst) * t.clock_ps + 40'000;
    DramController blocking(params), queued(params);
    CHECK(blocking.reserve(false, 4096, t.burst_bytes, 0) == expected);
    queued.submit(3, false, 4096, t.burst_bytes, 0);
    CHECK(queued.next_time(0) == expected);  // known without a look in between
    queued.advance(expected);
    std::uint32_t slot = 0;
    REQUIRE(queued.take_done(expected, slot));
    CHECK(slot == 3);
    CHECK(queued.is_idle());
    // Once more from an edge far away: another bank, an open row, and a row that must be closed first.
    const Picoseconds later = 10 * t.refi * t.clock_ps + 1000 * t.clock_ps;
    CHECK(blocking.reserve(false, 4096, t.burst_bytes, later) == later + expected);
    const Picoseconds hit = later + 200 * t.clock_ps;
    CHECK(blocking.reserve(false, 4096, t.burst_bytes, hit) == hit + (t.cl + t.burst) * t.clock_ps + 40'000);
    const Picoseconds conflict = later + 400 * t.clock_ps;
    CHECK(blocking.reserve(false, 4096 + (1 << 20), t.burst_bytes, conflict) == conflict + expected + t.rp * t.clock_ps);
  }
}

TEST_CASE("stack3d.dram row hits over all bank groups fill the data bus without a gap, for every preset", "[dram]") {
  for (const DramTiming& t : dram_timings()) {
    INFO(t.preset);
    DramScheduler unit(t, without_refresh());
    const std::size_t count = 20'000;
    const auto ends = saturate(unit, count, [&](std::uint32_t i) { return Burst{rotating(t, i % t.bank_groups), 5}; });
    CHECK(ends.back() - ends[100] == (count - 101) * t.burst);
    // Within one group tCCD_L is the limit: 4/6 of the peak for DDR4-2400.
    DramScheduler single(t, without_refresh());
    const auto slow = saturate(single, count, [&](std::uint32_t) { return Burst{0, 5}; });
    CHECK(slow.back() - slow[100] == (count - 101) * t.ccd_l);
  }
}

TEST_CASE("stack3d.dram refresh takes (tRP + tRFC + tRCD) / tREFI of the peak within 1 %, for every preset", "[dram]") {
  for (const DramTiming& t : dram_timings()) {
    INFO(t.preset);
    DramScheduler unit(t, DramPolicy());
    const std::size_t count = 60 * t.refi / t.burst;
    const auto ends = saturate(unit, count, [&](std::uint32_t i) { return Burst{rotating(t, i % t.bank_groups), 5}; });
    // From one refresh to another: whole intervals.
    const auto first = static_cast<double>(std::lower_bound(ends.begin(), ends.end(), 5 * t.refi) - ends.begin());
    const auto last = static_cast<double>(std::lower_bound(ends.begin(), ends.end(), 55 * t.refi) - ends.begin());
    const double share = (last - first) * t.burst / (50.0 * t.refi);
    CHECK(share == Approx(1 - static_cast<double>(t.rp_all + t.rfc + t.rcd_rd) / t.refi).epsilon(0.01));
  }
}

TEST_CASE("stack3d.dram new rows in turning groups: four activations per max(tFAW, 4 tRRD_S), exactly, for every preset", "[dram]") {
  for (const DramTiming& t : dram_timings())
    for (const bool closed_page : {true, false}) {
      INFO(t.preset << (closed_page ? " closed" : " open"));
      DramPolicy policy = without_refresh();
      policy.closed_page = closed_page;
      DramScheduler unit(t, policy);
      std::vector<DramCommandRecord> log;
      unit.banks().set_log(&log);
      saturate(unit, 8000, [&](std::uint32_t i) { return Burst{rotating(t, i), i}; });
      std::vector<Cycles> acts;
      for (const DramCommandRecord& c : log)
        if (c.command == DramCommand::activate) acts.push_back(c.at);
      REQUIRE(acts.size() == 8000);
      const Cycles window = std::max(t.faw, 4 * t.rrd_s);
      const double seen = static_cast<double>(acts[7999] - acts[399]) / (7600 / 4);
      CHECK(seen == Approx(static_cast<double>(window)).epsilon(0.01));
      if (closed_page) CHECK(acts[7999] - acts[399] == 7600 / 4 * window);
    }
}

TEST_CASE("stack3d.dram new rows of one bank: one read per tRC, exactly, for every preset", "[dram]") {
  for (const DramTiming& t : dram_timings())
    for (const bool closed_page : {true, false}) {
      INFO(t.preset << (closed_page ? " closed" : " open"));
      DramPolicy policy = without_refresh();
      policy.closed_page = closed_page;
      DramScheduler unit(t, policy);
      const auto ends = saturate(unit, 2000, [](std::uint32_t i) { return Burst{2, i}; });
      CHECK(ends[1999] - ends[99] == 1900 * Cycles{t.rc});
    }
}

TEST_CASE("stack3d.dram reads and writes in turn pay both turn-arounds", "[dram]") {
  for (const DramTiming& t : dram_timings()) {
    INFO(t.preset);
    DramPolicy policy = without_refresh();
    policy.reorder = false;  // strictly in turn
    DramScheduler unit(t, policy);
    const auto ends = saturate(unit, 2001, [](std::uint32_t i) { return Burst{0, 5, i % 2 == 1}; });
    const Cycles turn = std::max<Cycles>(t.rtw, t.ccd_l) + t.write_end() + t.wtr_l;
    CHECK(ends[2000] - ends[1000] == 500 * turn);
  }
}

TEST_CASE("FR-FCFS serves row hits first, but not for ever", "[dram]") {
  const DramTiming& t = *find_dram_timing("ddr4_2400r");
  DramScheduler unit(t, without_refresh());
  // Row 1 is open; one request for row 2 waits, and hits keep coming.
  unit.push({0, 0, 1, false, 0});
  unit.push({1, 0, 2, false, 0});
  std::uint32_t next = 2, served_before = 0;
  bool is_served = false;
  for (Cycles now = 0; !is_served && now < 100'000; now = unit.next_command() + 1) {
    unit.advance(now, [&](std::uint32_t tag, Cycles) {
      if (tag == 1) is_served = true;
      if (!is_served) ++served_before;
    });
    while (unit.has_room()) unit.push({next++, 0, 1, false, now});
  }
  CHECK(is_served);
  CHECK(served_before == 1 + 32);  // hit_cap
}

TEST_CASE("row hits, misses and conflicts are told apart", "[dram]") {
  for (const bool queued : {false, true}) {
    const DramTiming& t = *find_dram_timing("hbm2_2000");
    DramScheduler unit(t, without_refresh());
    const Burst bursts[] = {{0, 1}, {0, 1}, {1, 1}, {0, 2}, {0, 2}, {0, 1}};
    Cycles now = 0;
    for (const Burst& b : bursts) {
      if (queued) {
        unit.push({0, b.bank, b.row, b.is_write, now});
        unit.advance(now += 500, [](std::uint32_t, Cycles) {});
      } else {
        unit.reserve(b.bank, b.row, b.is_write, now += 500);
      }
    }
    CHECK(unit.row_hits() == 2);
    CHECK(unit.row_misses() == 2);
    CHECK(unit.row_conflicts() == 2);
    CHECK(unit.banks().activations() == 4);
  }
}
