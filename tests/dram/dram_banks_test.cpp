// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_scheduler.h>

#include <catch2/catch.hpp>

#include <snnvp/platform/base/random.h>

#include "command_checker.h"

using namespace snnvp;
using namespace snnvp::test;

namespace {

struct Outcome {
  std::uint64_t commands = 0, refreshes = 0;
  std::vector<std::string> violations;
};

/// Random reads and writes: a few rows so that hits, misses and conflicts all happen, bursts of arrivals and pauses.
Outcome random_commands(const DramTiming& timing, const DramPolicy& policy, std::size_t wanted, bool reserved,
                        const DramTiming* modelled = nullptr) {
  DramScheduler unit(modelled ? *modelled : timing, policy);
  std::vector<DramCommandRecord> log;
  unit.banks().set_log(&log);
  RandomStream random(7, timing.preset);
  Cycles now = 0;
  std::uint64_t finished = 0, pushed = 0;
  while (log.size() < wanted) {
    if (random.next_u64() % 64 == 0) now += random.next_u64() % (2 * timing.refi);
    if (random.next_u64() % 2 == 0) now += random.next_u64() % 40;
    const auto bank = static_cast<std::uint32_t>(random.next_u64() % unit.banks().banks());
    const auto row = static_cast<std::uint32_t>(random.next_u64() % 3);
    const bool is_write = random.next_u64() % 3 == 0;
    if (reserved) {
      unit.reserve(bank, row, is_write, now);
      if (policy.closed_page) unit.close_rows();
      continue;
    }
    while (!unit.has_room()) {
      now = std::max(now, unit.next_command() + 1);
      unit.advance(now, [&](std::uint32_t, Cycles) { ++finished; });
    }
    unit.advance(now, [&](std::uint32_t, Cycles) { ++finished; });
    unit.push({0, bank, row, is_write, now});
    ++pushed;
  }
  unit.advance(DramScheduler::never, [&](std::uint32_t, Cycles) { ++finished; });
  CHECK(finished == pushed);
  Outcome outcome;
  outcome.commands = log.size();
  for (const DramCommandRecord& c : log) outcome.refreshes += c.command == DramCommand::refresh || c.command == DramCommand::refresh_bank;
  CommandChecker checker(timing, policy.ranks);
  checker.check(std::move(log));
  outcome.violations = checker.violations;
  return outcome;
}

}  // namespace

// A checker that finds nothing proves little: each timing, taken one clock too short by the model, must be found by some preset.
TEST_CASE("the command checker sees every timing that is one clock too short", "[dram]") {
  const std::pair<const char*, std::uint32_t DramTiming::*> fields[] = {
      {"burst", &DramTiming::burst},
      {"cl", &DramTiming::cl},
      {"rcd_rd", &DramTiming::rcd_rd},
      {"rcd_wr", &DramTiming::rcd_wr},
      {"rp", &DramTiming::rp},
      {"rp_all", &DramTiming::rp_all},
      {"ras", &DramTiming::ras},
      {"rc", &DramTiming::rc},
      {"rrd_s", &DramTiming::rrd_s},
      {"rrd_l", &DramTiming::rrd_l},
      {"faw", &DramTiming::faw},
      {"ccd_s", &DramTiming::ccd_s},
      {"ccd_l", &DramTiming::ccd_l},
      {"rtp", &DramTiming::rtp},
      {"wr", &DramTiming::wr},
      {"wtr_s", &DramTiming::wtr_s},
      {"wtr_l", &DramTiming::wtr_l},
      {"rtw", &DramTiming::rtw},
      {"rfc", &DramTiming::rfc},
      {"rank_switch", &DramTiming::rank_switch},
      {"rfc_bank", &DramTiming::rfc_bank},
      {"rrefd", &DramTiming::rrefd},
  };
  for (const auto& [name, field] : fields) {
    bool found = false;
    for (const DramTiming& timing : dram_timings())
      for (const unsigned mask : {0u, 1u, 2u, 3u}) {
        if (found) break;
        DramPolicy policy;
        policy.ranks = mask & 1 ? 2 : 1;
        if ((mask & 2) && timing.refi_bank != 0) policy.refresh = DramRefresh::per_bank;
        DramTiming shorter = timing;
        if (shorter.*field == 0) continue;
        shorter.*field -= 1;
        found = !random_commands(timing, policy, 6000, false, &shorter).violations.empty();
      }
    INFO(name);
    CHECK(found);
  }
}

TEST_CASE("no DRAM command breaks a timing in a million random ones: all presets, page policies, schedulers, refreshes, ranks", "[dram]") {
  std::uint64_t commands = 0, refreshes = 0;
  for (const DramTiming& timing : dram_timings())
    for (unsigned mask = 0; mask < 24; ++mask) {
      DramPolicy policy;
      policy.closed_page = mask & 1;
      policy.reorder = mask & 2;
      policy.ranks = mask & 4 ? 2 : 1;
      policy.refresh = mask / 8 == 0 ? DramRefresh::all_bank : mask / 8 == 1 ? DramRefresh::per_bank : DramRefresh::none;
      if (policy.refresh == DramRefresh::per_bank && timing.refi_bank == 0) continue;
      for (const bool reserved : {false, true}) {
        const Outcome outcome = random_commands(timing, policy, 3000, reserved);
        INFO(timing.preset << " policy " << mask << (reserved ? " reserved" : " queued"));
        CHECK(outcome.violations == std::vector<std::string>{});
        CHECK((outcome.refreshes > 0) == (policy.refresh != DramRefresh::none));
        commands += outcome.commands;
        refreshes += outcome.refreshes;
      }
    }
  CHECK(commands >= 1'000'000);
  CHECK(refreshes > 10'000);
}
