// SPDX-License-Identifier: Apache-2.0
// Which of the two tiers an event is counted on.
#include <catch2/catch.hpp>

#include <snnvp/models/stack3d/engine.h>

using namespace snnvp;
using namespace snnvp::stack3d;

namespace {

Work some_work() {
  Work w;
  w.adds = 1000, w.and_bits = 300, w.score_bits = 20, w.attention_adds = 50, w.a_bits = 70, w.lif_updates = 11;
  w.rate_adds = 5, w.merge_bits = 16, w.merge_adds = 4;
  w.weight_reads = 90, w.weight_writes = 80, w.spike_reads = 60, w.spike_writes = 40;
  w.weight_in_bits = 4000, w.spike_in_bits = 600, w.psum_up_bits = 200;
  return w;
}

EventCounts memory_tier(Partition partition) {
  Config config;
  config.partition = partition;
  return memory_tier_events(config, Links(config, 500'000'000), some_work());
}

}  // namespace

TEST_CASE("stack3d.T13b buffers, membranes, router, merge and scorer are counted above, arrays below") {
  const EventCounts both = memory_tier(Partition::both);
  CHECK(both.at("spike_acc.8.16") == 0);
  CHECK(both.at("add.16") == 0);
  CHECK(both.at("sram_rd.36864.512") == 90);
  CHECK(both.at("sram_wr.12288.128") == 40);
  CHECK(both.at("and_pop_bit") == 20);
  CHECK(both.at("reg_bit") == 11 * 16);
  CHECK(both.at("add.32") == 9);
  CHECK(both.at("lif.16") == 11);
  CHECK(both.at("mux_bit") == 16);
  CHECK(both.at("bond_bit") == 2400);
  const EventCounts logic = memory_tier(Partition::logic_on_logic);
  CHECK(logic.at("sram_rd.36864.512") == 0);
  CHECK(logic.at("and_pop_bit") == 0);
  CHECK(logic.at("lif.16") == 11);
  const EventCounts memory = memory_tier(Partition::memory_on_logic);
  CHECK(memory.at("sram_rd.36864.512") == 90);
  CHECK(memory.at("lif.16") == 0);
  CHECK(is_on_memory_tier({}, "weight_glb") == true);
  CHECK(is_on_memory_tier({}, "dense_core") == false);
  CHECK(!is_on_memory_tier({}, "overhead.clock"));
}
