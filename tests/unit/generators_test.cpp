// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/spikes/generators.h>
#include <snnvp/workloads/spikes/product_density.h>

using namespace snnvp;

namespace {

GemmGeometry tokens(std::uint64_t T, std::uint64_t L, std::uint64_t C) {
  GemmGeometry g;
  g.T = T;
  g.L = L;
  g.C = C;
  g.N = 1;
  return g;
}

// Fraction of active neurons that are still active one step later.
double persistence(const SpikeTensor& spikes) {
  const std::uint64_t step = spikes.bits() / spikes.shape()[0];
  std::uint64_t active = 0;
  std::uint64_t still = 0;
  for (std::uint64_t i = 0; i + step < spikes.bits(); ++i) {
    active += spikes.at(i);
    still += spikes.at(i) && spikes.at(i + step);
  }
  return static_cast<double>(still) / static_cast<double>(active);
}

// Fraction of ones whose right neighbour is a one.
double adjacency(const SpikeTensor& spikes) {
  const std::uint64_t width = spikes.shape().back();
  std::uint64_t ones = 0;
  std::uint64_t pairs = 0;
  for (std::uint64_t i = 0; i + 1 < spikes.bits(); ++i)
    if (spikes.at(i) && (i + 1) % width != 0) {
      ++ones;
      pairs += spikes.at(i + 1);
    }
  return static_cast<double>(pairs) / static_cast<double>(ones);
}

}  // namespace

TEST_CASE("generators meet the wanted density", "[generators]") {
  for (const double density : {0.02, 0.15, 0.5, 0.9}) {
    const SpikeRequest image{"TCHW", {4, 64, 32, 32}, density, 1, "density"};
    CHECK(bernoulli_spikes(image).density() == Approx(density).margin(0.005));
    CHECK(clustered_spikes(image).density() == Approx(density).margin(0.01));
    CHECK(clustered_spikes({"TLC", {8, 64, 512}, density, 1, "density"}).density() == Approx(density).margin(0.01));
  }
}

TEST_CASE("density 0 gives silence and density 1 gives all ones", "[generators]") {
  for (const double density : {0.0, 1.0}) {
    const SpikeRequest request{"TC", {5, 77}, density, 3, "extremes"};
    CHECK(bernoulli_spikes(request).density() == density);
    CHECK(clustered_spikes(request).density() == density);
  }
}

TEST_CASE("a generator draws the same spikes for the same seed and name and others otherwise", "[generators]") {
  const SpikeRequest request{"TCHW", {2, 4, 9, 9}, 0.3, 1, "a"};
  SpikeRequest other_seed = request;
  other_seed.seed = 2;
  SpikeRequest other_name = request;
  other_name.name = "b";
  for (const auto& generate :
       {+[](const SpikeRequest& r) { return bernoulli_spikes(r); }, +[](const SpikeRequest& r) { return clustered_spikes(r); }}) {
    CHECK(generate(request) == generate(request));
    CHECK(generate(request) != generate(other_seed));
    CHECK(generate(request) != generate(other_name));
  }
}

TEST_CASE("clustered spikes persist in time and touch in space and Bernoulli spikes do not", "[generators]") {
  const SpikeRequest request{"TCHW", {16, 16, 32, 32}, 0.1, 1, "clusters"};
  const SpikeTensor clustered = clustered_spikes(request, {4, 4, 0.6});
  const SpikeTensor independent = bernoulli_spikes(request);
  CHECK(persistence(independent) == Approx(0.1).margin(0.01));
  CHECK(adjacency(independent) == Approx(0.1).margin(0.01));
  // Within a patch that stays active with probability 3/4: at least 0.6 * 3/4; neighbours share a patch 3 times in 4.
  CHECK(persistence(clustered) > 0.42);
  CHECK(adjacency(clustered) > 0.42);
}

