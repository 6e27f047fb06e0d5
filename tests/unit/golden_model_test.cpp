// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/manifest.h>
#include <snnvp/workloads/network/golden.h>
#include <snnvp/workloads/network/weights.h>
#include <snnvp/workloads/spikes/generators.h>

#include "../support/shared.h"

using namespace snnvp;

namespace {

using Sums = std::vector<std::int32_t>;

GemmGeometry conv(std::uint64_t T, std::uint64_t C, std::uint64_t H, std::uint64_t W, std::uint64_t N, std::uint64_t kernel,
                  std::uint64_t stride, std::uint64_t padding) {
  GemmGeometry g;
  g.kind = GemmGeometry::Kind::conv2d;
  g.T = T;
  g.C = C;
  g.H = H;
  g.W = W;
  g.N = N;
  g.kernel = kernel;
  g.stride = stride;
  g.padding = padding;
  return g;
}

GemmGeometry fc(std::uint64_t T, std::uint64_t L, std::uint64_t C, std::uint64_t N) {
  GemmGeometry g;
  g.T = T;
  g.L = L;
  g.C = C;
  g.N = N;
  return g;
}

SpikeTensor input_for(const GemmGeometry& g, double density) {
  if (g.kind == GemmGeometry::Kind::conv2d) return bernoulli_spikes({"TCHW", {g.T, g.C, g.H, g.W}, density, 1, "input"});
  return bernoulli_spikes({"TLC", {g.T, g.L, g.C}, density, 1, "input"});
}

Sums run_gemm(const GemmGeometry& g, const SpikeTensor& input, const std::vector<std::int8_t>& weights) {
  Sums sums(output_sums(g), -1);
  golden_gemm(g, input.view(), weights.data(), sums.data());
  return sums;
}

Sums run_direct(const GemmGeometry& g, const SpikeTensor& input, const std::vector<std::int8_t>& weights) {
  Sums sums(output_sums(g), -2);
  golden_direct(g, input.view(), weights.data(), sums.data());
  return sums;
}

// One neuron over time: its spikes as text, and the membrane at the end.
std::pair<std::string, std::int32_t> spikes_of(const NeuronRecord& neuron, const Sums& inputs) {
  LifState state(neuron, 1, 1);
  std::string text;
  for (const std::int32_t input : inputs) {
    std::uint8_t spike = 0;
    state.step(0, 1, &input, &spike);
    text += spike ? '1' : '0';
  }
  return {text, state.membranes()[0]};
}

using Outcome = std::pair<std::string, std::int32_t>;

SpikeTensor tensor_of(std::string axes, std::vector<std::uint64_t> shape, const std::string& bits) {
  std::vector<std::uint8_t> spikes;
  for (const char c : bits)
    if (c != ' ') spikes.push_back(c == '1');
  return SpikeTensor::from_bytes(std::move(axes), std::move(shape), spikes.data());
}

}  // namespace

TEST_CASE("the golden GEMM equals a direct convolution on random geometries", "[golden]") {
  RandomStream random(1, "geometries");
  for (int round = 0; round < 150; ++round) {
    const auto pick = [&](std::uint64_t least, std::uint64_t most) { return least + random.below(most - least + 1); };
    GemmGeometry g = fc(pick(1, 5), pick(1, 6), pick(1, 300), pick(1, 140));
    if (round % 3 != 0) {
      g = conv(pick(1, 4), pick(1, 80), pick(1, 9), pick(1, 9), pick(1, 140), pick(1, 5), pick(1, 3), pick(0, 3));
      if (!geometry_problem(g).empty()) continue;
    }
    const SpikeTensor input = input_for(g, 0.3 * static_cast<double>(random.below(4)));
    const std::vector<std::int8_t> weights = layer_weights(1, "w", g.K(), g.N);
    REQUIRE(run_gemm(g, input, weights) == run_direct(g, input, weights));
  }
}

TEST_CASE("a convolution worked out by hand", "[golden]") {
  // One channel, 3 x 3 image with spikes in the corners of the first row and in the centre; kernel 2, weights 1 2 4 8.
  const GemmGeometry g = conv(1, 1, 3, 3, 1, 2, 1, 0);
  const SpikeTensor input = tensor_of("TCHW", {1, 1, 3, 3}, "101 010 000");
  CHECK(run_gemm(g, input, {1, 2, 4, 8}) == Sums{1 + 8, 2 + 4, 2, 1});
}

