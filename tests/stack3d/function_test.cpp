// SPDX-License-Identifier: Apache-2.0
// What the stack computes, against the golden kernels and the examples of spec/stack3d.md 4.
#include <catch2/catch.hpp>

#include <algorithm>

#include <snnvp/models/stack3d/units.h>

#include "job_rig.h"

using namespace snnvp;
using namespace snnvp::stack3d;
using namespace snnvp::test;
using Merge = TransformerGeometry::Merge;

namespace {

BitRows rows_of(const SpikeBytes& spikes, std::uint64_t bits) {
  BitRows rows(spikes.size() / bits, bits);
  for (std::size_t i = 0; i < spikes.size(); ++i)
    if (spikes[i] != 0) rows.set(i / bits, i % bits);
  return rows;
}

Config small_arrays() {
  Config c;
  c.rows = 4, c.cols = 8;
  return c;
}

TransformerGeometry random_geometry(RandomStream& stream) {
  TransformerGeometry g;
  g.T = 1 + stream.below(5);
  g.tokens = 1 + stream.below(20);
  g.heads = 1 + stream.below(6);
  g.D = g.heads * (1 + stream.below(20));
  g.kept = 1 + stream.below(g.heads);
  g.scale_shift = static_cast<unsigned>(stream.below(4));
  g.experts = 1 + stream.below(6);
  g.top_k = 1 + stream.below(g.experts);
  g.hidden = 1 + stream.below(40);
  return g;
}

}  // namespace

TEST_CASE("stack3d.T7 fused attention equals two integer matrix products and writes no bit of A") {
  RandomStream stream(7, "attention");
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t T = 1 + stream.below(4), tokens = 1 + stream.below(30), d = 1 + stream.below(130);
    const double density = 0.05 + 0.9 * stream.uniform();
    const SpikeBytes q = random_spikes(stream, T * tokens * d, density), k = random_spikes(stream, T * tokens * d, density),
                     v = random_spikes(stream, T * tokens * d, density);
    std::vector<std::int32_t> y(T * tokens * d, -1);
    const AttentionWork work = attend(rows_of(q, d), rows_of(k, d), rows_of(v, d), T, tokens, y.data());
    CHECK(y == golden_attention(q, k, v, T, tokens, d));
    CHECK(work.and_bits == T * tokens * tokens * d);
    CHECK(work.adds == tokens * static_cast<std::uint64_t>(std::count(v.begin(), v.end(), 1)));
  }
  // The example of 4.4.
  const SpikeBytes q{1, 0, 1, 0, 1, 1}, k{1, 1, 0, 1, 0, 1}, v{1, 0, 0, 1, 1, 0};
  std::vector<std::int32_t> y(6);
  attend(rows_of(q, 3), rows_of(k, 3), rows_of(v, 3), 1, 2, y.data());
  CHECK(y == std::vector<std::int32_t>{3, 2, 0, 2, 1, 0});
  NeuronRecord neuron;
  neuron.threshold = 1;
  CHECK(golden_fire(neuron, 1, 2, 3, y) == SpikeBytes{1, 1, 0, 1, 0, 0});
}

TEST_CASE("the attention job reproduces the worked example through its projections") {
  StackRig rig{Config()};
  MhaCase c;
  c.g.T = 1, c.g.tokens = 2, c.g.D = 9, c.g.heads = 3;  // three heads with Q, K and V of the example in different places
  c.g.kept = 3;
  c.neuron.threshold = 1;
  // One token's input is one feature that is looked up in each matrix: feature n for token n.
  c.x = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  const int q[2][3] = {{1, 0, 1}, {0, 1, 1}}, k[2][3] = {{1, 1, 0}, {1, 0, 1}}, v[2][3] = {{1, 0, 0}, {1, 1, 0}};
  const auto table = [](const int rows[2][3]) {
    std::vector<std::int8_t> w(81);
    for (int h = 0; h < 3; ++h)
      for (int f = 0; f < 3; ++f)
        for (int n = 0; n < 2; ++n) w[static_cast<std::size_t>((h * 3 + f) * 9 + n)] = static_cast<std::int8_t>(100 * rows[n][f]);
    return w;
  };
  c.wq = table(q), c.wk = table(k), c.wv = table(v);
  rig.run(c.place(rig));
  CHECK(rig.spikes_at(c.out, 18) == SpikeBytes{1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0});
}

