// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/sram_model.h>

#include <cmath>

#include "pricing_fixture.h"

using namespace snnvp;
using test::technology;

namespace {

constexpr std::uint64_t kb = 1024;

const SramModel& model() {
  static const SramModel instance(technology());
  return instance;
}

SramFigures lstp(std::uint64_t bytes, unsigned bits, bool dual_port = false) {
  return model().figures({bytes, bits, dual_port}, 28, "lstp");
}

void check(const SramFigures& figures, double read, double write, double leakage, double area, double access) {
  CHECK(figures[SramQuantity::read_pj] == Approx(read).epsilon(1e-4));
  CHECK(figures[SramQuantity::write_pj] == Approx(write).epsilon(1e-4));
  CHECK(figures[SramQuantity::leak_mw] == Approx(leakage).epsilon(1e-4));
  CHECK(figures[SramQuantity::area_mm2] == Approx(area).epsilon(1e-4));
  CHECK(figures[SramQuantity::access_ns] == Approx(access).epsilon(1e-4));
}

}  // namespace

TEST_CASE("energy.E4 SRAM figures of 48 KB x 48 bit are interpolated in both logarithms", "[energy]") {
  check(lstp(48 * kb, 48), 6.5353, 5.5329, 0.024786, 0.072694, 1.2121);
}

TEST_CASE("energy.E5 SRAM figures of 3 KB x 24 bit are interpolated in both logarithms", "[energy]") {
  check(lstp(3 * kb, 24), 0.78421, 1.1013, 0.0018084, 0.0040080, 0.81629);
}

TEST_CASE("energy.E6 SRAM figures beside a power of two use the neighbours of one axis", "[energy]") {
  CHECK(lstp(54 * kb, 64)[SramQuantity::read_pj] == Approx(8.4170).epsilon(1e-4));
  CHECK(lstp(54 * kb, 64)[SramQuantity::area_mm2] == Approx(0.081635).epsilon(1e-4));
  CHECK(lstp(144 * kb, 512)[SramQuantity::read_pj] == Approx(47.829).epsilon(1e-4));
  CHECK(lstp(144 * kb, 512)[SramQuantity::area_mm2] == Approx(0.17883).epsilon(1e-4));
}

TEST_CASE("energy.E7 grid points return the table and points outside use the flagged fit", "[energy]") {
  const Node& table = technology().table("sram.tables.n28_lstp");
  const auto cell = [&](const char* quantity, std::size_t row, std::size_t column) -> const Node& {
    return table.find(quantity)->items.at(row).items.at(column);
  };
  const unsigned widths[] = {8, 16, 32, 64, 128, 256, 512};
  for (std::size_t row = 0; row < 13; ++row)
    for (std::size_t column = 0; column < 7; ++column) {
      const SramFigures figures = lstp(kb << row, widths[column]);
      const Node& read = cell("read_pJ", row, column);
      CHECK(figures.extrapolated == read.is_null());
      if (read.is_null()) continue;
      CHECK(figures[SramQuantity::read_pj] == std::stod(read.text));
      CHECK(figures[SramQuantity::write_pj] == std::stod(cell("write_pJ", row, column).text));
      CHECK(figures[SramQuantity::leak_mw] == std::stod(cell("leak_mW", row, column).text));
      CHECK(figures[SramQuantity::area_mm2] == std::stod(cell("area_mm2", row, column).text));
      CHECK(figures[SramQuantity::access_ns] == std::stod(cell("access_ns", row, column).text));
    }

  const SramFigures absent = lstp(1 * kb, 512), large = lstp(8192 * kb, 64);
  CHECK(absent.extrapolated);
  CHECK(absent[SramQuantity::read_pj] == Approx(0.2361 * std::pow(64, 0.608)));
  CHECK(large.extrapolated);
  CHECK(large[SramQuantity::read_pj] == Approx(0.2361 * std::pow(8192, 0.565) * std::pow(8, 0.608)));
  CHECK(large[SramQuantity::leak_mw] == Approx(6.836e-4 * std::pow(8192, 0.955) * std::pow(8, -0.031)));
  CHECK(large.path == "sram.power_law.fits.n28_lstp");
}

