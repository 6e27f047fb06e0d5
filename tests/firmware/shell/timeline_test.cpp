// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/timeline.h>

#include <catch2/catch.hpp>

using snnvp::Picoseconds;
using snnvp::Timeline;

TEST_CASE("firmware.timeline shows what each lane did, gaps and the open end included") {
  Timeline t;
  const auto cpu = t.add_lane("cpu"), pu = t.add_lane("pu");
  t.change(cpu, 0, "running");
  t.change(pu, 100, "job 1");
  t.change(cpu, 120, "wfi");
  t.change(pu, 300, "");
  t.change(cpu, 300, "running");
  t.change(cpu, 300, "wfi");  // no time has passed: nothing to show
  t.change(cpu, 300, "running");
  t.change(cpu, 350, "running");
  t.end(500);
  CHECK(t.intervals().dump() ==
        R"([{"lane":"cpu","begin_ps":0,"end_ps":120,"what":"running"},{"lane":"cpu","begin_ps":120,"end_ps":300,"what":"wfi"},)"
        R"({"lane":"cpu","begin_ps":300,"end_ps":500,"what":"running"},{"lane":"pu","begin_ps":100,"end_ps":300,"what":"job 1"}])");
  CHECK(t.activity().dump() == R"({"cpu":{"running":320,"wfi":180},"pu":{"busy":200}})");
  CHECK(t.grain() == 0);
  const auto text = t.text();
  REQUIRE(text.size() == 3);
  CHECK(text[1] == "    cpu     " + std::string(12, '#') + std::string(18, '-') + std::string(20, '#') + " running 64.0 %, wfi 36.0 %");
  CHECK(text[2] == "    pu      " + std::string(10, '.') + std::string(20, '#') + std::string(20, '.') + " busy 40.0 %, 1 job");
}

TEST_CASE("firmware.timeline stays small however much happens, long intervals and all sums survive") {
  for (const std::size_t most : {std::size_t{10}, std::size_t{100}, std::size_t{2000}}) {
    Timeline t(most);
    const auto busy = t.add_lane("busy"), calm = t.add_lane("calm");
    Picoseconds now = 0, asleep = 0;
    t.change(calm, 0, "running");
    for (unsigned i = 0; i < 50'000; ++i) {
      t.change(busy, now, "running");
      now += 30 + i % 7;
      t.change(busy, now, "wfi");
      asleep += 10;
      now += 10;
      if (i == 20'000) t.change(calm, now, "wfi");
    }
    t.end(now);
    CHECK(t.intervals().size() <= most + 2);
    CHECK(t.intervals().size() >= most / 16);
    CHECK(t.grain() > 0);
    CHECK(t.activity()["busy"]["wfi"] == asleep);
    CHECK(t.activity()["busy"]["running"] == now - asleep);
    Picoseconds at = 0;
    unsigned of_calm = 0;
    for (const auto& i : t.intervals()) {
      CHECK(i["begin_ps"] < i["end_ps"]);
      if (i["lane"] == "calm") {
        ++of_calm;
        continue;
      }
      CHECK(i["begin_ps"] == at);  // nothing is lost between
      at = i["end_ps"];
    }
    CHECK(at == now);
    CHECK(of_calm == 2);
  }
}
