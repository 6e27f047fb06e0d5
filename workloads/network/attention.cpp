// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/attention.h>

#include <algorithm>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/network/lif.h>

namespace snnvp {

namespace {

// Appends the indices of the ones in `count` bits from `first` on.
void list_ones(const SpikeView& spikes, std::uint64_t first, std::uint64_t count, std::vector<std::uint64_t>& ones) {
  ones.clear();
  for (std::uint64_t i = 0; i < count; ++i)
    if (spikes.at(first + i)) ones.push_back(i);
}

}  // namespace

void attention_sums(const AttentionGeometry& g, const SpikeView& q, const SpikeView& k, const SpikeView& v, std::int32_t* out) {
  const std::uint64_t d = g.D / g.heads;
  const std::uint64_t rows = std::max(g.L, d);
  const std::uint64_t width = std::min(g.L, d);
  const SpikeView& x = g.L > d ? q : v;
  const SpikeView& y = g.L > d ? v : q;
  std::vector<std::int32_t> gram(width * width);  // K^T * Y of one step and head
  std::vector<std::uint64_t> left;
  std::vector<std::uint64_t> right;
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t h = 0; h < g.heads; ++h) {
      const auto row_at = [&](std::uint64_t l) { return t * g.L * g.D + (l * g.heads + h) * width; };
      std::fill(gram.begin(), gram.end(), 0);
      for (std::uint64_t l = 0; l < rows; ++l) {
        list_ones(k, row_at(l), width, left);
        list_ones(y, row_at(l), width, right);
        for (const std::uint64_t a : left)
          for (const std::uint64_t b : right) ++gram[a * width + b];
      }
      for (std::uint64_t l = 0; l < rows; ++l) {
        std::int32_t* to = out + row_at(l);
        std::fill_n(to, width, 0);
        list_ones(x, row_at(l), width, left);
        for (const std::uint64_t a : left)
          for (std::uint64_t b = 0; b < width; ++b) to[b] += gram[a * width + b];
      }
    }
}

void attention_mask(const AttentionGeometry& g, const SpikeView& q, const SpikeView& k, const SpikeView& v, const NeuronRecord& neuron,
                    std::int32_t* sums, SpikeTensor& out) {
  if (out.bits() != g.T * g.L * g.D) throw InternalError("attention_mask: the output tensor has another size");
  std::fill_n(out.data(), out.byte_size(), std::uint8_t{0});
  LifState state(neuron, g.D, 1);
  std::vector<std::int32_t> both(g.D);
  std::vector<std::uint8_t> mask(g.D);
  for (std::uint64_t t = 0; t < g.T; ++t) {
    const std::uint64_t base = t * g.L * g.D;
    std::fill(both.begin(), both.end(), 0);
    for (std::uint64_t l = 0; l < g.L; ++l)
      for (std::uint64_t c = 0; c < g.D; ++c) both[c] += k.at(base + l * g.D + c) && v.at(base + l * g.D + c);
    if (sums != nullptr) std::copy(both.begin(), both.end(), sums + t * g.D);
    state.step(0, g.D, both.data(), mask.data());
    for (std::uint64_t i = 0; i < g.L * g.D; ++i)
      if (mask[i % g.D] && q.at(base + i)) out.set(base + i);
  }
}

std::vector<std::int8_t> queries_of(const SpikeView& q) {
  std::vector<std::int8_t> queries(q.bits());
  for (std::uint64_t i = 0; i < queries.size(); ++i) queries[i] = q.at(i);
  return queries;
}

unsigned softmax_shift(std::uint64_t d) {
  unsigned log2 = 0;
  while (d >>= 1) ++log2;
  return log2 / 2;
}

void integer_softmax(const std::int32_t* scores, std::uint64_t count, unsigned shift, std::uint8_t* shares) {
  const std::int64_t largest = *std::max_element(scores, scores + count);
  const auto exponential = [&](std::uint64_t j) -> std::uint64_t {
    const std::int64_t distance = (largest - scores[j]) >> shift;
    return distance > 16 ? 0 : std::uint64_t{65536} >> distance;
  };
  std::uint64_t total = 0;
  for (std::uint64_t j = 0; j < count; ++j) total += exponential(j);
  for (std::uint64_t j = 0; j < count; ++j) shares[j] = static_cast<std::uint8_t>((255 * exponential(j) + total / 2) / total);
}

void attention_softmax(const AttentionGeometry& g, const std::int8_t* q, const SpikeView& k, const SpikeView& v, std::int32_t* out) {
  const std::uint64_t d = g.D / g.heads;
  const unsigned shift = softmax_shift(d);
  std::vector<std::vector<std::uint64_t>> k_ones(g.L);
  std::vector<std::vector<std::uint64_t>> v_ones(g.L);
  std::vector<std::int32_t> scores(g.L);
  std::vector<std::uint8_t> shares(g.L);
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t h = 0; h < g.heads; ++h) {
      const auto row_at = [&](std::uint64_t l) { return (t * g.L + l) * g.D + h * d; };
      for (std::uint64_t l = 0; l < g.L; ++l) {
        list_ones(k, row_at(l), d, k_ones[l]);
        list_ones(v, row_at(l), d, v_ones[l]);
      }
      for (std::uint64_t l = 0; l < g.L; ++l) {
        for (std::uint64_t j = 0; j < g.L; ++j) {
          scores[j] = 0;
          for (const std::uint64_t c : k_ones[j]) scores[j] += q[row_at(l) + c];
        }
        integer_softmax(scores.data(), g.L, shift, shares.data());
        std::int32_t* to = out + row_at(l);
        std::fill_n(to, d, 0);
        for (std::uint64_t j = 0; j < g.L; ++j)
          for (const std::uint64_t c : v_ones[j]) to[c] += shares[j];
      }
    }
}

}  // namespace snnvp