TEST_CASE("sums lie channel by channel for a convolution and token by token for a sequence", "[golden]") {
  // decision 11: conv [T][N][y][x], fc [T][L][N].
  const SpikeTensor image = tensor_of("TCHW", {2, 1, 1, 2}, "10 01");
  CHECK(run_gemm(conv(2, 1, 1, 2, 2, 1, 1, 0), image, {3, 5}) == Sums{3, 0, 5, 0, 0, 3, 0, 5});
  const SpikeTensor sequence = tensor_of("TLC", {2, 2, 1}, "10 01");
  CHECK(run_gemm(fc(2, 2, 1, 2), sequence, {3, 5}) == Sums{3, 5, 0, 0, 0, 0, 3, 5});
}

TEST_CASE("many extreme weights do not overflow the golden GEMM", "[golden]") {
  for (const int weight : {-128, 127}) {
    const GemmGeometry g = fc(1, 1, 70000, 65);
    const std::vector<std::int8_t> weights(g.K() * g.N, static_cast<std::int8_t>(weight));
    CHECK(run_gemm(g, input_for(g, 1.0), weights) == Sums(65, 70000 * weight));
  }
}

TEST_CASE("a layer longer than one chunk of set bits is summed completely", "[golden]") {
  const GemmGeometry g = fc(9, 50, 3000, 3);  // 1.35 M ones; chunks hold 2^20
  const std::vector<std::int8_t> weights = layer_weights(2, "w", g.K(), g.N);
  CHECK(run_gemm(g, input_for(g, 1.0), weights) == run_direct(g, input_for(g, 1.0), weights));
}

TEST_CASE("the sums of the recorded networks are as many as the specification says and equal both ways", "[golden]") {
  SNNVP_NEEDS_SHARED(shared);
  const std::pair<const char*, std::size_t> expected[] = {
      {"lenet5_mnist", 80256}, {"vgg9_cifar10", 659456}, {"alexnet_cifar10_loas", 278528}};
  for (const auto& [name, sums] : expected) {
    const SpikeNetwork network = read_spike_network(shared + "/spikes/" + name);
    std::size_t compared = 0;
    for (const SpikeLayer& layer : network.layers) {
      if (!layer.simulated) continue;
      const GemmGeometry& g = layer.geometry;
      const std::vector<std::int8_t> weights = layer_weights(1, layer.name, g.K(), g.N);
      const Sums found = run_gemm(g, layer.spikes, weights);
      compared += found.size();
      // The direct convolution of every layer takes seconds: the small network suffices here.
      if (std::string(name) == "lenet5_mnist") CHECK(found == run_direct(g, layer.spikes, weights));
    }
    CHECK(compared == sums);
  }
}

TEST_CASE("trace weights depend on seed and layer and span all int8 values", "[golden]") {
  const std::vector<std::int8_t> weights = layer_weights(1, "conv2d_1", 100, 100);
  CHECK(weights == layer_weights(1, "conv2d_1", 100, 100));
  CHECK(weights != layer_weights(2, "conv2d_1", 100, 100));
  CHECK(weights != layer_weights(1, "conv2d_2", 100, 100));
  CHECK(*std::min_element(weights.begin(), weights.end()) == -128);
  CHECK(*std::max_element(weights.begin(), weights.end()) == 127);
  CHECK_THROWS_AS(layer_weights(1, "huge", std::uint64_t{1} << 40, 2), InputError);
}

// ---- neurons (decision 9) ----

TEST_CASE("a neuron fires strictly above its threshold and is reset to zero", "[golden]") {
  NeuronRecord n;
  n.threshold = 5;
  CHECK(spikes_of(n, {5, 0, 1, 4, 1}) == Outcome{"00100", 5});
  CHECK(spikes_of(n, {100, -3, 9}) == Outcome{"101", 0});
}

TEST_CASE("a neuron with subtracting reset keeps the excess", "[golden]") {
  NeuronRecord n;
  n.threshold = 5;
  n.reset = NeuronRecord::Reset::subtract;
  CHECK(spikes_of(n, {12, 0, 0}) == Outcome{"110", 2});
}

TEST_CASE("a subtractive leak is taken every step and may drive the membrane below zero", "[golden]") {
  NeuronRecord n;
  n.threshold = 5;
  n.leak = NeuronRecord::Leak::subtract;
  n.leak_value = 1;
  // The example of spec/stack3d.md: v = 2, 4, 1, 9.
  CHECK(spikes_of(n, {3, 3, -2, 9}) == Outcome{"0001", 0});
  CHECK(spikes_of(n, {0, 0, 0}) == Outcome{"000", -3});
}

