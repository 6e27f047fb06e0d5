// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <catch2/catch.hpp>

#include "../support/golden_csv.h"
#include "../support/published_networks.h"
#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::prosperity;
using snnvp::test::GoldenCsv;
using snnvp::test::PublishedNetwork;

TEST_CASE("the list of published networks names all sixteen", "[prosperity]") {
  std::size_t names = 0;
  std::vector<std::size_t> layers;
  for (const PublishedNetwork& network : test::read_published_networks(test::source_dir() + "/tests/golden/published_networks.txt")) {
    names += network.names.size();
    layers.push_back(network.layers.size());
  }
  CHECK(names == 16);
  CHECK(layers == std::vector<std::size_t>{30, 32, 50, 30, 47, 29, 168, 168, 48});
}

TEST_CASE("prosperity.P14 the DRAM bits of the sixteen published networks follow from their geometry", "[prosperity]") {
  SNNVP_NEEDS_SHARED(shared);
  std::map<std::string, Bits> dram_bits;
  for (const PublishedNetwork& network : test::read_published_networks(test::source_dir() + "/tests/golden/published_networks.txt")) {
    for (const std::string& name : network.names) dram_bits[name] = test::run_without_spikes(Config{}, network).dram_bits;
  }
  const GoldenCsv golden(shared + "/golden/prosperity/check_reference_data_independent.csv");
  const GoldenCsv published(shared + "/golden/prosperity/paper_mem_access_bits.csv");
  CHECK(golden.size() == 16);
  for (const GoldenCsv::Row& row : golden.rows()) {
    INFO(row["network"]);
    CHECK(dram_bits[row["network"]] == row.number("dram_bits_sim"));
    CHECK(dram_bits[row["network"]] == published.row(0).number(row["network"]));
  }
}