TEST_CASE("energy.E8 high-performance SRAM leaks 484 times as much as low-standby-power SRAM", "[energy]") {
  const double hp = model().figures({32 * kb, 64}, 28, "hp")[SramQuantity::leak_mw];
  CHECK(hp / lstp(32 * kb, 64)[SramQuantity::leak_mw] == Approx(484).epsilon(0.01));
}

TEST_CASE("energy.E29 Bishop's buffers lie inside the area band", "[energy]") {
  const double raw = lstp(144 * kb, 512)[SramQuantity::area_mm2] + 2 * lstp(12 * kb, 512)[SramQuantity::area_mm2];
  const Constant& overhead = technology().constant("sram.corrections.macro_overhead_area");
  CHECK(raw == Approx(0.2262).epsilon(0.01));
  CHECK(raw * overhead.value == Approx(0.317).epsilon(0.01));
  CHECK(0.495 / raw == Approx(2.19).epsilon(0.01));
  CHECK(0.495 / raw < overhead.hi);
}

TEST_CASE("energy.E30 a second port costs area and energy", "[energy]") {
  const SramFigures one = lstp(128 * kb, 64), two = lstp(128 * kb, 64, true);
  CHECK(two[SramQuantity::area_mm2] / one[SramQuantity::area_mm2] == Approx(2.00).epsilon(0.01));
  CHECK(two[SramQuantity::read_pj] / one[SramQuantity::read_pj] == Approx(1.43).epsilon(0.01));
  CHECK(two[SramQuantity::write_pj] / one[SramQuantity::write_pj] == Approx(1.46).epsilon(0.01));
  CHECK(two[SramQuantity::leak_mw] / one[SramQuantity::leak_mw] == Approx(1.26).epsilon(0.01));
  CHECK(two[SramQuantity::access_ns] / one[SramQuantity::access_ns] == Approx(1.15).epsilon(0.01));
  CHECK_FALSE(two.extrapolated);
}

TEST_CASE("a memory wider than 512 bits is built of equal macros", "[energy]") {
  const SramFigures wide = lstp(32 * kb, 1024), half = lstp(16 * kb, 512);
  CHECK(wide[SramQuantity::read_pj] == 2 * half[SramQuantity::read_pj]);
  CHECK(wide[SramQuantity::leak_mw] == 2 * half[SramQuantity::leak_mw]);
  CHECK(wide[SramQuantity::area_mm2] == 2 * half[SramQuantity::area_mm2]);
  CHECK(wide[SramQuantity::access_ns] == half[SramQuantity::access_ns]);
}

TEST_CASE("SRAM below 22 nm shrinks from the 22 nm table", "[energy]") {
  const SramFigures at_22 = model().figures({128 * kb, 64}, 22, "lstp"), at_7 = model().figures({128 * kb, 64}, 7, "lstp");
  CHECK(at_7[SramQuantity::read_pj] / at_22[SramQuantity::read_pj] == Approx(std::sqrt(7.0 / 22)));
  CHECK(at_7[SramQuantity::leak_mw] / at_22[SramQuantity::leak_mw] == Approx(std::sqrt(7.0 / 22) * 0.79));
  CHECK(at_7[SramQuantity::area_mm2] / at_22[SramQuantity::area_mm2] == Approx(7.0 / 22));
}

TEST_CASE("SRAM of old nodes comes from the grid and missing device classes are told", "[energy]") {
  CHECK(model().figures({1 * kb, 8}, 65, "hp")[SramQuantity::read_pj] == 1.17458);
  CHECK(model().figures({4 * kb, 32}, 28, "lop")[SramQuantity::read_pj] > 0);
  CHECK_THROWS_WITH(model().figures({4 * kb, 32}, 65, "mixed"), Catch::Contains("'mixed' does not exist at 65 nm"));
}

TEST_CASE("any SRAM geometry has finite figures", "[energy]") {
  for (const std::uint64_t bytes : {1ull, 7ull, 100ull, 1000ull, 98304ull, 123456789ull, 1ull << 40})
    for (const unsigned bits : {1u, 3u, 8u, 77u, 512u, 513u, 1024u, 65536u})
      for (const bool dual_port : {false, true}) {
        const SramFigures figures = lstp(bytes, bits, dual_port);
        for (const double v : figures.values) CHECK((std::isfinite(v) && v > 0));
      }
}
