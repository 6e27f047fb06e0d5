// SPDX-License-Identifier: Apache-2.0
// Function of the Bishop cores: what is split, pruned and counted is still the plain product (spec/stack3d.md 8.2).
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

#include <snnvp/models/stack3d/bishop_attention.h>
#include <snnvp/models/stack3d/bishop_linear.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/network/bishop_models.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/pruned_attention.h>
#include <snnvp/workloads/spikes/bundled.h>

using namespace snnvp;
using namespace snnvp::bishop;

namespace {

SpikeTensor drawn(const bishop::Shape& s, double density, const std::string& name) {
  return bernoulli_spikes({"TLD", {s.T, s.N, s.D}, density, 1, name});
}

std::vector<std::int8_t> drawn_weights(std::uint64_t count) {
  RandomStream random(1, "weights");
  std::vector<std::int8_t> weights(count);
  for (std::int8_t& w : weights) w = random.next_int8();
  return weights;
}

/// Time steps, tokens and features that fill neither bundles nor tiles nor words.
const bishop::Shape odd{5, 37, 75};

}  // namespace

TEST_CASE("stack3d.B9 the parts of both cores add up to the product, whatever theta_s", "[bishop]") {
  const std::uint64_t out = 45;
  for (const double density : {0.02, 0.2, 0.9}) {
    const SpikeTensor x = drawn(odd, density, "x");
    const SpikeRows rows(x.view(), odd);
    CHECK(rows.ones() == x.count());
    const std::vector<std::int8_t> weights = drawn_weights(odd.D * out);
    GemmGeometry g;
    g.T = odd.T, g.L = odd.N, g.C = odd.D, g.N = out;
    std::vector<std::int32_t> expected(odd.positions() * out), sums(expected.size());
    golden_gemm(g, x.view(), weights.data(), expected.data());
    for (const unsigned bs_t : {1u, 2u, 4u})
      for (const unsigned bs_n : {2u, 14u}) {
        Config config;
        config.bs_t = bs_t, config.bs_n = bs_n, config.psum_bits = 32;
        const std::uint64_t B = BundleTags(rows, bs_t, bs_n).bundles();
        for (const std::optional<std::uint64_t> theta : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(0),
                                                         std::optional(B / 4), std::optional(B / 2), std::optional(B)}) {
          config.theta_s = theta;
          LinearLayer layer(config, rows, out);
          layer.run(weights.data(), sums.data());
          INFO("theta_s " << layer.split().theta_s << " of " << B << ", bundles " << bs_t << " x " << bs_n);
          CHECK(sums == expected);
          CHECK(layer.counts().dense_ones + layer.counts().sparse_ones == x.count());
        }
      }
  }
}

TEST_CASE("stack3d.B10 theta_s 0 sends every feature that spikes to the dense core, theta_s B none", "[bishop]") {
  const SpikeTensor x = drawn(odd, 0.3, "x");
  const SpikeRows rows(x.view(), odd);
  Config config;
  const BundleTags tags(rows, config.bs_t, config.bs_n);
  REQUIRE(std::count(tags.active().begin(), tags.active().end(), 0u) == 0);
  config.theta_s = 0;
  CHECK(stratify(config, tags, 64).dense.size() == odd.D);
  CHECK(stratify(config, tags, 64).sparse_cycles == 0);
  config.theta_s = tags.bundles();
  CHECK(stratify(config, tags, 64).dense.empty());
  CHECK(stratify(config, tags, 64).sparse_active == tags.active_total());
  CHECK(stratify(config, tags, 64).dense_cycles == 0);
}

TEST_CASE("the balanced theta_s is the smallest of the best", "[bishop]") {
  const SpikeTensor x = bundled_spikes({"TLD", {4, 60, 96}, 0, 1, "x"}, 2, 2, bishop_activity(0.29));
  const SpikeRows rows(x.view(), {4, 60, 96});
  Config config;
  const BundleTags tags(rows, 2, 2);
  const Split chosen = stratify(config, tags, 200);
  const auto longer = [](const Split& s) { return std::max(s.dense_cycles, s.sparse_cycles); };
  for (std::uint64_t theta = 0; theta <= tags.bundles(); ++theta) {
    config.theta_s = theta;
    const Split split = stratify(config, tags, 200);
    CHECK(longer(split) >= longer(chosen));
    if (theta < chosen.theta_s) CHECK(longer(split) > longer(chosen));
  }
}

