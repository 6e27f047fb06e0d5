// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bus/bus_core.h>

#include <catch2/catch.hpp>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;

TEST_CASE("maps that overlap or wrap are refused and both are named", "[bus]") {
  AddressMap map;
  const auto window = [](Address base, Bytes size, const char* name) { return BusMapping(AddressWindow{base, size, 0, 0, name}); };
  map.add(window(0x1000, 0x1000, "rom.in"));
  CHECK_THROWS_WITH(map.add(window(0x1FFF, 0x10, "ram.in")),
                    Catch::Contains("rom.in at 0x1000 to 0x1fff") && Catch::Contains("ram.in at 0x1fff to 0x200e"));
  CHECK_THROWS_AS(map.add(window(0xFFF, 2, "low")), InputError);
  CHECK_THROWS_AS(map.add(window(0, 0x10000, "around")), InputError);
  CHECK_THROWS_WITH(map.add(window(0x5000, 0, "none")), Catch::Contains("size 0"));
  CHECK_THROWS_WITH(map.add(window(~Address{0} - 3, 8, "end")), Catch::Contains("2^64"));
  map.add(window(0x2000, 1, "next"));
  map.add(window(~Address{0} - 7, 8, "last"));
  CHECK(map.find(~Address{0}, 1)->target == "last");
  CHECK(map.text() ==
        "0x0000000000001000 - 0x0000000000001fff  rom.in\n"
        "0x0000000000002000 - 0x0000000000002000  next\n"
        "0xfffffffffffffff8 - 0xffffffffffffffff  last\n");
}

TEST_CASE("a span is decoded whole", "[bus]") {
  AddressMap map;
  map.add(BusMapping(AddressWindow{0x1000, 0x100, 0x40, 0, "a"}));
  map.add(BusMapping(AddressWindow{0x1100, 0x100, 0, 1, "b"}));
  CHECK(map.find(0x10FF, 1)->target == "a");
  CHECK(map.find(0x10FF, 2) == nullptr);
  CHECK(map.find(0x1100, 0x100)->target == "b");
  CHECK(map.find(0xFFF, 1) == nullptr);
  CHECK(map.find(0x1200, 1) == nullptr);
  CHECK(map.find(0x1'0000'1000, 1) == nullptr);  // never truncated
  CHECK(map.find(0x1000, 1)->to_target(0x1010) == 0x50);
  const AddressRange hole = map.hole_around(0x5000);
  CHECK(hole.start == 0x1200);
  CHECK(hole.end == ~Address{0});
}

TEST_CASE("a target's range is clipped to the window and its start moves", "[bus]") {
  const BusMapping mapping(AddressWindow{0x8000, 0x100, 0x40, 0, "a"});
  AddressRange on_bus;
  Address skipped = 0;
  REQUIRE(visible_range(mapping, {0, 0xFFFF}, on_bus, skipped));
  CHECK(on_bus.start == 0x8000);
  CHECK(on_bus.end == 0x80FF);
  CHECK(skipped == 0x40);
  REQUIRE(visible_range(mapping, {0x50, 0x5F}, on_bus, skipped));
  CHECK(on_bus.start == 0x8010);
  CHECK(on_bus.end == 0x801F);
  CHECK(skipped == 0);
  CHECK_FALSE(visible_range(mapping, {0, 0x3F}, on_bus, skipped));
  CHECK_FALSE(visible_range(mapping, {0x140, 0x200}, on_bus, skipped));
  CHECK_FALSE(visible_range(mapping, {5, 4}, on_bus, skipped));
}

TEST_CASE("round robin follows the last one granted by name", "[bus]") {
  BusArbiter arbiter({"zoe", "adam", "eve"}, 3);
  std::vector<BusRequest> requests(3);
  for (unsigned i = 0; i < 3; ++i) requests[i].initiator = i, requests[i].beats = 1;
  const std::vector<BusRequest*> all{&requests[0], &requests[1], &requests[2]};
  const auto grant = [&] {
    const std::size_t next = arbiter.next(all);
    arbiter.grant(requests[next]);
    return requests[next].initiator;
  };
  CHECK(grant() == 1);  // adam
  CHECK(grant() == 2);  // eve
  CHECK(grant() == 0);  // zoe
  CHECK(grant() == 1);
  requests[0].ready_ps = requests[1].ready_ps = 5;
  CHECK(grant() == 2);  // earliest local time first
  CHECK(arbiter.grants() == std::vector<std::uint64_t>{1, 2, 2});
  CHECK(arbiter.wait_cycles() == 0 + 1 + 2 + 3 + 4);
}
