// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/pipeline.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace snnvp;
using namespace snnvp::engine;

namespace {

using Table = std::vector<std::vector<Cycles>>;  // [item][stage]

/// The end of the last item by the recurrence in words (pipeline.h), with whole tables.
Table ends_of(const std::vector<Stage>& stages, const Table& durations, Cycles start) {
  Table starts(durations.size(), std::vector<Cycles>(stages.size())), ends = starts;
  for (std::size_t i = 0; i < durations.size(); ++i)
    for (std::size_t s = 0; s < stages.size(); ++s) {
      Cycles at = start;
      if (s > 0) at = std::max(at, ends[i][s - 1]);
      if (i > 0) at = std::max(at, ends[i - 1][s]);
      if (stages[s].slots != 0 && i >= stages[s].slots) {
        const std::size_t owner = i - stages[s].slots;
        at =
            std::max(at, stages[s].freed_at == Stage::FreedAt::start ? starts[owner][stages[s].freed_by] : ends[owner][stages[s].freed_by]);
      }
      starts[i][s] = at;
      ends[i][s] = at + durations[i][s];
    }
  return ends;
}

Table run(const std::vector<Stage>& stages, const Table& durations, Cycles start) {
  Pipeline pipeline(stages, start);
  Table ends;
  for (const auto& item : durations) {
    ends.emplace_back();
    for (unsigned s = 0; s < stages.size(); ++s) {
      const Cycles at = pipeline.earliest(s);
      pipeline.complete(s, at, at + item[s]);
      ends.back().push_back(at + item[s]);
    }
    pipeline.next_item();
  }
  REQUIRE(pipeline.end() == (ends.empty() ? start : ends.back().back()));
  return ends;
}

std::vector<Stage> fetch_detect_compute(unsigned prefetch) {
  return {{"fetch", true, prefetch, 2, Stage::FreedAt::end},
          {"detect", false, 1, 2, Stage::FreedAt::start},
          {"compute", false, 0, 0, Stage::FreedAt::end}};
}

}  // namespace

TEST_CASE("a pipeline without items ends where it starts") { CHECK(Pipeline(fetch_detect_compute(2), 17).end() == 17); }

TEST_CASE("fetch and detect and compute overlap with one tile of look-ahead") {
  // Two tiles, fetch 5, detect 10, compute 20: the second is fetched and detected while the first is computed.
  const Table ends = run(fetch_detect_compute(2), {{5, 10, 20}, {5, 10, 20}}, 100);
  CHECK(ends == Table{{105, 115, 135}, {110, 125, 155}});
}

TEST_CASE("zero-time fetch gives the sum of the maxima of compute and the next detect") {
  std::mt19937 random(5);
  Table durations(200, std::vector<Cycles>(3));
  for (auto& item : durations) item = {0, random() % 50, random() % 50};
  Cycles expected = durations[0][1];
  for (std::size_t i = 0; i < durations.size(); ++i)
    expected += std::max(durations[i][2], i + 1 < durations.size() ? durations[i + 1][1] : 0);
  CHECK(run(fetch_detect_compute(2), durations, 0).back().back() == expected);
}

TEST_CASE("a buffer slot is waited for until the stage that frees it starts or ends") {
  // One slot freed at the end of the last stage: nothing overlaps.
  const std::vector<Stage> serial{{"a", true, 1, 1, Stage::FreedAt::end}, {"b", false, 0, 0, Stage::FreedAt::end}};
  CHECK(run(serial, {{3, 4}, {3, 4}, {3, 4}}, 0).back().back() == 21);
  // Freed when it starts: the next fetch runs beside it.
  const std::vector<Stage> overlapped{{"a", true, 1, 1, Stage::FreedAt::start}, {"b", false, 0, 0, Stage::FreedAt::end}};
  CHECK(run(overlapped, {{3, 4}, {3, 4}, {3, 4}}, 0).back().back() == 15);
}

TEST_CASE("random pipelines follow the recurrence whatever their stages") {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::vector<Stage> stages(1 + random() % 6);
    for (std::size_t s = 0; s < stages.size(); ++s) {
      stages[s].slots = random() % 5;
      stages[s].freed_by = static_cast<unsigned>(s + random() % (stages.size() - s));
      stages[s].freed_at = random() % 2 ? Stage::FreedAt::start : Stage::FreedAt::end;
    }
    Table durations(random() % 40, std::vector<Cycles>(stages.size()));
    for (auto& item : durations)
      for (auto& cycles : item) cycles = random() % 20;
    const Cycles start = random() % 1000;
    const Table ends = run(stages, durations, start);
    if (ends != ends_of(stages, durations, start)) FAIL("round " << round);
  }
}

TEST_CASE("a pipeline counts how long each stage was taken") {
  Pipeline pipeline(fetch_detect_compute(16), 0);
  for (int i = 0; i < 3; ++i) {
    const Cycles at = pipeline.earliest(0);
    pipeline.complete(0, at, at + 4, at + 9);  // the port is free before the last byte arrives
    pipeline.complete(1, pipeline.earliest(1), pipeline.earliest(1) + 2);
    pipeline.complete(2, pipeline.earliest(2), pipeline.earliest(2) + 5);
    pipeline.next_item();
  }
  CHECK(pipeline.busy(0) == 12);
  CHECK(pipeline.busy(1) == 6);
  CHECK(pipeline.busy(2) == 15);
  CHECK(pipeline.end() == 26);
}