TEST_CASE("a finished sum saturates once, after both cores", "[bishop]") {
  // Feature 0 is busy, feature 1 is not; alone each part exceeds 8 bits or is harmless, together they fit.
  const bishop::Shape shape{2, 2, 2};
  SpikeTensor x("TLD", {2, 2, 2});
  for (std::uint64_t p = 0; p < 4; ++p) x.set(p * 2);
  x.set(1);
  Config config;
  config.bs_t = config.bs_n = 1, config.psum_bits = 7, config.theta_s = 1;
  const SpikeRows rows(x.view(), shape);
  LinearLayer layer(config, rows, 1);
  REQUIRE(layer.split().dense == std::vector<std::uint32_t>{0});
  REQUIRE(layer.split().sparse == std::vector<std::uint32_t>{1});
  const std::int8_t weights[] = {100, -50};
  std::vector<std::int32_t> sums(4);
  layer.run(weights, sums.data());
  CHECK(sums == std::vector<std::int32_t>{50, 63, 63, 63});
  CHECK(layer.counts().saturations == 3);
}

TEST_CASE("stack3d.T7 stack3d.B8 attention on the core is the golden model's: AND, popcount, select, add", "[bishop]") {
  // The example of section 4.4.
  const auto bits = [](std::initializer_list<int> values) {
    const std::vector<std::uint8_t> bytes(values.begin(), values.end());
    return SpikeTensor::from_bytes("TLD", {1, 2, 3}, bytes.data());
  };
  const SpikeTensor q = bits({1, 0, 1, 0, 1, 1}), k = bits({1, 1, 0, 1, 0, 1}), v = bits({1, 0, 0, 1, 1, 0});
  std::vector<std::int32_t> y(6);
  Config config;
  config.bs_t = config.bs_n = 1;
  const AttentionCounts counts = run_attention(config, {1, 2, 3}, 1, q.view(), k.view(), v.view(), y.data());
  CHECK(y == std::vector<std::int32_t>{3, 2, 0, 2, 1, 0});
  CHECK(counts.score_bits_written == 0);

  for (const unsigned theta : {0u, 1u, 2u, 4u, 7u, 16u})
    for (const unsigned bs_n : {1u, 2u, 5u}) {
      const bishop::Shape s{5, 37, 96};
      const SpikeTensor rq = drawn(s, 0.12, "q"), rk = drawn(s, 0.2, "k"), rv = drawn(s, 0.15, "v");
      config.bs_t = 2, config.bs_n = bs_n, config.ecp_theta_q = theta, config.ecp_theta_k = theta / 2 + 1;
      std::vector<std::int32_t> sums(s.positions() * s.D), expected(sums.size());
      const AttentionCounts c = run_attention(config, s, 4, rq.view(), rk.view(), rv.view(), sums.data());
      AttentionGeometry g{AttentionGeometry::Kind::spikformer, s.T, s.N, s.D, 4};
      const BundlePruning pruning{2, bs_n, theta, theta / 2 + 1};
      const PruningLoss loss = pruned_attention(g, rq.view(), rk.view(), rv.view(), pruning, 0, expected.data());
      CHECK(sums == expected);
      CHECK(c.scores == loss.scores);
      CHECK(c.kept_scores == loss.scores - loss.removed);
      CHECK(loss.beyond_bound == 0);
      CHECK(loss.largest < std::max(theta, theta / 2 + 1));
      if (theta < 2) CHECK(loss.lost == 0);
      if (theta == 16 && bs_n < 5) CHECK(loss.removed > 0);
    }
}

TEST_CASE("without pruning attention equals the products of the other engines' golden model", "[bishop]") {
  const bishop::Shape s{3, 40, 64};
  const SpikeTensor q = drawn(s, 0.2, "q"), k = drawn(s, 0.2, "k"), v = drawn(s, 0.2, "v");
  std::vector<std::int32_t> sums(s.positions() * s.D), expected(sums.size());
  run_attention(Config{}, s, 2, q.view(), k.view(), v.view(), sums.data());
  attention_sums({AttentionGeometry::Kind::spikformer, s.T, s.N, s.D, 2}, q.view(), k.view(), v.view(), expected.data());
  CHECK(sums == expected);
}

