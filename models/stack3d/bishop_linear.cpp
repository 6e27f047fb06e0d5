// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_linear.h>

#include <algorithm>

namespace snnvp::bishop {
namespace {

/// For every theta_s from 0 to B: dense features and active bundles of the others.
struct Candidate {
  std::uint64_t dense_features = 0, sparse_active = 0;
};

std::vector<Candidate> candidates(const BundleTags& tags) {
  std::vector<std::uint64_t> features_with(tags.bundles() + 1);
  for (const std::uint32_t active : tags.active()) ++features_with[active];
  std::vector<Candidate> all(tags.bundles() + 1);
  Candidate now{tags.features(), 0};
  for (std::uint64_t theta = 0; theta <= tags.bundles(); ++theta) {
    now.dense_features -= features_with[theta];
    now.sparse_active += features_with[theta] * theta;
    all[theta] = now;
  }
  return all;
}

std::uint64_t balanced_theta(const Config& config, const BundleTags& tags, std::uint64_t out_features) {
  const std::vector<Candidate> all = candidates(tags);
  std::uint64_t best = 0;
  Cycles least = 0;
  for (std::uint64_t theta = 0; theta < all.size(); ++theta) {
    const Cycles time = std::max(dense_cycles(config, tags.bundles(), out_features, all[theta].dense_features),
                                 sparse_cycles(config, all[theta].sparse_active, out_features));
    if (theta == 0 || time < least) best = theta, least = time;
  }
  return best;
}

LinearCounts count(const Config& config, const SpikeRows& spikes, const BundleTags& tags, const Split& split, std::uint64_t out_features) {
  LinearCounts c;
  c.positions = spikes.shape().positions(), c.in_features = spikes.shape().D, c.out_features = out_features;
  c.theta_s = split.theta_s, c.dense_features = split.dense.size(), c.sparse_features = split.sparse.size(),
  c.sparse_used = split.sparse_used;
  c.bundles = tags.bundles(), c.active_bundles = tags.active_total(), c.sparse_active = split.sparse_active;
  std::vector<std::uint64_t> is_dense(spikes.words());
  for (const std::uint32_t d : split.dense) is_dense[d >> 6] |= std::uint64_t{1} << (d & 63);
  for (std::uint64_t t = 0; t < spikes.shape().T; ++t)
    for (std::uint64_t n = 0; n < spikes.shape().N; ++n)
      for (std::size_t w = 0; w < spikes.words(); ++w) {
        const std::uint64_t word = spikes.row(t, n)[w];
        c.dense_ones += static_cast<unsigned>(__builtin_popcountll(word & is_dense[w]));
        c.sparse_ones += static_cast<unsigned>(__builtin_popcountll(word & ~is_dense[w]));
      }
  c.traffic = linear_traffic(config, c.in_features, out_features, c.bundles, c.active_bundles);
  c.dense = split.dense_cycles, c.sparse = split.sparse_cycles;
  c.memory = memory_cycles(config, c.traffic.bytes());
  c.spikegen = spikegen_cycles(config, c.positions * out_features);
  return c;
}

}  // namespace

Split stratify(const Config& config, const BundleTags& tags, std::uint64_t out_features) {
  Split split;
  split.theta_s = config.theta_s ? *config.theta_s : balanced_theta(config, tags, out_features);
  for (std::uint32_t d = 0; d < tags.features(); ++d) {
    const std::uint32_t active = tags.active()[d];
    if (active > split.theta_s)
      split.dense.push_back(d);
    else
      split.sparse.push_back(d), split.sparse_active += active, split.sparse_used += active != 0;
  }
  split.dense_cycles = dense_cycles(config, tags.bundles(), out_features, split.dense.size());
  split.sparse_cycles = sparse_cycles(config, split.sparse_active, out_features);
  return split;
}

Cycles LinearCounts::total() const { return std::max({dense, sparse, memory, spikegen}); }

bool LinearCounts::hides_spikegen() const { return spikegen <= std::max({dense, sparse, memory}); }

Cycles pass_cycles(const Config& config, const LinearCounts& counts, std::uint64_t columns, bool is_first) {
  Cycles sparse = sparse_cycles(config, counts.sparse_active, columns);
  if (!is_first && sparse != 0) sparse -= reduction_cycles(config);
  return std::max(dense_cycles(config, counts.bundles, columns, counts.dense_features), sparse);
}

LinearCounts count_linear(const Config& config, const SpikeRows& spikes, std::uint64_t out_features) {
  const BundleTags tags(spikes, config.bs_t, config.bs_n);
  return count(config, spikes, tags, stratify(config, tags, out_features), out_features);
}

LinearLayer::LinearLayer(const Config& config, const SpikeRows& spikes, std::uint64_t out_features)
    : config_(config),
      spikes_(spikes),
      tags_(spikes, config.bs_t, config.bs_n),
      out_(out_features),
      split_(stratify(config, tags_, out_features)),
      counts_(count(config, spikes, tags_, split_, out_features)) {}

template <class Visit>
void LinearLayer::for_each_position(std::uint64_t bundle, Visit visit) const {
  const Shape& shape = spikes_.shape();
  const std::uint64_t t0 = bundle / tags_.rows_n() * config_.bs_t, n0 = bundle % tags_.rows_n() * config_.bs_n;
  for (std::uint64_t t = t0; t < std::min(t0 + config_.bs_t, shape.T); ++t)
    for (std::uint64_t n = n0; n < std::min(n0 + config_.bs_n, shape.N); ++n) visit(t, n);
}

void LinearLayer::run_dense(const std::int8_t* weights, std::int32_t* sums) const {
  if (split_.dense.empty()) return;
  for (std::uint64_t first = 0; first < tags_.bundles(); first += config_.dense_bundles) {
    const std::uint64_t last = std::min(first + config_.dense_bundles, tags_.bundles());
    for (std::uint64_t o = 0; o < out_; o += config_.dense_features) {
      const std::uint64_t width = std::min<std::uint64_t>(config_.dense_features, out_ - o);
      for (std::uint64_t b = first; b < last; ++b)
        for_each_position(b, [&](std::uint64_t t, std::uint64_t n) {
          std::int32_t* out = sums + (t * spikes_.shape().N + n) * out_ + o;
          for (const std::uint32_t d : split_.dense) {
            if (!spikes_.at(t, n, d)) continue;
            const std::int8_t* row = weights + d * out_ + o;
            for (std::uint64_t i = 0; i < width; ++i) out[i] += row[i];
          }
        });
    }
  }
}

void LinearLayer::run_sparse(const std::int8_t* weights, std::int32_t* sums) const {
  for (const std::uint32_t d : split_.sparse) {
    if (tags_.active()[d] == 0) continue;
    const std::int8_t* row = weights + d * out_;
    for (std::uint64_t b = 0; b < tags_.bundles(); ++b) {
      if (!tags_.at(b / tags_.rows_n(), b % tags_.rows_n(), d)) continue;
      for_each_position(b, [&](std::uint64_t t, std::uint64_t n) {
        if (!spikes_.at(t, n, d)) return;
        std::int32_t* out = sums + (t * spikes_.shape().N + n) * out_;
        for (std::uint64_t i = 0; i < out_; ++i) out[i] += row[i];
      });
    }
  }
}

void LinearLayer::run(const std::int8_t* weights, std::int32_t* sums) {
  std::fill_n(sums, counts_.positions * out_, 0);
  run_dense(weights, sums);
  run_sparse(weights, sums);
  counts_.saturations = saturate(sums, counts_.positions * out_, config_.psum_bits);
}

std::uint64_t saturate(std::int32_t* values, std::uint64_t count, unsigned bits) {
  if (bits >= 32) return 0;
  const std::int32_t high = static_cast<std::int32_t>((std::int64_t{1} << (bits - 1)) - 1), low = -high - 1;
  std::uint64_t beyond = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int32_t limited = std::min(std::max(values[i], low), high);
    beyond += limited != values[i];
    values[i] = limited;
  }
  return beyond;
}

}  // namespace snnvp::bishop
