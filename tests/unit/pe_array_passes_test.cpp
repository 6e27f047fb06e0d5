// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/layer_timing.h>

#include <array>
#include <cmath>
#include <map>

#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/spikes/generators.h>
#include <catch2/catch.hpp>

#include "../support/shared.h"

using namespace snnvp;
using namespace snnvp::pe_array;

namespace {

GemmGeometry conv(std::uint64_t T, std::uint64_t C, std::uint64_t side, std::uint64_t N, std::uint64_t kernel, std::uint64_t padding) {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = T, g.C = C, g.H = g.W = side, g.N = N, g.kernel = kernel, g.padding = padding;
  return g;
}

SpikeTensor bernoulli(const GemmGeometry& g, double rate, std::uint64_t seed) {
  SpikeRequest request;
  request.axes = "TCHW";
  request.shape = {g.T, g.C, g.H, g.W};
  request.density = rate;
  request.seed = seed;
  request.name = "spikes/conv2d";
  return bernoulli_spikes(request);
}

/// DVSG-Medium CONV2 as spec/spikex.md 8.1 and decision 29 set it up.
GemmGeometry setup_x1(std::uint64_t T = 320) { return conv(T, 8, 32, 16, 5, 0); }

constexpr std::uint32_t cols = 8, tws = 5;
constexpr std::array<double, 15> rates{.0001, .0002, .0003, .0004, .0005, .001, .002, .003, .004, .005, .01, .02, .03, .04, .05};
constexpr std::array<double, 15> paper_gain{7.11, 7.03, 7.02, 6.78, 6.51, 5.43, 3.96, 3.07, 2.48, 2.09, 1.39, 1.46, 1.41, 1.33, 1.30};
constexpr std::size_t first_asserted = 2, end_asserted = 11;

double slice_activity(double rate) { return 1 - std::pow(1 - rate, 25.0 * tws); }
double closed_form(double rate) {
  const double q = slice_activity(rate);
  return (1 - std::pow(1 - q, cols)) / q;
}

struct Passes {
  std::uint64_t ptb_group = 0, temporal = 0, spatial = 0;
  Passes& operator+=(const Passes& other) {
    ptb_group += other.ptb_group, temporal += other.temporal, spatial += other.spatial;
    return *this;
  }
};

Passes passes_of(const GemmGeometry& g, const SpikeView& spikes, std::uint32_t window) {
  const LayerMap layer(g);
  const TagPyramid tags(layer, spikes, window, 8);
  return {count_passes(Dispatch::ptb_group, layer, tags, cols), count_passes(Dispatch::temporal, layer, tags, cols),
          count_passes(Dispatch::spatial, layer, tags, cols)};
}

}  // namespace

TEST_CASE(
    "spikex.X1 the closed form of the gain meets the paper at the nine "
    "asserted rates") {
  for (std::size_t i = first_asserted; i < end_asserted; ++i) {
    INFO("rate " << rates[i]);
    CHECK(closed_form(rates[i]) == Approx(paper_gain[i]).epsilon(0.03));
  }
  CHECK(closed_form(.0001) == Approx(7.66).margin(0.005));
  CHECK(closed_form(.01) == Approx(1.40).margin(0.005));
}

TEST_CASE(
    "spikex.X1 simulated passes meet the closed form and never gain more "
    "than the columns") {
  const GemmGeometry g = setup_x1();
  for (std::size_t i = 0; i < rates.size(); ++i) {
    INFO("rate " << rates[i]);
    Passes sum;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const Passes one = passes_of(g, bernoulli(g, rates[i], seed).view(), tws);
      const double gain = static_cast<double>(one.ptb_group) / static_cast<double>(one.spatial);
      CHECK(gain <= 8);
      CHECK(gain == Approx(closed_form(rates[i])).epsilon(0.03));
      CHECK(one.spatial <= one.temporal);
      CHECK(one.temporal <= one.ptb_group);
      sum += one;
    }
    const double gain = static_cast<double>(sum.ptb_group) / static_cast<double>(sum.spatial);
    CHECK(gain == Approx(closed_form(rates[i])).epsilon(0.01));
    if (i >= first_asserted && i < end_asserted) CHECK(gain == Approx(paper_gain[i]).epsilon(0.03));
  }
}

