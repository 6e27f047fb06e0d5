// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/formats/grid_map.h>

using namespace snnvp;

TEST_CASE("a grid is read from CSV with comments and blank lines", "[thermal]") {
  const GridMap map = read_grid_csv("# watts\n1, 2,3\r\n\n4,5e-1,6 # last\n", "p.csv");
  CHECK(map.columns == 3);
  CHECK(map.rows == 2);
  CHECK(map.at(1, 1) == 0.5);
  CHECK(map.sum() == Approx(16.5));
}

TEST_CASE("what is no grid is refused with its place", "[thermal]") {
  const auto problem = [](const std::string& text) -> std::string {
    try {
      read_grid_csv(text, "p.csv");
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  };
  CHECK(problem("1,2\n3\n") == "p.csv:2: 1 values, the rows before have 2");
  CHECK(problem("1,x\n").find("p.csv:1: value 2 is 'x'") == 0);
  CHECK(problem("1,-2\n").find("value 2 is '-2'") != std::string::npos);
  CHECK(problem("1,,2\n").find("value 2 is missing") != std::string::npos);
  CHECK(problem("nan\n").find("value 1") != std::string::npos);
  CHECK(problem("# nothing\n") == "p.csv: there is no value in it");
}

TEST_CASE("resampling keeps the total and puts it where it was", "[thermal]") {
  const GridMap map{3, 2, {1, 2, 3, 4, 5, 6}};
  for (const auto& [x, y] : {std::pair{3U, 2U}, {6U, 4U}, {5U, 7U}, {1U, 1U}, {64U, 64U}})
    CHECK(resample(map, x, y).sum() == Approx(21).epsilon(1e-12));
  CHECK(resample(map, 6, 4).at(5, 3) == Approx(1.5));
  CHECK(resample(map, 3, 1).values == std::vector<double>{5, 7, 9});
}

TEST_CASE("a rectangle's shares add up", "[thermal]") {
  double total = 0;
  for (const double share : cell_shares({1.1, 0.3, 2.5, 1.9}, 10, 5, 7, 3)) total += share;
  CHECK(total == Approx(1).epsilon(1e-12));
}
