// SPDX-License-Identifier: Apache-2.0
// What a sweep file means: axes, modes, constraints, seeds.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

#include <snnvp/platform/sweep/collect.h>
#include <snnvp/platform/sweep/expand.h>

#include "../support/process.h"

using namespace snnvp::sweep;
using snnvp::InputError;
using snnvp::test::ScratchFolder;

namespace {

SweepFile read(const std::string& text) {
  const ScratchFolder scratch;
  return read_sweep_file(scratch.write("s.yaml", "sweep: 1\nbase: base.yaml\n" + text));
}

std::vector<std::string> texts(const std::string& text) {
  std::vector<std::string> out;
  for (const Setting& setting : expand(read(text))) {
    std::string line;
    for (const auto& [key, value] : setting) line += (line.empty() ? "" : " ") + value;
    out.push_back(line);
  }
  return out;
}

std::string error_of(const std::string& text) {
  try {
    expand(read(text));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("sweep: a grid counts with its last axis fastest") {
  CHECK(texts("axes: { a.b: [1, 2], c: [x, 500 MHz, true] }") == Lines{"1 x", "1 500 MHz", "1 true", "2 x", "2 500 MHz", "2 true"});
  CHECK(texts("axes: { a: [[1, 2], '7'] }") == Lines{"[1,2]", "\"7\""});
}

TEST_CASE("sweep: ranges are steps or points, linear or logarithmic, with units") {
  CHECK(texts("axes: { a: { from: 0.1, to: 0.5, step: 0.1 } }") == Lines{"0.1", "0.2", "0.3", "0.4", "0.5"});
  CHECK(texts("axes: { a: { from: 1, to: 100, points: 3, scale: log } }") == Lines{"1", "10", "100"});
  CHECK(texts("axes: { a: { from: 100 MHz, to: 300 MHz, points: 3 } }") == Lines{"100 MHz", "200 MHz", "300 MHz"});
  CHECK(texts("axes: { a: { from: 1, to: 7, step: 3 } }") == Lines{"1", "4", "7"});
}

TEST_CASE("sweep: zip takes the n-th of each axis") {
  CHECK(texts("mode: zip\naxes: { a: [1, 2], b: [3, 4] }") == Lines{"1 3", "2 4"});
  CHECK_THAT(error_of("mode: zip\naxes: { a: [1, 2], b: [3, 4, 5] }"), Catch::Contains("3 values, while a has 2"));
}

TEST_CASE("sweep: constraints leave points out, by key or by its last part") {
  CHECK(texts("constraints: ['tile_m * b.tile_k <= 8']\naxes: { b.tile_m: [2, 4], b.tile_k: [2, 4] }") == Lines{"2 2", "2 4", "4 2"});
  CHECK(texts("constraints: ['clock > 100 && on']\naxes: { clock: [100 MHz, 200 MHz], on: [true, false] }") == Lines{"200 MHz true"});
  CHECK_THAT(error_of("constraints: ['tile_x > 1']\naxes: { b.tile_m: [2] }"), Catch::Contains("over b.tile_m"));
  CHECK_THAT(error_of("constraints: ['a > 1']\naxes: { a: [word] }"), Catch::Contains("'word', which is no number"));
  CHECK_THAT(error_of("constraints: ['a > 5']\naxes: { a: [1, 2] }"), Catch::Contains("no point is left"));
}

TEST_CASE("sweep: a Latin hypercube uses each slice of each axis once, and draws depend on the seed alone") {
  const std::string lhs = "mode: lhs\npoints: 8\naxes: { a: { from: 0, to: 8.0 }, b: [p, q, r, s] }";
  const auto settings = expand(read(lhs));
  REQUIRE(settings.size() == 8);
  std::set<int> slices;
  std::multiset<std::string> words;
  for (const Setting& setting : settings) {
    slices.insert(static_cast<int>(std::stod(setting[0].second)));
    words.insert(setting[1].second);
  }
  CHECK(slices.size() == 8);
  for (const char* w : {"p", "q", "r", "s"}) CHECK(words.count(w) == 2);
  CHECK(texts(lhs) == texts(lhs));
  CHECK(texts(lhs) != texts(lhs + "\nseed: 2"));
}

TEST_CASE("sweep: Sobol points fill every quarter of the square alike, random ones stay in the range") {
  int quarter[4] = {};
  for (const Setting& s : expand(read("mode: sobol\npoints: 64\naxes: { a: { from: 0, to: 1.0 }, b: { from: 0, to: 1.0 } }")))
    ++quarter[(std::stod(s[0].second) >= 0.5) + 2 * (std::stod(s[1].second) >= 0.5)];
  for (const int n : quarter) CHECK(n == 16);
  std::set<std::string> seen;
  for (const Setting& s : expand(read("mode: random\npoints: 200\naxes: { a: { from: 3, to: 6 } }"))) seen.insert(s[0].second);
  CHECK(seen == std::set<std::string>{"3", "4", "5", "6"});
  for (const Setting& s : expand(read("mode: random\npoints: 50\naxes: { a: { from: 0.001, to: 1000, scale: log } }"))) {
    const double v = std::stod(s[0].second);
    CHECK((v >= 0.001 && v <= 1000));
  }
}

TEST_CASE("sweep: everything wrong with a file is told at once, with its place") {
  const std::string text =
      error_of("metric: [x]\naxes: { a: [], b: { from: 2, to: 1 }, c: { from: 1, to: 2, stp: 1 }, d: 5, e: [1, 1], f: { to: 3 } }");
  for (const char* part : {"the list is empty", "from must be below to", "stp", "did you mean step?", "a list or a range is expected",
                           "listed twice", "the range has no `from`", "did you mean metrics?", "s.yaml:3:"})
    CHECK_THAT(text, Catch::Contains(part));
  CHECK_THAT(error_of("mode: lhs\naxes: { a: { from: 1, to: 2 } }"), Catch::Contains("needs a number of points"));
  CHECK_THAT(error_of("axes: { a: { from: 1, to: 2 } }"), Catch::Contains("a range needs `step` or `points`"));
  CHECK_THAT(error_of("points: 3\naxes: { a: [1] }"), Catch::Contains("takes its points from the axes"));
  CHECK_THAT(error_of("axes: { a: { from: 1, to: 1000000, step: 1 }, b: [1, 2] }"), Catch::Contains("more than 1000000 combinations"));
  CHECK_THAT(error_of(""), Catch::Contains("a sweep has axes"));
}

TEST_CASE("sweep: the first replica keeps the base seed, the others differ and stay whole in a double") {
  CHECK(replica_seed(7, 0) == 7);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t r = 0; r < 1000; ++r) seeds.insert(replica_seed(1, r));
  CHECK(seeds.size() == 1000);
  for (const std::uint64_t seed : seeds) CHECK(seed < (std::uint64_t{1} << 53));
}

TEST_CASE("sweep: the Pareto front is what no other row beats") {
  CHECK(pareto_front({{1, 5}, {2, 4}, {2, 5}, {3, 3}, {3, 3}, {4, 4}}) == std::vector<std::size_t>{0, 1, 3, 4});
  CHECK(pareto_front({}).empty());
  // Against the definition, on drawn rows.
  std::vector<std::vector<double>> rows;
  for (std::uint64_t i = 0; i < 300; ++i)
    rows.push_back({static_cast<double>(replica_seed(i, 1) % 20), static_cast<double>(replica_seed(i, 2) % 20),
                    static_cast<double>(replica_seed(i, 3) % 20)});
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (std::none_of(rows.begin(), rows.end(), [&](const auto& other) {
          return other != rows[i] && other[0] <= rows[i][0] && other[1] <= rows[i][1] && other[2] <= rows[i][2];
        }))
      expected.push_back(i);
  CHECK(pareto_front(rows) == expected);
}