TEST_CASE("spikex.X1 temporal dispatch does not reproduce figure 10") {
  const GemmGeometry g = setup_x1();
  const std::map<double, double> temporal_gain{{.0003, 2.2}, {.001, 3.8}, {.002, 3.2}};
  for (const auto& [rate, expected] : temporal_gain) {
    const LayerMap layer(g);
    const SpikeTensor spikes = bernoulli(g, rate, 1);
    const TagPyramid tags(layer, spikes.view(), tws, 8);
    const double gain = static_cast<double>(count_passes(Dispatch::ptb_group, layer, tags, cols)) /
                        static_cast<double>(count_passes(Dispatch::temporal, layer, tags, cols));
    CHECK(gain == Approx(expected).epsilon(0.05));
    CHECK(resolved(Dispatch::automatic, layer, unit_activity(layer, tags), cols) == Dispatch::temporal);
  }
}

TEST_CASE(
    "spikex.S6 a last group of four windows lifts the gain as the "
    "formula says") {
  const GemmGeometry g = setup_x1(300);
  constexpr std::array<double, 15> row{7.67, 7.37, 7.08, 6.81, 6.55, 5.47, 4.03, 3.16, 2.62, 2.25, 1.49, 1.16, 1.09, 1.07, 1.07};
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}, std::size_t{5}, std::size_t{8}, std::size_t{10}, std::size_t{14}}) {
    INFO("rate " << rates[i]);
    const double q = slice_activity(rates[i]);
    const double formula = (7 * (1 - std::pow(1 - q, 8)) + (1 - std::pow(1 - q, 4))) / (60 * q / cols);
    CHECK(formula == Approx(row[i]).margin(0.0051));
    Passes sum;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) sum += passes_of(g, bernoulli(g, rates[i], seed).view(), tws);
    CHECK(static_cast<double>(sum.ptb_group) / static_cast<double>(sum.spatial) == Approx(formula).epsilon(0.01));
  }
}

TEST_CASE("spikex.S7 a fixed overhead on both sides repairs the lowest rates") {
  const double overhead = 0.0012;
  const auto gain = [overhead](double rate) {
    const double q = slice_activity(rate);
    return (1 - std::pow(1 - q, cols) + overhead) / (q + overhead);
  };
  CHECK(gain(.0001) == Approx(7.07).margin(0.01));
  CHECK(gain(.0002) == Approx(7.05).margin(0.01));
  CHECK(gain(.0003) == Approx(6.85).margin(0.01));

  // The model's term is that overhead.
  const GemmGeometry g = setup_x1();
  for (const double rate : {.0001, .0003}) {
    double cycles[2] = {0, 0};
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const SpikeTensor spikes = bernoulli(g, rate, seed);
      for (const Dispatch dispatch : {Dispatch::ptb_group, Dispatch::spatial}) {
        Config config;
        config.dispatch = dispatch;
        const LayerCounts counts = count_layer(config, analyze(config, LayerMap(g), spikes.view()), nullptr);
        cycles[dispatch == Dispatch::spatial] += static_cast<double>(counts.cycles.integ + counts.cycles.fixed);
      }
    }
    CHECK(cycles[0] / cycles[1] == Approx(gain(rate)).epsilon(0.01));
  }
}