TEST_CASE("a multiplying leak rounds to zero on both sides", "[golden]") {
  NeuronRecord n;
  n.threshold = 1000;
  n.leak = NeuronRecord::Leak::multiply;
  n.leak_value = 32768;  // one half
  CHECK(spikes_of(n, {7, 0}) == Outcome{"00", 3});
  CHECK(spikes_of(n, {-7, 0}) == Outcome{"00", -3});
  CHECK(spikes_of(n, {-7, 0, 0, 0}) == Outcome{"0000", 0});
  n.leak_value = 65536;
  CHECK(spikes_of(n, {-7, 0}) == Outcome{"00", -7});
}

TEST_CASE("membranes saturate at their width before the comparison and after the reset", "[golden]") {
  NeuronRecord n;
  n.width_bits = 8;
  n.threshold = 127;
  CHECK(spikes_of(n, {1000, 0}) == Outcome{"00", 127});
  CHECK(spikes_of(n, {-1000, 1}) == Outcome{"00", -127});
  n.threshold = -100;
  n.reset = NeuronRecord::Reset::subtract;
  CHECK(spikes_of(n, {100}) == Outcome{"1", 127});
  n.width_bits = 32;
  n.threshold = INT32_MAX;
  n.reset = NeuronRecord::Reset::zero;
  CHECK(spikes_of(n, {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN, INT32_MIN}) == Outcome{"00000", INT32_MIN});
}

TEST_CASE("channel thresholds follow the order of the sums", "[golden]") {
  NeuronRecord n;
  n.channel_threshold = {1, 3};
  const Sums sums = {2, 2, 2, 2, 4, 4};  // one step
  SpikeTensor out("TC", {1, 6});
  lif_run(n, 1, 2, 3, sums.data(), out);
  CHECK(out == tensor_of("TC", {1, 6}, "111 011"));
  lif_run(n, 1, 2, 3, sums.data(), out, LifState::Order::position_major);
  CHECK(out == tensor_of("TC", {1, 6}, "10 10 11"));
  CHECK_THROWS_AS(LifState(n, 3, 1), InternalError);
  SpikeTensor small("TC", {1, 5});
  CHECK_THROWS_AS(lif_run(n, 1, 2, 3, sums.data(), small), InternalError);
}

TEST_CASE("updating a layer piece by piece equals updating it at once", "[golden]") {
  NeuronRecord n;
  n.threshold = 40;
  n.leak = NeuronRecord::Leak::multiply;
  n.leak_value = 60000;
  n.reset = NeuronRecord::Reset::subtract;
  constexpr std::uint64_t T = 20;
  constexpr std::uint64_t neurons = 77;
  RandomStream random(1, "lif");
  Sums sums(T * neurons);
  for (std::int32_t& sum : sums) sum = random.next_int8();
  SpikeTensor whole("TC", {T, neurons});
  lif_run(n, T, neurons, 1, sums.data(), whole);
  LifState state(n, neurons, 1);
  SpikeTensor pieces("TC", {T, neurons});
  std::uint8_t spikes[neurons];
  for (std::uint64_t t = 0; t < T; ++t)
    for (std::uint64_t first = 0; first < neurons; first += 10) {
      const std::uint64_t count = std::min<std::uint64_t>(10, neurons - first);
      state.step(first, count, sums.data() + t * neurons + first, spikes);
      for (std::uint64_t i = 0; i < count; ++i) pieces.set(t * neurons + first + i, spikes[i] != 0);
    }
  CHECK(pieces == whole);
  CHECK(whole.count() > 0);
  state.reset();
  CHECK(state.membranes() == std::vector<std::int32_t>(neurons, 0));
}

// ---- attention, layernorm, pooling ----

namespace {

// X * (K^T * Y), or its sum over j of scores X_i . (K^T Y), by plain loops over the re-cut tensors.
Sums plain_attention(const AttentionGeometry& g, const SpikeTensor& q, const SpikeTensor& k, const SpikeTensor& v) {
  const std::uint64_t d = g.D / g.heads;
  const std::uint64_t rows = std::max(g.L, d);
  const std::uint64_t width = std::min(g.L, d);
  const SpikeTensor& x = g.L > d ? q : v;
  const SpikeTensor& y = g.L > d ? v : q;
  const auto at = [&](std::uint64_t t, std::uint64_t l, std::uint64_t h, std::uint64_t c) {
    return ((t * rows + l) * g.heads + h) * width + c;
  };
  Sums out(g.T * g.L * g.D, 0);
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t h = 0; h < g.heads; ++h)
      for (std::uint64_t i = 0; i < rows; ++i)
        for (std::uint64_t c = 0; c < width; ++c)
          for (std::uint64_t a = 0; a < width; ++a)
            for (std::uint64_t j = 0; j < rows; ++j)
              out[at(t, i, h, c)] += x.at(at(t, i, h, a)) && k.at(at(t, j, h, a)) && y.at(at(t, j, h, c));
  return out;
}

}  // namespace

