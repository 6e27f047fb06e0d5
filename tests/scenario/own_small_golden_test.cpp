// SPDX-License-Identifier: Apache-2.0
// The committed golden data of our own network: made from the specification alone (tests/golden/reference.py), always run.
#include <catch2/catch.hpp>

#include "prosperity_report.h"

using namespace snnvp::test;

namespace {

using Differences = std::vector<std::string>;

template <typename Wanted>
std::size_t compare_runs(const Wanted& wanted) {
  const GoldenNetwork network = own_network();
  const GoldenCsv layers(network.layers), totals(network.totals);
  std::size_t runs = 0;
  for (const GoldenCsv::Row& row : totals.rows()) {
    if (!wanted(row)) continue;
    ++runs;
    INFO(row["accelerator"] << " " << row["path"] << " " << row["tile_M"] << " x " << row["tile_K"]);
    CHECK(differences(network, layers, row) == Differences{});
  }
  return runs;
}

}  // namespace

TEST_CASE("prosperity.P5 reports of our own network equal its committed golden data in all tile configurations") {
  CHECK(compare_runs([](const auto& row) { return row["accelerator"] == "Prosperity"; }) == 10);
}

TEST_CASE("prosperity.P6 bit-sparse and dense reports of our own network equal its committed golden data") {
  CHECK(compare_runs([](const auto& row) {
          return row["accelerator"] == "Prosperity_bit_sparsity" || row["accelerator"] == "Prosperity_dense";
        }) == 2);
}

TEST_CASE("prosperity.P7 reports of our own network with issue by tree equal its committed golden data") {
  CHECK(compare_runs([](const auto& row) { return row["accelerator"] == "Prosperity_issue_type_1"; }) == 1);
}

TEST_CASE("prosperity.P10 the default scenario is our own network at its committed energy") {
  const ProcessResult result = run_snnvp({"run", "scenarios/papers/prosperity.yaml", "--json", "--quiet"});
  REQUIRE(result.exit_code == 0);
  const auto totals = nlohmann::json::parse(result.out).at("totals");
  CHECK(totals.at("cycles") == 13796);
  CHECK(totals.at("dram_bits") == 463628);
  CHECK(totals.at("energy_mj").get<double>() == Approx(0.0180919966).epsilon(1e-9).margin(0));
}