TEST_CASE("the product density of a matrix worked out by hand", "[generators]") {
  // The worked example of spec/prosperity.md 4.2: 18 ones, 7 left.
  const char* rows[] = {"0000", "1000", "1000", "1110", "1110", "1100", "1111", "0000", "0110", "1100"};
  SpikeTensor spikes("TC", {10, 4});
  for (std::uint64_t m = 0; m < 10; ++m)
    for (std::uint64_t k = 0; k < 4; ++k)
      if (rows[m][k] == '1') spikes.set(4 * m + k);
  const SparsityCount count = count_sparsity(tokens(10, 1, 4), spikes.view());
  CHECK(count.elements == 40);
  CHECK(count.ones == 18);
  CHECK(count.product_ones == 7);
  CHECK(count_sparsity(tokens(10, 1, 4), spikes.view(), 1, 4).product_ones == 18);
  CHECK_THROWS_AS(count_sparsity(tokens(10, 1, 4), spikes.view(), 256, 65), InputError);
}

TEST_CASE("similar spikes meet bit density and product density within one percent of scale", "[generators]") {
  const GemmGeometry g = tokens(4, 128, 256);
  const auto measure = [&](const SpikeTensor& s) { return count_sparsity(g, s.view()).product_density(); };
  const double wanted[][2] = {{0.05, 0.01}, {0.05, 0.04}, {0.135, 0.046}, {0.15, 0.02}, {0.15, 0.1}, {0.3, 0.02}, {0.3, 0.2}};
  for (const auto& [bit, product] : wanted) {
    const SimilarSpikes found = similar_spikes({"TLC", {4, 128, 256}, bit, 1, "similar"}, product, measure);
    CHECK(found.bit_density == Approx(bit).margin(0.003));
    CHECK(found.product_density == Approx(product).epsilon(0.05));
    CHECK(found.product_density == measure(found.spikes));
    CHECK(found.bit_density == found.spikes.density());
  }
}

TEST_CASE("similar spikes tell how near they came where the wanted pair is impossible", "[generators]") {
  const GemmGeometry g = tokens(4, 1, 32);
  const auto measure = [&](const SpikeTensor& s) { return count_sparsity(g, s.view()).product_density(); };
  // Four rows cannot repeat each other enough for a thousandth of the ones to be left.
  const SimilarSpikes found = similar_spikes({"TC", {4, 32}, 0.4, 1, "impossible"}, 0.0004, measure);
  CHECK(found.product_density > 0.0004);
  CHECK(found.tries > 1);
  const SimilarSpikes silent = similar_spikes({"TC", {4, 32}, 0.0, 1, "silent"}, 0.0, measure);
  CHECK(silent.spikes.count() == 0);
}

TEST_CASE("similar spikes of an image follow the wanted product density of its convolution", "[generators]") {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = 4;
  g.C = 32;
  g.H = g.W = 12;
  g.N = 1;
  g.kernel = 3;
  g.padding = 1;
  const auto measure = [&](const SpikeTensor& s) { return count_sparsity(g, s.view()).product_density(); };
  for (const double product : {0.03, 0.05}) {
    const SimilarSpikes found = similar_spikes({"TCHW", {4, 32, 12, 12}, 0.15, 1, "image"}, product, measure);
    CHECK(found.bit_density == Approx(0.15).margin(0.005));
    CHECK(found.product_density == Approx(product).margin(0.003));
  }
}

TEST_CASE("generators refuse impossible requests with a sentence", "[generators]") {
  CHECK_THROWS_WITH(bernoulli_spikes({"TC", {2, 2}, 1.5, 1, ""}), "spike density is 1.5, must be 0 to 1");
  CHECK_THROWS_WITH(bernoulli_spikes({"TX", {2, 2}, 0.5, 1, ""}), "unknown axes TX; allowed: TCHW, TC, TLC, TLD");
  CHECK_THROWS_WITH(clustered_spikes({"TC", {2}, 0.5, 1, ""}), "a shape of 1 sizes does not fit the axes TC");
  CHECK_THROWS_WITH(clustered_spikes({"TC", {2, 2}, 0.5, 1, ""}, {0.5, 3, 0.6}), "burst_steps is 0.5, must be at least 1");
  CHECK_THROWS_AS(similar_spikes({"TC", {2, 2}, 0.1, 1, ""}, 0.2, [](const SpikeTensor&) { return 0.0; }), InputError);
}