TEST_CASE("random attention jobs equal the golden kernel, on any array and number of cores") {
  RandomStream stream(1, "mha");
  for (int i = 0; i < 30; ++i) {
    Config config = small_arrays();
    config.cores = 1 + stream.below(5);
    config.psum_bits = 8 + static_cast<unsigned>(stream.below(9));
    config.skip_silent_features = stream.bernoulli(0.5);
    config.timing = stream.bernoulli(0.5) ? Timing::paper : Timing::tile;
    StackRig rig(config);
    MhaCase c = random_mha(stream, random_geometry(stream));
    c.neuron.threshold = static_cast<std::int32_t>(stream.below(100));
    if (stream.bernoulli(0.5)) c.neuron.leak = NeuronRecord::Leak::subtract, c.neuron.leak_value = 7;
    rig.run(c.place(rig));
    CHECK(rig.spikes_at(c.out, c.g.T * c.g.tokens * c.g.D) == c.golden(config.psum_bits).out);
    CHECK(rig.engine.work().kept_heads == c.g.kept);
  }
}

TEST_CASE("stack3d.T5 a quarter of the heads leaves a quarter of the work of both modes, whatever Q is") {
  RandomStream stream(3, "kept");
  TransformerGeometry g;
  g.T = 2, g.tokens = 16, g.D = 64, g.heads = 8, g.kept = 8;
  std::uint64_t all = 0;
  for (const std::uint64_t kept : {8U, 2U}) {
    StackRig rig{Config()};
    g.kept = kept;
    MhaCase c = random_mha(stream, g);
    rig.run(c.place(rig));
    if (kept == 8) all = rig.engine.work().attention_bits;
    CHECK(rig.engine.work().attention_bits * 8 == all * kept);
    CHECK(all == 2 * 8 * 16 * 16 * 8 * 2);
  }
}

TEST_CASE("weights of K and V are fetched for kept heads only") {
  RandomStream stream(4, "fetched");
  TransformerGeometry g;
  g.T = 2, g.tokens = 8, g.D = 64, g.heads = 4, g.kept = 1;
  StackRig rig{Config()};
  MhaCase c = random_mha(stream, g);
  rig.run(c.place(rig));
  const std::uint32_t head = c.golden(16).kept.front();
  const Bytes slice = 16 * 64;  // a head is one tile of 16 rows
  CHECK(rig.bytes_read == 2 * 8 * 64 / 8 + 64 * 64 + 2 * slice);
  CHECK(std::count(rig.reads.begin(), rig.reads.end(), c.at_k + head * slice) == 1);
  CHECK(std::count(rig.reads.begin(), rig.reads.end(), c.at_v + head * slice) == 1);
}

TEST_CASE("random mixtures of experts equal the golden kernel, in every merge rule") {
  RandomStream stream(2, "moe");
  for (int i = 0; i < 40; ++i) {
    Config config = small_arrays();
    config.cores = 1 + stream.below(5);
    config.psum_bits = 8 + static_cast<unsigned>(stream.below(9));
    config.timing = stream.bernoulli(0.5) ? Timing::paper : Timing::tile;
    StackRig rig(config);
    TransformerGeometry g = random_geometry(stream);
    g.merge = static_cast<Merge>(1 + stream.below(3));
    if (g.top_k == 1 && stream.bernoulli(0.5)) g.merge = Merge::place;
    MoeCase c = random_moe(stream, g);
    c.neuron.threshold = static_cast<std::int32_t>(stream.below(200));
    rig.run(c.place(rig));
    const GoldenMoe golden = c.golden(config.psum_bits);
    const std::uint64_t n = g.T * g.tokens * g.D;
    CHECK((g.merge == Merge::spike_sum ? rig.bytes_at(c.out, n) : rig.spikes_at(c.out, n)) == golden.out);
    if (c.sums != 0) CHECK(rig.sums_at(c.sums, n) == golden.sums);
  }
}

TEST_CASE("stack3d.T8 a mixture that asks all experts is the dense network of their hidden layers side by side") {
  RandomStream stream(5, "dense");
  TransformerGeometry g;
  g.T = 3, g.tokens = 10, g.D = 24, g.experts = 4, g.top_k = 4, g.hidden = 20, g.merge = Merge::psum_sum;
  StackRig rig{Config()};
  MoeCase c = random_moe(stream, g);
  rig.run(c.place(rig));
  // Dense: W1 stacked, W2 [D][4 x 20] put together from the experts' columns; its hidden neurons are the experts'.
  std::vector<std::int8_t> w2(24 * 80);
  for (std::uint64_t e = 0; e < 4; ++e)
    for (std::uint64_t o = 0; o < 24; ++o)
      for (std::uint64_t h = 0; h < 20; ++h) w2[o * 80 + e * 20 + h] = c.w2[(e * 24 + o) * 20 + h];
  const SpikeBytes hidden = golden_fire(c.neuron, 3, 10, 80, golden_projection(c.x, 30, 24, 80, c.w1.data(), 16));
  const std::vector<std::int32_t> sums = golden_projection(hidden, 30, 80, 24, w2.data(), 16);
  CHECK(rig.sums_at(c.sums, 720) == sums);
  CHECK(rig.spikes_at(c.out, 720) == golden_fire(c.neuron, 3, 10, 24, sums));
}

