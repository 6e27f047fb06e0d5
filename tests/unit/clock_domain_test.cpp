// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/block/clock_domain.h>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;

namespace {

const std::vector<std::uint64_t> frequencies{1, 333'333'333, 750'000'000, 933'333'333, 1'000'000'000, 1'600'000'000, 999'999'999'999};

}  // namespace

TEST_CASE("tlm.V8 cycle_at inverts time_ps for the first two million cycles", "[clock_domain]") {
  for (const std::uint64_t hz : frequencies) {
    const ClockDomain clock(hz);
    std::uint64_t wrong = 0;
    for (Cycles c = 0; c <= 2'000'000; ++c) wrong += clock.cycle_at(clock.time_ps(c)) != c;
    INFO(hz << " Hz");
    CHECK(wrong == 0);
  }
}

TEST_CASE("tlm.V8 cycle_at inverts time_ps up to 10^12 cycles where the time fits", "[clock_domain]") {
  for (const std::uint64_t hz : frequencies) {
    const ClockDomain clock(hz);
    for (Cycles i = 1; i <= 1000; ++i) {
      const Cycles c = i * 1'000'000'000 - i % 7;
      if (hz == 1 && c > 18'446'744) continue;  // beyond 64 bits of picoseconds
      if (clock.cycle_at(clock.time_ps(c)) != c) FAIL(hz << " Hz, cycle " << c);
    }
  }
  SUCCEED();
}

TEST_CASE("tlm.V8 three cycles at 750 MHz are 4000 ps", "[clock_domain]") {
  const ClockDomain clock(750'000'000);
  CHECK(clock.time_ps(1) == 1333);
  CHECK(clock.time_ps(2) == 2667);
  CHECK(clock.time_ps(3) == 4000);
  CHECK(clock.duration_ps(3) == 4000);
}

TEST_CASE("tlm.V8 time follows the formula with 128-bit intermediates", "[clock_domain]") {
  __extension__ using Wide = unsigned __int128;
  for (const std::uint64_t hz : frequencies) {
    const ClockDomain clock(hz);
    for (Cycles c = 1; c < 18'000'000; c = c * 3 + 1)
      CHECK(clock.time_ps(c) == static_cast<Picoseconds>((Wide{c} * 1'000'000'000'000u + hz / 2) / hz));
  }
}

TEST_CASE("cycle_at is the smallest cycle not before a time", "[clock_domain]") {
  for (const std::uint64_t hz : {333'333'333ul, 750'000'000ul, 1'600'000'000ul}) {
    const ClockDomain clock(hz);
    for (Picoseconds t = 0; t < 20'000; t += 7) {
      const Cycles c = clock.cycle_at(t);
      CHECK(clock.time_ps(c) >= t);
      if (c > 0) CHECK(clock.time_ps(c - 1) < t);
    }
  }
}

TEST_CASE("tlm.V8 a frequency change starts a new epoch at the next edge", "[clock_domain]") {
  ClockDomain clock(1'000'000'000);
  clock.set_frequency(750'000'000, 10'500);
  CHECK(clock.time_ps(11) == 11'000);
  CHECK(clock.time_ps(14) == 15'000);
  CHECK(clock.cycle_at(11'001) == 12);
  CHECK(clock.cycle_at(500) == 11);  // before the epoch: its start
  clock.set_frequency(1'000'000'000, 15'000);
  CHECK(clock.time_ps(15) == 16'000);
}

TEST_CASE("a clock outside 1 Hz to 1 THz is refused", "[clock_domain]") {
  CHECK_THROWS_AS(ClockDomain(0), InputError);
  CHECK_THROWS_AS(ClockDomain(1'000'000'000'001), InputError);
  ClockDomain clock;
  CHECK_THROWS_AS(clock.set_frequency(0, 0), InputError);
  CHECK(clock.hz() == 1'000'000'000);
}

TEST_CASE("a time beyond 64 bits is an error and not a wrap", "[clock_domain]") {
  CHECK_THROWS_AS(ClockDomain(1).time_ps(18'446'745), std::overflow_error);
  CHECK_THROWS_AS(ClockDomain(3).time_ps(1'000'000'000'000), std::overflow_error);
}