TEST_CASE("spikex.S2 passes of recorded layers equal the table") {
  SNNVP_NEEDS_SHARED(dir);
  struct Row {
    const char *network, *layer;
    std::uint32_t tws;
    Passes passes;
    Dispatch automatic;
  };
  const auto spatial_row = [](const char* network, const char* layer, std::uint32_t window, std::uint64_t groups, std::uint64_t spatial) {
    return Row{network, layer, window, {groups, groups, spatial}, Dispatch::spatial};
  };
  const char *lenet = "lenet5_mnist", *vgg = "vgg9_cifar10", *alex = "alexnet_cifar10_loas";
  std::vector<Row> rows{{lenet, "conv2d_1", 1, {3064, 2899, 2867}, Dispatch::temporal},
                        {lenet, "conv2d_1", 2, {1532, 1513, 1490}, Dispatch::temporal},
                        {lenet, "conv2d_1", 4, {766, 766, 760}, Dispatch::spatial},
                        {lenet, "conv2d_1", 8, {766, 766, 384}, Dispatch::spatial}};
  struct Short {
    const char *network, *layer;
    std::uint64_t groups;
    std::array<std::uint64_t, 3> spatial;
  };
  const Short shorts[] = {{vgg, "conv2d_1", 39859, {15317, 9189, 5008}}, {vgg, "conv2d_2", 13574, {5068, 3141, 1725}},
                          {vgg, "conv2d_3", 24104, {7994, 5323, 3068}},  {vgg, "conv2d_4", 7483, {2904, 1768, 979}},
                          {vgg, "conv2d_5", 10452, {3060, 2254, 1413}},  {alex, "conv2d_1", 1445, {722, 376, 199}},
                          {alex, "conv2d_2", 4083, {1848, 1074, 574}},   {alex, "conv2d_3", 18918, {8374, 4866, 2515}},
                          {alex, "conv2d_4", 12434, {5422, 3189, 1642}}};
  for (const Short& s : shorts)
    for (std::size_t w = 0; w < 3; ++w) rows.push_back(spatial_row(s.network, s.layer, 1U << w, s.groups, s.spatial[w]));

  std::map<std::string, SpikeNetwork> networks;
  for (const Row& row : rows) {
    INFO(row.network << ' ' << row.layer << " tws " << row.tws);
    if (networks.count(row.network) == 0) networks.emplace(row.network, read_spike_network(dir + "/spikes/" + row.network));
    const SpikeLayer& recorded = *networks.at(row.network).layer(row.layer);
    const Passes passes = passes_of(recorded.geometry, recorded.spikes.view(), row.tws);
    CHECK(passes.ptb_group == row.passes.ptb_group);
    CHECK(passes.temporal == row.passes.temporal);
    CHECK(passes.spatial == row.passes.spatial);
    const LayerMap layer(recorded.geometry);
    const TagPyramid tags(layer, recorded.spikes.view(), row.tws, 8);
    CHECK(resolved(Dispatch::automatic, layer, unit_activity(layer, tags), cols) == row.automatic);
  }
}

TEST_CASE("spikex.S2 lines of recorded fc layers equal the table") {
  SNNVP_NEEDS_SHARED(dir);
  struct Row {
    const char *network, *layer;
    std::uint32_t tws;
    std::uint64_t lines;
  };
  const Row rows[] = {{"lenet5_mnist", "fc_0", 1, 1154}, {"lenet5_mnist", "fc_0", 2, 595}, {"lenet5_mnist", "fc_0", 4, 304},
                      {"lenet5_mnist", "fc_0", 8, 304},  {"lenet5_mnist", "fc_1", 1, 202}, {"lenet5_mnist", "fc_1", 2, 105},
                      {"lenet5_mnist", "fc_1", 4, 54},   {"lenet5_mnist", "fc_1", 8, 54},  {"vgg9_cifar10", "fc_0", 1, 1723},
                      {"vgg9_cifar10", "fc_0", 2, 1723}, {"vgg9_cifar10", "fc_0", 4, 1723}};
  std::map<std::string, SpikeNetwork> networks;
  for (const Row& row : rows) {
    INFO(row.network << ' ' << row.layer << " tws " << row.tws);
    if (networks.count(row.network) == 0) networks.emplace(row.network, read_spike_network(dir + "/spikes/" + row.network));
    const SpikeLayer& recorded = *networks.at(row.network).layer(row.layer);
    const Passes lines = passes_of(recorded.geometry, recorded.spikes.view(), row.tws);
    CHECK(lines.ptb_group == row.lines);
    CHECK(lines.temporal == row.lines);
    CHECK(lines.spatial == row.lines);  // falls back to temporal
  }
}

