// SPDX-License-Identifier: Apache-2.0
// Energy of head pruning from counted events, and the row a place-and-route preset adds.
#include <catch2/catch.hpp>

#include <algorithm>

#include <snnvp/platform/report/uncertainty.h>

#include "../unit/pricing_fixture.h"
#include "job_rig.h"

using namespace snnvp;
using namespace snnvp::stack3d;
using namespace snnvp::test;

namespace {

/// Dynamic energy of the attention of default kernels that keep so many heads.
double attention_energy(std::uint64_t kept) {
  RandomStream stream(1, "energy");
  TransformerGeometry g;
  g.T = 4, g.tokens = 64, g.D = 384, g.heads = 8, g.kept = kept, g.scale_shift = 3;
  StackRig rig{Config()};
  MhaCase c = random_mha(stream, g, 0.2);
  c.neuron.threshold = 600;
  rig.run(c.place(rig));
  return price_events("{}", rig.rows.at(1).events).dynamic_j;
}

}  // namespace

TEST_CASE("stack3d.T2b with bottom-up prices half the heads take 0.50 to 0.56 of the energy of attention") {
  const double factor = attention_energy(4) / attention_energy(8);
  INFO("factor " << factor << ", published 0.542");
  CHECK(factor >= 0.50);
  CHECK(factor <= 0.56);
}

TEST_CASE("a preset's energy factor is a row of its own and scales the block's dynamic energy") {
  Bench plain, preset;
  for (Bench* bench : {&plain, &preset}) bench->add("b", {"add.16", "bond_bit"});
  preset.blocks[0].energy_factor = 0.8318;
  preset.blocks[0].energy_factor_source = "a paper";
  const PricingInput input{1e-6, {activity("b", {{"add.16", 1000}, {"bond_bit", 5000}})}};
  const Ledger before = plain.price(input), after = preset.price(input);
  CHECK(after.dynamic_j == Approx(0.8318 * before.dynamic_j).epsilon(1e-12));
  CHECK(after.static_j == before.static_j);
  const auto row = std::find_if(after.rows.begin(), after.rows.end(), [](const LedgerRow& r) { return r.key == preset_factor_key; });
  REQUIRE(row != after.rows.end());
  CHECK(row->energy_j == Approx(-0.1682 * before.dynamic_j));
  CHECK(row->source == "a paper");
  CHECK(energy_band(after).p95 < energy_band(before).p95);
}
