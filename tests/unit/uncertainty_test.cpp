// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/uncertainty.h>

#include <chrono>

#include "pricing_fixture.h"

using namespace snnvp;
using test::price_events;
using test::technology;

TEST_CASE("energy.E19 draws are a pure function of path and seed and index", "[energy]") {
  CHECK(fnv1a64("arithmetic.ops_28nm.add_16b") == 0xba64be8af09f4a46u);
  CHECK(fnv1a64("noc.link_28nm.energy_per_bit_mm") == 0xafed187feb5c90bau);
  CHECK(fnv1a64("sram.corrections.leakage_lstp") == 0x82069a7b5cd622e3u);
  struct Vector {
    const char* path;
    std::uint64_t i;
    double u, x;
  };
  for (const Vector& v : {Vector{"arithmetic.ops_28nm.add_16b", 0, 0.861576758664349, 0.0342660243748},
                          Vector{"arithmetic.ops_28nm.add_16b", 1, 0.763933268980055, 0.0318549790696},
                          Vector{"arithmetic.ops_28nm.add_16b", 999, 0.502798617237500, 0.0262081420018},
                          Vector{"noc.link_28nm.energy_per_bit_mm", 0, 0.507032022089917, 0.0655768452233},
                          Vector{"noc.link_28nm.energy_per_bit_mm", 1, 0.026300210983731, 0.0292636927959},
                          Vector{"noc.link_28nm.energy_per_bit_mm", 999, 0.926672295687049, 0.132629538628},
                          Vector{"sram.corrections.leakage_lstp", 0, 0.278508325106145, 1.15164251516},
                          Vector{"sram.corrections.leakage_lstp", 1, 0.910466957657263, 7.64741795390},
                          Vector{"sram.corrections.leakage_lstp", 999, 0.487531860409143, 2.15408868054}}) {
    CHECK(uniform_draw(v.path, 1, v.i) == Approx(v.u).epsilon(1e-12));
    CHECK(draw(technology().constant(v.path), 1, v.i) == Approx(v.x).epsilon(1e-10));
  }
}

TEST_CASE("energy.E20 the band of a ledger of one constant is that constant's", "[energy]") {
  const Band band = energy_band(price_events("{overheads: off}", {{"add.16", 1}}));
  CHECK(band.p5 * 1e12 == Approx(0.0186918).margin(1e-6));
  CHECK(band.p95 * 1e12 == Approx(0.0362566).margin(1e-6));
}

TEST_CASE("energy.E21 runs that are compared share their draws", "[energy]") {
  const std::map<std::string, std::uint64_t> counts = {{"add.16", 100}, {"sram_rd.8192.32", 50}, {"mult.12", 7}};
  auto doubled = counts;
  for (auto& [key, count] : doubled) count *= 2;
  const Ledger once = price_events("{}", counts), twice = price_events("{}", doubled);
  const Band same = ratio_band(once, once, 1000, 1), ratio = ratio_band(twice, once, 1000, 1);
  CHECK(same.p5 == 1);
  CHECK(same.p95 == 1);
  CHECK(ratio.p5 == 2);
  CHECK(ratio.p95 == 2);
}

TEST_CASE("constants without a band are not drawn", "[energy]") {
  const Ledger ledger = price_events("{dram_mode: const}", {{"dram_rd_bit", 1000}});
  const Band band = energy_band(ledger);
  CHECK(band.p5 == Approx(ledger.total_j).epsilon(1e-11));
  CHECK(band.p95 == band.p5);
}

TEST_CASE("a derived price is recomputed from the drawn constants", "[energy]") {
  const Ledger ledger = price_events("{overheads: off}", {{"spike_acc.8.32", 1}});
  const double drawn = draw(technology().constant("arithmetic.ops_28nm.add_32b"), 1, 3) +
                       32 * draw(technology().constant("arithmetic.ops_28nm.register_bit_write"), 1, 3);
  CHECK(draw_totals(ledger, 5, 1)[3] * 1e12 == Approx(drawn + 0).epsilon(1e-12));
}

TEST_CASE("shares are exact and name the constants that matter", "[energy]") {
  const Ledger ledger = price_events("{overheads: off}", {{"add.16", 3000}, {"mult.8", 100}});
  const auto largest = largest_shares(ledger, 1);
  REQUIRE(largest.size() == 1);
  CHECK(largest[0]->constant.path == "arithmetic.ops_28nm.add_16b");
  CHECK(largest[0]->share == Approx(81.0 / 91));
  CHECK(largest[0]->total_lo_j * 1e12 == Approx(3000 * 0.018 + 10));
  CHECK(largest[0]->total_hi_j * 1e12 == Approx(3000 * 0.038 + 10));
}

TEST_CASE("percentiles are nearest ranks", "[energy]") {
  std::vector<double> values;
  for (int i = 1000; i >= 1; --i) values.push_back(i);
  CHECK(nearest_rank_band(values).p5 == 50);
  CHECK(nearest_rank_band(values).p95 == 950);
  CHECK(nearest_rank_band({3}).p5 == 3);
  CHECK_THROWS_AS(nearest_rank_band({}), std::invalid_argument);
}