TEST_CASE("stack3d.T8 one expert of four takes a quarter of the dense work") {
  RandomStream stream(6, "work");
  TransformerGeometry g;
  g.T = 4, g.tokens = 64, g.D = 384, g.experts = 4, g.hidden = 384;
  for (const auto& [top_k, merge, work] : {std::tuple(1U, Merge::place, 75'497'472U), std::tuple(4U, Merge::psum_sum, 301'989'888U)}) {
    StackRig rig{Config()};
    g.top_k = top_k, g.merge = merge;
    MoeCase c = random_moe(stream, g, 0.02);
    rig.run(c.place(rig));
    CHECK(rig.engine.work().weight_positions == work);
  }
}

TEST_CASE("stack3d.T14 the worked LIF, and ties in both selections go to the lower index") {
  NeuronRecord neuron;
  neuron.threshold = 5, neuron.leak = NeuronRecord::Leak::subtract, neuron.leak_value = 1;
  CHECK(golden_fire(neuron, 4, 1, 1, {3, 3, -2, 9}) == SpikeBytes{0, 0, 0, 1});
  // The same through the engine: weights 3, 3, -2, 9 looked up by one spike per time point.
  StackRig rig{Config()};
  engine::JobDescriptor d;
  d.operation = engine::Operation::gemm;
  d.gemm.T = 4, d.gemm.L = 1, d.gemm.C = 4, d.gemm.N = 1;
  d.neuron.present = true, d.neuron.record = neuron;
  d.operands[0] = operand_at(rig.put_spikes({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}), engine::Format::spikes, {4, 1, 4});
  d.operands[1] = operand_at(rig.put(std::vector<std::int8_t>{3, 3, -2, 9}), engine::Format::int8, {4, 1});
  d.operands[3] = operand_at(rig.put(nullptr, 1), engine::Format::spikes, {4, 1, 1});
  rig.run(d);
  CHECK(rig.spikes_at(d.operands[3].address, 4) == SpikeBytes{0, 0, 0, 1});

  CHECK(largest({5, 7, 7, 5, 7}, 2) == std::vector<std::uint32_t>{1, 2});
  CHECK(largest({5, 7, 7, 5, 7}, 4) == std::vector<std::uint32_t>{0, 1, 2, 4});
  CHECK(largest({-3, -3, -4}, 1) == std::vector<std::uint32_t>{0});
  // A router of zeros: all gates tie, for every token.
  const BitRows x = rows_of(SpikeBytes(6 * 8, 1), 8);
  const std::vector<std::int8_t> zeros(4 * 8);
  const auto lists = route(x, 2, 3, zeros.data(), 4, 2);
  CHECK(lists[0].size() == 3);
  CHECK(lists[1].size() == 3);
  CHECK(lists[2].empty());
}

TEST_CASE("stack3d.T15 each token stands in exactly K lists in token order, and results do not depend on the number of cores") {
  RandomStream stream(9, "routing");
  for (int i = 0; i < 20; ++i) {
    TransformerGeometry g = random_geometry(stream);
    g.merge = Merge::psum_sum;
    MoeCase c = random_moe(stream, g);
    const auto lists = route(rows_of(c.x, g.D), g.T, g.tokens, c.router.data(), g.experts, g.top_k);
    CHECK(lists == c.golden(16).tokens_of);
    std::vector<std::uint64_t> times(g.tokens);
    for (const auto& list : lists) {
      CHECK(std::is_sorted(list.begin(), list.end()));
      CHECK(std::adjacent_find(list.begin(), list.end()) == list.end());
      for (const std::uint32_t n : list) ++times[n];
    }
    CHECK(std::all_of(times.begin(), times.end(), [&](std::uint64_t t) { return t == g.top_k; }));
    std::vector<SpikeBytes> results;
    for (const std::uint64_t cores : {1U, 3U, 8U}) {
      Config config = small_arrays();
      config.cores = cores;
      StackRig rig(config);
      rig.run(c.place(rig));
      results.push_back(rig.spikes_at(c.out, g.T * g.tokens * g.D));
    }
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
  }
}