TEST_CASE("attention sums equal the plain product for long and for wide heads", "[golden]") {
  for (const auto& [L, D, heads] : {std::tuple{12, 15, 3}, std::tuple{4, 24, 2}, std::tuple{6, 12, 2}, std::tuple{1, 8, 1}}) {
    AttentionGeometry g{AttentionGeometry::Kind::spikformer, 2, static_cast<std::uint64_t>(L), static_cast<std::uint64_t>(D),
                        static_cast<std::uint64_t>(heads)};
    const auto draw = [&](const char* name) { return bernoulli_spikes({"TLD", {g.T, g.L, g.D}, 0.4, 1, name}); };
    const SpikeTensor q = draw("q");
    const SpikeTensor k = draw("k");
    const SpikeTensor v = draw("v");
    Sums sums(g.T * g.L * g.D);
    attention_sums(g, q.view(), k.view(), v.view(), sums.data());
    CHECK(sums == plain_attention(g, q, k, v));
  }
}

TEST_CASE("an attention of two tokens worked out by hand", "[golden]") {
  // L = 2 > d = 1: out = Q * (K^T * V). Head 0 has K = V = (1 1): K^T V = 2; head 1 has K = (1 0), V = (0 1): 0.
  const AttentionGeometry g{AttentionGeometry::Kind::spikformer, 1, 2, 2, 2};
  const SpikeTensor q = tensor_of("TLD", {1, 2, 2}, "11 01");
  const SpikeTensor k = tensor_of("TLD", {1, 2, 2}, "11 10");
  const SpikeTensor v = tensor_of("TLD", {1, 2, 2}, "10 11");
  Sums sums(4);
  attention_sums(g, q.view(), k.view(), v.view(), sums.data());
  CHECK(sums == Sums{2, 0, 0, 0});
}

TEST_CASE("spike-driven attention masks the queries by the fired channels", "[golden]") {
  const AttentionGeometry g{AttentionGeometry::Kind::sdt, 2, 2, 2, 1};
  const SpikeTensor q = tensor_of("TLD", {2, 2, 2}, "11 01  11 11");
  const SpikeTensor k = tensor_of("TLD", {2, 2, 2}, "11 10  11 01");
  const SpikeTensor v = tensor_of("TLD", {2, 2, 2}, "11 10  01 01");
  NeuronRecord n;
  n.threshold = 1;
  Sums sums(4);
  SpikeTensor out("TLD", {2, 2, 2});
  attention_mask(g, q.view(), k.view(), v.view(), n, sums.data(), out);
  CHECK(sums == Sums{2, 1, 0, 2});  // step 0: channel 0 fires; step 1: channel 1 reaches 3 and fires
  CHECK(out == tensor_of("TLD", {2, 2, 2}, "10 00  01 01"));
}

TEST_CASE("the integer softmax shares 255 by powers of two", "[golden]") {
  const auto softmax = [](const Sums& scores, unsigned shift) {
    std::vector<std::uint8_t> shares(scores.size());
    integer_softmax(scores.data(), scores.size(), shift, shares.data());
    return shares;
  };
  CHECK(softmax({7}, 0) == std::vector<std::uint8_t>{255});
  CHECK(softmax({3, 3, 3, 3}, 0) == std::vector<std::uint8_t>{64, 64, 64, 64});
  CHECK(softmax({5, 4, 3}, 0) == std::vector<std::uint8_t>{146, 73, 36});  // 4 : 2 : 1
  CHECK(softmax({5, 4, 3}, 1) == std::vector<std::uint8_t>{102, 102, 51});
  CHECK(softmax({0, -1000000, INT32_MIN}, 0) == std::vector<std::uint8_t>{255, 0, 0});
  CHECK(softmax({INT32_MAX, INT32_MIN}, 0) == std::vector<std::uint8_t>{255, 0});
  CHECK(softmax_shift(1) == 0);
  CHECK(softmax_shift(64) == 3);
  CHECK(softmax_shift(127) == 3);
}

