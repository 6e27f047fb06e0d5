// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/bishop_attention.h>

#include <algorithm>

#include <snnvp/models/stack3d/bishop_timing.h>

namespace snnvp::bishop {
namespace {

unsigned matches(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  unsigned n = 0;
  for (std::size_t w = 0; w < words; ++w) n += static_cast<unsigned>(__builtin_popcountll(a[w] & b[w]));
  return n;
}

/// One head of a layer.
class Head {
public:
  Head(const Config& config, const Shape& shape, const SpikeView& q, const SpikeView& k, const SpikeView& v, std::uint64_t first,
       std::uint64_t width)
      : config_(config),
        q_(q, shape, first, width),
        k_(k, shape, first, width),
        v_(v, shape, first, width),
        kept_q_(keep_rows(q_, config, config.ecp_theta_q)),
        kept_k_(keep_rows(k_, config, config.ecp_theta_k)) {}

  void count(AttentionCounts& c) const {
    const Shape& shape = q_.shape();
    std::uint64_t tiles = 0;
    for (std::uint64_t bt = 0; bt < kept_q_.rows.size(); ++bt) {
      c.kept_q_rows += kept_q_.rows[bt], c.kept_k_rows += kept_k_.rows[bt];
      c.q_rows += kept_q_.rows_n, c.k_rows += kept_k_.rows_n;
      tiles += attention_tiles(config_, kept_q_.rows[bt], kept_k_.tokens[bt]);
    }
    for (std::uint64_t t = 0; t < shape.T; ++t) {
      const std::uint64_t bt = t / config_.bs_t, queries = kept_q_.tokens[bt], keys = kept_k_.tokens[bt];
      c.q_tokens += shape.N, c.k_tokens += shape.N;
      c.kept_q_tokens += queries, c.kept_k_tokens += keys;
      c.scores += shape.N * shape.N, c.kept_scores += queries * keys;
      c.and_bits += queries * keys * shape.D;
      c.v_bits += shape.N * shape.D, c.v_bits_read += keys * shape.D;
      for (std::uint64_t j = 0; j < shape.N; ++j)
        if (keeps_key(t, j)) c.adds += queries * ones(v_.row(t, j));
    }
    c.tiles += tiles;
    c.cycles += attention_cycles(config_, tiles, shape.D);
  }

  /// Both modes, query by query; row i of Y starts at sums + (t * N + i) * stride.
  void run(std::int32_t* sums, std::uint64_t stride) {
    const Shape& shape = q_.shape();
    values_.resize(shape.N * shape.D);
    for (std::uint64_t t = 0; t < shape.T; ++t) {
      for (std::uint64_t j = 0; j < shape.N; ++j)
        for (std::uint64_t f = 0; f < shape.D; ++f) values_[j * shape.D + f] = v_.at(t, j, f);
      for (std::uint64_t i = 0; i < shape.N; ++i) {
        std::int32_t* y = sums + (t * shape.N + i) * stride;
        std::fill_n(y, shape.D, 0);
        if (!kept_q_.at(t / config_.bs_t, i / config_.bs_n)) continue;
        for (std::uint64_t j = 0; j < shape.N; ++j) {
          if (!keeps_key(t, j)) continue;
          const std::int32_t a = static_cast<std::int32_t>(matches(q_.row(t, i), k_.row(t, j), q_.words()));
          if (a == 0) continue;
          const std::int32_t* row = values_.data() + j * shape.D;
          for (std::uint64_t f = 0; f < shape.D; ++f) y[f] += a * row[f];
        }
      }
    }
  }

private:
  bool keeps_key(std::uint64_t t, std::uint64_t j) const { return kept_k_.at(t / config_.bs_t, j / config_.bs_n); }
  std::uint64_t ones(const std::uint64_t* row) const { return matches(row, row, v_.words()); }

  const Config& config_;
  SpikeRows q_, k_, v_;
  KeptRows kept_q_, kept_k_;
  std::vector<std::int32_t> values_;  // of V at one step, 0 or 1: what selects
};

}  // namespace

KeptRows keep_rows(const SpikeRows& spikes, const Config& config, unsigned theta) {
  const BundleTags tags(spikes, config.bs_t, config.bs_n);
  KeptRows kept;
  kept.rows_n = tags.rows_n();
  kept.keeps.resize(tags.bundles());
  kept.rows.resize(tags.rows_t());
  kept.tokens.resize(tags.rows_t());
  for (std::uint64_t bt = 0; bt < tags.rows_t(); ++bt)
    for (std::uint64_t bn = 0; bn < tags.rows_n(); ++bn) {
      if (tags.active_in_row(bt, bn) < theta) continue;
      kept.keeps[bt * tags.rows_n() + bn] = 1;
      ++kept.rows[bt];
      kept.tokens[bt] += std::min<std::uint64_t>(config.bs_n, spikes.shape().N - bn * config.bs_n);
    }
  return kept;
}

AttentionCounts run_attention(const Config& config, const Shape& shape, std::uint64_t heads, const SpikeView& q, const SpikeView& k,
                              const SpikeView& v, std::int32_t* sums) {
  AttentionCounts c;
  c.heads = heads;
  c.head_width = shape.D / heads;
  for (std::uint64_t h = 0; h < heads; ++h) {
    Head head(config, shape, q, k, v, h * c.head_width, c.head_width);
    head.count(c);
    if (sums) head.run(sums + h * c.head_width, shape.D);
  }
  c.spikegen = spikegen_cycles(config, shape.positions() * shape.D);
  return c;
}

void scale_down(std::int32_t* values, std::uint64_t count, unsigned shift) {
  for (std::uint64_t i = 0; i < count; ++i) values[i] >>= shift;
}

}  // namespace snnvp::bishop
