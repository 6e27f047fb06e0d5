// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/models/intc/clint_core.h>
#include <snnvp/models/intc/plic_core.h>

using namespace snnvp;

namespace {
constexpr Address enable = 0x2000, threshold = 0x20'0000, claim = 0x20'0004;
}

TEST_CASE("firmware.F23 PLIC: the highest priority wins, the lowest number on a tie, only above the threshold") {
  PlicCore plic(95, 2, 7);
  plic.write(4 * 10, 3);
  plic.write(4 * 40, 3);
  plic.write(4 * 41, 5);
  plic.write(enable, 1u << 10);
  plic.write(enable + 4, 3u << 8);
  CHECK_FALSE(plic.requests(0));
  for (const unsigned source : {10u, 40u, 41u}) plic.set_level(source, true);
  CHECK(plic.requests(0));
  CHECK_FALSE(plic.requests(1));
  CHECK(plic.peek(claim) == 41);  // a look changes nothing
  CHECK(plic.read(claim) == 41);
  CHECK(plic.read(claim) == 10);
  plic.write(threshold, 3);
  CHECK_FALSE(plic.requests(0));
  CHECK(plic.read(claim) == 0);
  plic.write(threshold, 2);
  CHECK(plic.read(claim) == 40);
  CHECK(plic.read(claim) == 0);
  CHECK(plic.claims() == 3);
}

TEST_CASE("firmware.F23 PLIC: a pending request outlives its line, and a high line asks again after completion") {
  PlicCore plic(95, 1, 7);
  plic.write(4 * 1, 1);
  plic.write(enable, 2);
  plic.set_level(1, true);
  plic.set_level(1, false);
  CHECK(plic.read(claim) == 1);
  plic.set_level(1, true);  // in service: no second request
  CHECK_FALSE(plic.requests(0));
  plic.write(claim, 1);
  CHECK(plic.requests(0));
  CHECK(plic.read(claim) == 1);
  plic.set_level(1, false);
  plic.write(claim, 1);
  CHECK_FALSE(plic.requests(0));
  plic.write(claim, 1);   // not in service
  plic.write(claim, 96);  // no source
  CHECK(plic.read(claim) == 0);
}

TEST_CASE("firmware.F23 PLIC: registers keep what exists, addresses between them are holes") {
  PlicCore plic(40, 2, 7);
  plic.write(0, 7);
  CHECK(plic.read(0) == 0);
  plic.write(4, 99);
  CHECK(plic.read(4) == 7);
  plic.write(enable, 0xFFFFFFFF);
  CHECK(plic.read(enable) == 0xFFFFFFFE);
  plic.write(enable + 4, 0xFFFFFFFF);
  CHECK(plic.read(enable + 4) == 0x1FF);
  CHECK(plic.exists(4 * 40));
  CHECK_FALSE(plic.exists(4 * 41));
  CHECK(plic.exists(0x1004));
  CHECK_FALSE(plic.exists(0x1008));
  CHECK_FALSE(plic.exists(enable + 8));
  CHECK(plic.exists(threshold + 0x1004));
  CHECK_FALSE(plic.exists(threshold + 8));
  CHECK_FALSE(plic.exists(threshold + 0x2000));
  CHECK_FALSE(plic.exists(2));
}

TEST_CASE("firmware.F23 CLINT: mtime counts ticks, a compare value fires at the exact time") {
  ClintCore clint(2, 10'000'000);
  CHECK(clint.mtime(0) == 0);
  CHECK(clint.mtime(99'999) == 0);
  CHECK(clint.mtime(100'000) == 1);
  CHECK_FALSE(clint.next_fire(0).has_value());
  clint.write(0x4008, 50, 0);
  clint.write(0x400C, 0, 0);
  CHECK(clint.next_fire(0) == 5'000'000u);
  CHECK_FALSE(clint.timer_level(1, 4'999'999));
  CHECK(clint.timer_level(1, 5'000'000));
  CHECK_FALSE(clint.timer_level(0, 5'000'000));
  CHECK_FALSE(clint.next_fire(5'000'000).has_value());
  CHECK(clint.read(0x4008, 0) == 50);
}

TEST_CASE("firmware.F23 CLINT: no value in between fires when the high word is written first") {
  ClintCore clint(1, 10'000'000);
  const Picoseconds now = 1'000'000'000;  // 10000 ticks
  clint.write(0x4004, 0xFFFFFFFF, now);
  CHECK_FALSE(clint.timer_level(0, now));
  clint.write(0x4000, 5, now);
  CHECK_FALSE(clint.timer_level(0, now));  // from 2^62 on nothing fires
  clint.write(0x4004, 1, now);
  CHECK_FALSE(clint.timer_level(0, now));
  clint.write(0x4004, 0, now);
  CHECK(clint.timer_level(0, now));
}

TEST_CASE("firmware.F23 CLINT: mtime can be set, msip is one bit, other addresses are holes") {
  ClintCore clint(2, 10'000'000);
  clint.write(0xBFF8, 1000, 200'000);
  CHECK(clint.mtime(200'000) == 1000);
  CHECK(clint.mtime(300'000) == 1001);
  clint.write(0xBFFC, 1, 300'000);
  CHECK(clint.read(0xBFFC, 300'000) == 1);
  clint.write(4, 0xFFFFFFFF, 0);
  CHECK(clint.read(4, 0) == 1);
  CHECK(clint.software_level(1));
  CHECK_FALSE(clint.exists(8));
  CHECK_FALSE(clint.exists(0x4010));
  CHECK_FALSE(clint.exists(0xBFF9));
  clint.reset();
  CHECK_FALSE(clint.software_level(1));
  CHECK(clint.read(0x4004, 0) == 0xFFFFFFFF);
}
