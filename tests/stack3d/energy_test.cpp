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

/// Energy of the attention of a default kernel that keeps so many heads: events, and the buffers' leakage over its time. All heads
/// have the same V: which heads are kept then says nothing of the work of mode 2.
double attention_energy(std::uint64_t kept) {
  RandomStream stream(1, "energy");
  TransformerGeometry g;
  g.T = 4, g.tokens = 64, g.D = 384, g.heads = 8, g.kept = kept, g.scale_shift = 3;
  Config config;
  config.score_overlap = false;
  StackRig rig{config};
  MhaCase c = random_mha(stream, g, 0.2);
  for (std::size_t i = 48 * 384; i < c.wv.size(); ++i) c.wv[i] = c.wv[i - 48 * 384];
  rig.run(c.place(rig));
  const engine::LayerRecord& attention = rig.rows.at(1);
  Bench bench;
  bench.add("stack", StackEngine::event_keys(config)).macros = {{"weight_glb", 36 * 1024, 512, 4}, {"spike_glb", 12 * 1024, 128, 2}};
  const double seconds = static_cast<double>(attention.total_cycles) / 500e6;
  return bench.price({seconds, {activity("stack", attention.events)}}).total_j;
}

}  // namespace

TEST_CASE("stack3d.T2b with bottom-up prices half the heads take 0.50 to 0.56 of the energy of attention") {
  const double all = attention_energy(8), factor = attention_energy(4) / all;
  INFO("factor " << factor << " of " << all << " J, published 0.542");
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