TEST_CASE("softmax attention weighs the values by the shares of their keys", "[golden]") {
  const AttentionGeometry g{AttentionGeometry::Kind::spikingbert, 1, 2, 2, 1};
  const std::vector<std::int8_t> q = {2, 0, 0, 0};
  const SpikeTensor k = tensor_of("TLD", {1, 2, 2}, "11 00");
  const SpikeTensor v = tensor_of("TLD", {1, 2, 2}, "11 01");
  Sums sums(4);
  attention_softmax(g, q.data(), k.view(), v.view(), sums.data());
  // Token 0: scores 2, 0, shift 0, shares 4 : 1 of 255 = 204, 51. Token 1: equal scores, 128 each (127.5 rounded up).
  CHECK(sums == Sums{204, 255, 128, 256});
  CHECK(queries_of(k.view()) == std::vector<std::int8_t>{1, 1, 0, 0});
}

TEST_CASE("the integer layernorm centres and scales to 64 per standard deviation", "[golden]") {
  Sums out(4);
  const Sums in = {0, 20, 0, 20};
  integer_layernorm(1, 4, in.data(), out.data());
  CHECK(out == Sums{-64, 64, -64, 64});
  const Sums flat = {7, 7, 7, 7};
  integer_layernorm(2, 2, flat.data(), out.data());
  CHECK(out == Sums{0, 0, 0, 0});
  const Sums extreme = {INT32_MIN, INT32_MAX};
  integer_layernorm(1, 2, extreme.data(), out.data());
  CHECK(out[0] == -64);
  CHECK(out[1] == 64);
  CHECK_THROWS_AS(integer_layernorm(1, max_norm_width + 1, in.data(), out.data()), InternalError);
}

TEST_CASE("max pooling is the OR of each window and padding is silent", "[golden]") {
  const SpikeTensor image = tensor_of("TCHW", {1, 1, 3, 3}, "100 000 001");
  CHECK(max_pool({1, 3, 3, 2, 1, 0}, image.view()) == tensor_of("TCHW", {1, 1, 2, 2}, "10 01"));
  CHECK(max_pool({1, 3, 3, 2, 2, 1}, image.view()) == tensor_of("TCHW", {1, 1, 2, 2}, "10 01"));
  CHECK(max_pool({1, 3, 3, 2, 2, 0}, image.view()) == tensor_of("TCHW", {1, 1, 1, 1}, "1"));
  CHECK_THROWS_AS(max_pool({2, 3, 3, 2, 2, 0}, image.view()), InputError);
}

TEST_CASE("adding saturates at the limits of int32", "[golden]") {
  const Sums a = {INT32_MAX, INT32_MIN, 1};
  const Sums b = {1, -1, 2};
  Sums out(3);
  saturating_add(3, a.data(), b.data(), out.data());
  CHECK(out == Sums{INT32_MAX, INT32_MIN, 3});
}

TEST_CASE("impossible geometries and neurons are named", "[golden]") {
  CHECK(geometry_problem(conv(1, 1, 3, 3, 1, 4, 1, 0)) == "a kernel of 4 does not fit an image of 3 x 3 with padding 0");
  CHECK(geometry_problem(conv(1, 1, 3, 3, 1, 5, 1, 1)).empty());
  CHECK(geometry_problem(conv(1, 0, 3, 3, 1, 1, 1, 0)) == "input channels C is 0, must be at least 1");
  CHECK(geometry_problem(fc(1, 1, 1U << 20, 1U << 20)) == "the layer has more than 4294967296 weights");
  CHECK(geometry_problem(fc(1, 1, 1U << 25, 1)) == "an output has more than 16777216 inputs");
  CHECK(geometry_problem(AttentionGeometry{AttentionGeometry::Kind::sdt, 1, 1U << 16, 1U << 15, 1}) ==
        "L times D / heads exceeds what int32 sums can hold");
  CHECK(geometry_problem(AttentionGeometry{AttentionGeometry::Kind::sdt, 1, 1, 3, 2}) == "D 3 is not a multiple of heads 2");
  NeuronRecord n;
  n.width_bits = 33;
  CHECK(neuron_problem(n, 1) == "width_bits is 33, must be 2 to 32");
  n.width_bits = 16;
  n.leak = NeuronRecord::Leak::multiply;
  n.leak_value = -1;
  CHECK(neuron_problem(n, 1) == "the leak factor is -1/65536, must be 0 to 65536");
}