TEST_CASE("spikex.S2 measured window activity of recorded layers equals the table") {
  SNNVP_NEEDS_SHARED(dir);
  struct Row {
    const char *network, *layer;
    std::uint32_t tws;
    double q;
  };
  const Row rows[] = {{"lenet5_mnist", "conv2d_1", 1, .829},
                      {"lenet5_mnist", "conv2d_1", 8, .887},
                      {"vgg9_cifar10", "conv2d_1", 2, .559},
                      {"vgg9_cifar10", "conv2d_5", 1, .361},
                      {"vgg9_cifar10", "conv2d_5", 4, .638}};
  for (const Row& row : rows) {
    const SpikeNetwork network = read_spike_network(dir + "/spikes/" + row.network);
    const SpikeLayer& recorded = *network.layer(row.layer);
    Config config;
    config.tws = row.tws;
    const LayerAnalysis a = analyze(config, LayerMap(recorded.geometry), recorded.spikes.view());
    const double slices = static_cast<double>(a.units.units * a.layer.channels);
    CHECK(static_cast<double>(a.sums.active_slices) / slices == Approx(row.q).margin(0.0006));
  }
}

TEST_CASE(
    "spikex.S4 spatial passes are at most temporal at most ptb_group at "
    "most columns times spatial") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    GemmGeometry g = conv(1 + seed * 7 % 70, 1 + seed % 4, 5 + seed % 4, 8, 1 + seed % 3, seed % 2);
    g.stride = 1 + seed % 2;
    const SpikeTensor spikes = bernoulli(g, 0.002 * static_cast<double>(1 + seed * seed % 40), seed);
    for (const std::uint32_t window : {1U, 3U, 5U}) {
      const Passes p = passes_of(g, spikes.view(), window);
      CHECK(p.spatial <= p.temporal);
      CHECK(p.temporal <= p.ptb_group);
      CHECK(p.ptb_group <= cols * p.spatial);
    }
  }
}

TEST_CASE("spikex.S8 a tag is the OR of its children") {
  GemmGeometry g;
  g.T = 4, g.C = 2, g.N = 1;
  SpikeTensor spikes("TC", {4, 2});
  spikes.set(2 * 2 + 0), spikes.set(3 * 2 + 0);  // windows (0,0,1,1)
  spikes.set(0 * 2 + 1), spikes.set(2 * 2 + 1);  // windows (1,0,1,0)
  const LayerMap layer(g);
  const TagPyramid tags(layer, spikes.view(), 1, 2);
  CHECK_FALSE(tags.block_tag(0, 0, 0));
  CHECK(tags.block_tag(0, 0, 1));
  CHECK(tags.stride_tag(0, 0));
  CHECK(tags.block_tag(1, 0, 0));
  CHECK(tags.block_tag(1, 0, 1));
  CHECK(tags.stride_tag(1, 0));
}

TEST_CASE("spikex.S8 tags of all levels equal those found spike by spike") {
  const GemmGeometry g = conv(77, 3, 6, 4, 3, 1);
  const SpikeTensor spikes = bernoulli(g, 0.01, 3);
  const LayerMap layer(g);
  const TagPyramid tags(layer, spikes.view(), 5, 3);
  REQUIRE(tags.windows() == 16);
  REQUIRE(tags.blocks() == 6);
  CHECK(tags.points_of_window(15) == 2);
  CHECK(tags.points_of_block(5) == 2);
  for (std::uint64_t c = 0; c < g.C; ++c)
    for (std::uint64_t pixel = 0; pixel < 36; ++pixel) {
      std::vector<bool> window(16), block(6);
      for (std::uint64_t t = 0; t < g.T; ++t)
        if (spikes.at((t * g.C + c) * 36 + pixel)) window[t / 5] = block[t / 15] = true;
      for (std::uint64_t w = 0; w < 16; ++w) CHECK(test_bit(tags.windows_of(c, pixel), w) == window[w]);
      for (std::uint64_t b = 0; b < 6; ++b) CHECK(tags.block_tag(c, pixel, b) == block[b]);
    }
}