TEST_CASE("saturated sums and clipped weights are counted") {
  Config config;
  config.weight_bits = 4, config.psum_bits = 8;
  StackRig rig(config);
  engine::JobDescriptor d;
  d.operation = engine::Operation::gemm;
  d.gemm.T = 1, d.gemm.L = 1, d.gemm.C = 40, d.gemm.N = 2;
  d.operands[0] = operand_at(rig.put_spikes(SpikeBytes(40, 1)), engine::Format::spikes, {1, 1, 40});
  std::vector<std::int8_t> w(80, 7);
  w[0] = 100;  // limited to 7
  d.operands[1] = operand_at(rig.put(w), engine::Format::int8, {40, 2});
  d.operands[2] = operand_at(rig.put(nullptr, 8), engine::Format::int32, {1, 1, 2});
  rig.run(d);
  CHECK(rig.sums_at(d.operands[2].address, 2) == std::vector<std::int32_t>{127, 127});
  CHECK(rig.engine.work().saturations == 2);
  CHECK(rig.engine.work().weights_clipped == 1);
  CHECK(rig.engine.events().count("spike_acc.4.8") == 1);
}

TEST_CASE("a fully connected layer gives the same with weights in either order") {
  RandomStream stream(11, "orders");
  const std::uint64_t T = 3, L = 7, C = 50, N = 37;
  const SpikeBytes x = random_spikes(stream, T * L * C, 0.3);
  const std::vector<std::int8_t> w = random_weights(stream, C * N);  // [N][C]
  std::vector<std::int8_t> turned(C * N);
  for (std::uint64_t n = 0; n < N; ++n)
    for (std::uint64_t k = 0; k < C; ++k) turned[k * N + n] = w[n * C + k];
  const std::vector<std::int32_t> golden = golden_projection(x, T * L, C, N, w.data(), 16);
  for (const bool output_major : {true, false}) {
    StackRig rig{small_arrays()};
    engine::JobDescriptor d;
    d.operation = engine::Operation::gemm;
    d.gemm.T = T, d.gemm.L = L, d.gemm.C = C, d.gemm.N = N;
    d.neuron.present = true;
    d.operands[0] = operand_at(rig.put_spikes(x), engine::Format::spikes, {T, L, C});
    d.operands[1] = operand_at(rig.put(output_major ? w : turned), engine::Format::int8, {C, N});
    if (output_major) d.operands[1].stride = {1, static_cast<std::uint32_t>(C), 0, 0};
    d.operands[2] = operand_at(rig.put(nullptr, T * L * N * 4), engine::Format::int32, {T, L, N});
    d.operands[3] = operand_at(rig.put(nullptr, (T * L * N + 7) / 8), engine::Format::spikes, {T, L, N});
    rig.run(d);
    CHECK(rig.sums_at(d.operands[2].address, T * L * N) == golden);
    CHECK(rig.spikes_at(d.operands[3].address, T * L * N) == golden_fire(NeuronRecord(), T, L, N, golden));
  }
}

TEST_CASE("kernels that cannot be are refused with a reason, before anything is fetched") {
  RandomStream stream(12, "refused");
  TransformerGeometry g;
  g.T = 2, g.tokens = 4, g.D = 16, g.heads = 4, g.kept = 4, g.experts = 3, g.top_k = 2, g.hidden = 8, g.merge = Merge::psum_sum;
  const auto refused = [&](auto change, bool moe) {
    StackRig rig{Config()};
    engine::JobDescriptor d;
    if (moe) {
      MoeCase c = random_moe(stream, g);
      d = c.place(rig);
    } else {
      MhaCase c = random_mha(stream, g);
      d = c.place(rig);
    }
    change(d);
    CHECK_THROWS_AS(rig.run(d), std::runtime_error);
    CHECK(rig.bytes_read == 0);
  };
  using D = engine::JobDescriptor&;
  refused([](D d) { d.transformer.T = 0; }, false);
  refused([](D d) { d.transformer.heads = 3; }, false);
  refused([](D d) { d.transformer.kept = 0; }, false);
  refused([](D d) { d.transformer.kept = 5; }, false);
  refused([](D d) { d.transformer.scale_shift = 32; }, false);
  refused([](D d) { d.operands[1].format = engine::Format::int32; }, false);
  refused([](D d) { d.operands[2].shape[0] = 15; }, false);
  refused([](D d) { d.operands[0].stream_port = 1; }, false);
  refused([](D d) { d.neuron.present = false; }, false);
  refused([](D d) { d.neuron.record.model = NeuronRecord::Model::cuba; }, false);
  refused([](D d) { d.neuron.record.width_bits = 20; }, false);
  refused([](D d) { d.transformer.top_k = 4; }, true);
  refused([](D d) { d.transformer.experts = 0; }, true);
  refused([](D d) { d.transformer.merge = Merge::place; }, true);
  refused([](D d) { d.transformer.merge = static_cast<Merge>(7); }, true);
  refused([](D d) { d.transformer.hidden = 1 << 30; }, true);
  refused([](D d) { d.operands[3].format = engine::Format::uint8; }, true);
  refused([](D d) { d.operation = engine::Operation::conv2d; }, true);
  StackRig rig{Config()};
  MhaCase c = random_mha(stream, g);
  CHECK_NOTHROW(rig.run(c.place(rig)));
}