TEST_CASE("stack3d.B8 error-constrained pruning: kept scores are exact, removed ones were below theta", "[bishop]") {
  // Scores are seen one by one: a single value spike makes Y the score itself.
  const bishop::Shape s{4, 24, 32};
  for (unsigned theta = 1; theta <= 16; ++theta) {
    Config config;
    config.ecp_theta_q = theta, config.ecp_theta_k = theta;
    const SpikeTensor q = drawn(s, 0.1, "q" + std::to_string(theta)), k = drawn(s, 0.1, "k" + std::to_string(theta));
    std::uint64_t lost = 0;
    for (std::uint64_t j = 0; j < s.N; ++j) {
      SpikeTensor v("TLD", {s.T, s.N, s.D});
      for (std::uint64_t t = 0; t < s.T; ++t) v.set((t * s.N + j) * s.D);
      std::vector<std::int32_t> pruned(s.positions() * s.D);
      run_attention(config, s, 1, q.view(), k.view(), v.view(), pruned.data());
      for (std::uint64_t t = 0; t < s.T; ++t)
        for (std::uint64_t i = 0; i < s.N; ++i) {
          std::int32_t exact = 0;
          for (std::uint64_t f = 0; f < s.D; ++f) exact += q.at((t * s.N + i) * s.D + f) && k.at((t * s.N + j) * s.D + f);
          const std::int32_t score = pruned[(t * s.N + i) * s.D];
          REQUIRE((score == exact || (score == 0 && exact < static_cast<std::int32_t>(theta))));
          lost += static_cast<std::uint64_t>(exact - score);
        }
    }
    if (theta == 1) CHECK(lost == 0);
    if (theta == 16) CHECK(lost > 0);
  }
}

TEST_CASE("with everything pruned only the spike generator takes time", "[bishop]") {
  const bishop::Shape s{4, 24, 32};
  const SpikeTensor x = drawn(s, 0.1, "x");
  Config config;
  config.ecp_theta_q = 33;
  const AttentionCounts c = run_attention(config, s, 1, x.view(), x.view(), x.view(), nullptr);
  CHECK(c.kept_scores == 0);
  CHECK(c.cycles == 0);
  CHECK(c.total() == 4 * 24 * 32 / 512);
}

TEST_CASE("scaling rounds down", "[bishop]") {
  std::vector<std::int32_t> y{7, 8, 9, 0, 1000};
  scale_down(y.data(), y.size(), 3);
  CHECK(y == std::vector<std::int32_t>{0, 1, 1, 0, 125});
}

TEST_CASE("bundled spikes have the activity that was asked for", "[bishop]") {
  const bishop::Shape s{8, 64, 200};
  const SpikeTensor x = bundled_spikes({"TLD", {s.T, s.N, s.D}, 0, 1, "x"}, 2, 4, {{0.25, 0.05, 0.0}, {0.5, 0.4, 0.3}, {0.25, 0.9, 0.8}});
  const BundleTags tags(SpikeRows(x.view(), s), 2, 4);
  std::vector<std::uint32_t> active = tags.active();
  std::sort(active.begin(), active.end());
  const auto mean = [&](std::size_t first, std::size_t last) {
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += active[i];
    return sum / static_cast<double>((last - first) * tags.bundles());
  };
  CHECK(mean(0, 50) == Approx(0.05).margin(0.016));
  CHECK(mean(50, 150) == Approx(0.4).epsilon(0.05));
  CHECK(mean(150, 200) == Approx(0.9).epsilon(0.02));
  CHECK(x.density() == Approx(0.25 * 0.05 / 8 + 0.5 * 0.4 * 0.3 + 0.25 * 0.9 * 0.8).epsilon(0.03));
  const SpikeTensor again =
      bundled_spikes({"TLD", {s.T, s.N, s.D}, 0, 1, "x"}, 2, 4, {{0.25, 0.05, 0.0}, {0.5, 0.4, 0.3}, {0.25, 0.9, 0.8}});
  CHECK(x == again);
  const auto active_share = [](double wanted) {
    double sum = 0, share = 0;
    for (const BundleGroup& g : bishop_activity(wanted)) sum += g.share * g.active, share += g.share;
    CHECK(share == Approx(1));
    return sum;
  };
  for (const double wanted : {0.0, 0.05, 0.2, 0.29, 0.6, 0.95}) CHECK(active_share(wanted) == Approx(wanted).margin(0.05));
  for (const double wanted : {0.0, 0.05, 0.2, 0.29}) CHECK(active_share(wanted) == Approx(wanted).margin(1e-12));
}
