// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/pruned_attention.h>

#include <algorithm>
#include <vector>

namespace snnvp {
namespace {

/// One head of one tensor, a byte per neuron: [T][L][d].
std::vector<std::uint8_t> head_of(const AttentionGeometry& g, const SpikeView& spikes, std::uint64_t head) {
  const std::uint64_t d = g.D / g.heads;
  std::vector<std::uint8_t> bytes(g.T * g.L * d);
  for (std::uint64_t row = 0; row < g.T * g.L; ++row)
    for (std::uint64_t f = 0; f < d; ++f) bytes[row * d + f] = spikes.at(row * g.D + head * d + f);
  return bytes;
}

/// Rows [T][L] that lie in bundle rows with fewer than `theta` features that spike.
std::vector<std::uint8_t> removed_rows(const AttentionGeometry& g, const std::vector<std::uint8_t>& head, const BundlePruning& p,
                                       unsigned theta) {
  const std::uint64_t d = g.D / g.heads;
  std::vector<std::uint8_t> removed(g.T * g.L);
  for (std::uint64_t t0 = 0; t0 < g.T; t0 += p.bundle_steps)
    for (std::uint64_t l0 = 0; l0 < g.L; l0 += p.bundle_tokens) {
      const std::uint64_t t1 = std::min(g.T, t0 + p.bundle_steps), l1 = std::min(g.L, l0 + p.bundle_tokens);
      unsigned active = 0;
      for (std::uint64_t f = 0; f < d; ++f) {
        bool any = false;
        for (std::uint64_t t = t0; t < t1; ++t)
          for (std::uint64_t l = l0; l < l1; ++l) any = any || head[(t * g.L + l) * d + f] != 0;
        active += any;
      }
      for (std::uint64_t t = t0; t < t1; ++t)
        for (std::uint64_t l = l0; l < l1; ++l) removed[t * g.L + l] = active < theta;
    }
  return removed;
}

}  // namespace

void PruningLoss::add(const PruningLoss& other) {
  scores += other.scores, removed += other.removed, lost += other.lost, beyond_bound += other.beyond_bound;
  largest = std::max(largest, other.largest);
}

PruningLoss pruned_attention(const AttentionGeometry& g, const SpikeView& q, const SpikeView& k, const SpikeView& v,
                             const BundlePruning& pruning, unsigned shift, std::int32_t* out) {
  const std::uint64_t d = g.D / g.heads;
  const std::uint32_t bound = std::max(pruning.theta_q, pruning.theta_k);
  PruningLoss loss;
  std::vector<std::int32_t> y(d);
  for (std::uint64_t h = 0; h < g.heads; ++h) {
    const std::vector<std::uint8_t> hq = head_of(g, q, h), hk = head_of(g, k, h), hv = head_of(g, v, h);
    const std::vector<std::uint8_t> no_q = removed_rows(g, hq, pruning, pruning.theta_q),
                                    no_k = removed_rows(g, hk, pruning, pruning.theta_k);
    for (std::uint64_t t = 0; t < g.T; ++t)
      for (std::uint64_t i = 0; i < g.L; ++i) {
        std::fill(y.begin(), y.end(), 0);
        const std::uint8_t* query = hq.data() + (t * g.L + i) * d;
        for (std::uint64_t j = 0; j < g.L; ++j) {
          const std::uint8_t* key = hk.data() + (t * g.L + j) * d;
          std::uint32_t score = 0;
          for (std::uint64_t f = 0; f < d; ++f) score += query[f] & key[f];
          ++loss.scores;
          if (no_q[t * g.L + i] || no_k[t * g.L + j]) {
            ++loss.removed;
            loss.lost += score != 0;
            loss.largest = std::max(loss.largest, score);
            loss.beyond_bound += score >= bound;
            continue;
          }
          const std::uint8_t* value = hv.data() + (t * g.L + j) * d;
          for (std::uint64_t f = 0; f < d; ++f) y[f] += static_cast<std::int32_t>(score * value[f]);
        }
        for (std::uint64_t f = 0; f < d; ++f) out[(t * g.L + i) * g.D + h * d + f] = y[f] >> shift;
      }
  }
  return loss;
}

}  // namespace snnvp
