// SPDX-License-Identifier: Apache-2.0
// The whole way from the command line to report.json against the golden data of the authors' simulator.
#include <catch2/catch.hpp>

#include "../support/shared.h"
#include "prosperity_report.h"

using namespace snnvp::test;

namespace {

using Differences = std::vector<std::string>;

/// Every row of a totals table that `wanted` picks: the configuration is run, each layer and the totals are compared.
template <typename Wanted>
std::size_t compare_runs(const GoldenNetwork& network, const std::string& layers_file, const std::string& totals_file,
                         const Wanted& wanted) {
  const GoldenCsv layers(layers_file), totals(totals_file);
  std::size_t runs = 0;
  for (const GoldenCsv::Row& row : totals.rows()) {
    if (row["network"] != network.name || !wanted(row)) continue;
    ++runs;
    INFO(row["accelerator"] << " " << row["path"] << " " << row["tile_M"] << " x " << row["tile_K"]);
    CHECK(differences(network, layers, row) == Differences{});
  }
  return runs;
}

std::size_t compare_product_runs(const GoldenNetwork& network) {
  return compare_runs(network, network.layers, network.totals, [](const auto& row) { return row["accelerator"] == "Prosperity"; });
}

std::size_t compare_plain_runs(const GoldenNetwork& network) {
  return compare_runs(network, network.layers, network.totals, [](const auto& row) {
    return row["accelerator"] == "Prosperity_bit_sparsity" || row["accelerator"] == "Prosperity_dense";
  });
}

std::size_t compare_tree_runs(const GoldenNetwork& network) {
  return compare_runs(network, network.tree_layers, network.tree_totals,
                      [](const auto& row) { return row["issue_type"] == "1" && row["path"] == "cpu"; });
}

struct Published {
  const char* network;
  std::uint64_t cycles, dram_bits;
  double bit_density, product_density, energy_mj;
};
const Published published[] = {
    {"lenet5_mnist", 41178, 1102848, .2536399466271977, .015613787226408325, .0505024116},
    {"vgg9_cifar10", 360240, 53886976, .13501125833262567, .045564402704653534, .9925871712},
    {"alexnet_cifar10_loas", 284142, 18776064, .16925420726926524, .039595190342181896, .4875008028},
};

/// Totals of the default unit in `paper` timing.
nlohmann::json default_totals(const std::string& shared, const char* network) {
  return run_prosperity(shared + "/spikes/" + network, {"platform.blocks.pu.params.timing=paper"}).at("totals");
}

}  // namespace

TEST_CASE("prosperity.P4 a default run on the command line takes the published cycles") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published) CHECK(default_totals(shared, p.network).at("cycles") == p.cycles);
}

TEST_CASE("prosperity.P5 reports of LeNet5 equal the golden data in 12 tile configurations on both paths") {
  SNNVP_NEEDS_SHARED(shared);
  CHECK(compare_product_runs(shared_network(shared, "lenet5_mnist")) == 24);
}

TEST_CASE("prosperity.P5 reports of VGG9 equal the golden data in 12 tile configurations on both paths") {
  SNNVP_NEEDS_SHARED(shared);
  CHECK(compare_product_runs(shared_network(shared, "vgg9_cifar10")) == 24);
}

TEST_CASE("prosperity.P5 reports of AlexNet equal the golden data in 12 tile configurations on both paths") {
  SNNVP_NEEDS_SHARED(shared);
  CHECK(compare_product_runs(shared_network(shared, "alexnet_cifar10_loas")) == 24);
}

TEST_CASE("prosperity.P6 reports of bit-sparse and dense runs equal the golden data") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published) CHECK(compare_plain_runs(shared_network(shared, p.network)) == 2);
}

TEST_CASE("prosperity.P7 reports of runs with issue by tree equal the golden data") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published) CHECK(compare_tree_runs(shared_network(shared, p.network)) == 1);
}

TEST_CASE("prosperity.P8 a default run on the command line moves the published DRAM bits") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published) CHECK(default_totals(shared, p.network).at("dram_bits") == p.dram_bits);
}

TEST_CASE("prosperity.P9 a default run on the command line reports the published densities") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published) {
    const auto totals = default_totals(shared, p.network);
    CHECK(totals.at("bit_density").get<double>() == Approx(p.bit_density).epsilon(1e-12).margin(0));
    CHECK(totals.at("product_density").get<double>() == Approx(p.product_density).epsilon(1e-12).margin(0));
  }
}

TEST_CASE("prosperity.P10 a default run on the command line takes the published energy") {
  SNNVP_NEEDS_SHARED(shared);
  for (const Published& p : published)
    CHECK(default_totals(shared, p.network).at("energy_mj").get<double>() == Approx(p.energy_mj).epsilon(1e-9).margin(0));
}
