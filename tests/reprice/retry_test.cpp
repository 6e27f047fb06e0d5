// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/interconnect/d2d/bit_errors.h>

using namespace snnvp;

TEST_CASE("energy.E18 a flit of 2048 bits is sent again with p = 2.048e-12 at a bit error rate of 1e-15, 68-byte flits are 94 % data") {
  BitErrors errors;
  errors.ber = 1e-15;
  CHECK(BitErrorSource(errors, 2048, 1, "a").flit_error_probability() == Approx(2.048e-12).epsilon(1e-4).margin(0));
  errors.ber = 1e-3;
  CHECK(BitErrorSource(errors, 544, 1, "a").flit_error_probability() == Approx(1 - std::pow(1 - 1e-3, 544)).epsilon(1e-12).margin(0));
  const FlitLayout flit = layout_of(FlitFormat::f68);
  CHECK(static_cast<double>(flit.payload) / flit.bytes() == Approx(0.9412).epsilon(1e-4).margin(0));
}
