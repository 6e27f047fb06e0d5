// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/block/reservation.h>

#include <catch2/catch.hpp>

using snnvp::Reservation;

TEST_CASE("a later request waits for the earlier one", "[reservation]") {
  Reservation port;
  CHECK(port.book(10, 4) == 10);
  CHECK(port.book(11, 4) == 14);
  CHECK(port.waited() == 3);
  CHECK(port.busy_until() == 18);
}

TEST_CASE("an idle resource starts a request at once", "[reservation]") {
  Reservation port;
  port.book(0, 5);
  CHECK(port.book(100, 1) == 100);
  CHECK(port.waited() == 0);
}

TEST_CASE("busy time is conserved", "[reservation]") {
  Reservation port;
  std::uint64_t asked = 0;
  for (std::uint64_t t = 0; t < 100; ++t) {
    port.book(3 * t, 1 + t % 5);
    asked += 1 + t % 5;
  }
  CHECK(port.busy() == asked);
}

TEST_CASE("reset forgets all bookings", "[reservation]") {
  Reservation port;
  port.book(5, 50);
  port.reset();
  CHECK(port.book(0, 1) == 0);
  CHECK(port.busy() == 1);
}
