// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/stack3d/units.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace snnvp::stack3d {
namespace {

std::uint64_t ones(std::uint64_t word) { return static_cast<std::uint64_t>(__builtin_popcountll(word)); }

/// Calls `use` with the index of each set bit, ascending.
template <typename Use>
void for_each_bit(const std::uint64_t* row, std::uint64_t words, const Use& use) {
  for (std::uint64_t w = 0; w < words; ++w)
    for (std::uint64_t rest = row[w]; rest != 0; rest &= rest - 1) use(w * 64 + static_cast<std::uint64_t>(__builtin_ctzll(rest)));
}

}  // namespace

void BitRows::load(const std::uint8_t* packed) {
  std::fill(store_.begin(), store_.end(), 0);
  std::uint64_t i = 0;
  for (std::uint64_t r = 0; r < rows(); ++r)
    for (std::uint64_t b = 0; b < bits_;) {
      // Whole bytes where both sides are aligned, else bit by bit.
      if ((i & 7) == 0 && (b & 7) == 0 && b + 8 <= bits_) {
        row(r)[b >> 6] |= std::uint64_t{packed[i >> 3]} << (b & 63);
        i += 8, b += 8;
        continue;
      }
      if ((packed[i >> 3] >> (i & 7) & 1) != 0) set(r, b);
      ++i, ++b;
    }
}

void BitRows::store(std::uint8_t* packed) const {
  std::memset(packed, 0, (rows() * bits_ + 7) / 8);
  for (std::uint64_t r = 0; r < rows(); ++r)
    for_each_bit(row(r), words_, [&](std::uint64_t b) {
      const std::uint64_t i = r * bits_ + b;
      packed[i >> 3] = static_cast<std::uint8_t>(packed[i >> 3] | 1U << (i & 7));
    });
}

std::int32_t saturated(std::int64_t sum, unsigned bits, std::uint64_t& saturations) {
  const std::int64_t most = (std::int64_t{1} << (bits - 1)) - 1;
  const std::int64_t limited = std::clamp(sum, -most - 1, most);
  saturations += limited != sum;
  return static_cast<std::int32_t>(limited);
}

void IntegrationArray::load_weights(const std::int8_t* weights, std::uint64_t rows, std::uint64_t d_in, std::uint64_t stride,
                                    unsigned bits) {
  rows_ = rows, d_in_ = d_in, clipped_ = 0;
  by_feature_.resize(rows * d_in);
  for (std::uint64_t r = 0; r < rows; ++r)
    for (std::uint64_t d = 0; d < d_in; ++d) by_feature_[d * rows + r] = saturated(weights[r * stride + d], bits, clipped_);
}

void IntegrationArray::integrate(const std::uint64_t* spikes, std::int32_t* sums) const {
  std::fill(sums, sums + rows_, 0);
  for_each_bit(spikes, (d_in_ + 63) / 64, [&](std::uint64_t d) {
    const std::int32_t* weights = by_feature_.data() + d * rows_;
    for (std::uint64_t r = 0; r < rows_; ++r) sums[r] += weights[r];
  });
}

std::uint64_t active_features(const BitRows& spikes, const std::uint32_t* rows, std::uint64_t count) {
  std::uint64_t active = 0;
  for (std::uint64_t w = 0; w < spikes.words(); ++w) {
    std::uint64_t any = 0;
    for (std::uint64_t i = 0; i < count; ++i) any |= spikes.row(rows[i])[w];
    active += ones(any);
  }
  return active;
}

AttentionWork attend(const BitRows& q, const BitRows& k, const BitRows& v, std::uint64_t T, std::uint64_t tokens, std::int32_t* y) {
  AttentionWork work;
  const std::uint64_t d = q.bits(), words = q.words();
  unsigned width = 0;
  while (d >> width) ++width;  // A is 0 to d
  std::fill(y, y + T * tokens * d, 0);
  for (std::uint64_t t = 0; t < T; ++t)
    for (std::uint64_t i = 0; i < tokens; ++i) {
      std::int32_t* out = y + (t * tokens + i) * d;
      const std::uint64_t* query = q.row(t * tokens + i);
      for (std::uint64_t j = 0; j < tokens; ++j) {
        const std::uint64_t* key = k.row(t * tokens + j);
        std::uint64_t a = 0;
        for (std::uint64_t w = 0; w < words; ++w) a += ones(query[w] & key[w]);
        if (a == 0) continue;
        for_each_bit(v.row(t * tokens + j), words, [&](std::uint64_t f) { out[f] += static_cast<std::int32_t>(a); });
      }
    }
  work.and_bits = tokens * tokens * d * T;
  work.adds = tokens * v.count();
  work.a_bits = tokens * tokens * T * width;
  return work;
}

std::vector<std::uint32_t> largest(const std::vector<std::int64_t>& scores, std::uint64_t count) {
  std::vector<std::uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return scores[a] > scores[b]; });
  order.resize(count);
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<std::vector<std::uint32_t>> route(const BitRows& x, std::uint64_t T, std::uint64_t tokens, const std::int8_t* router,
                                              std::uint64_t experts, std::uint64_t top_k) {
  std::vector<std::vector<std::uint32_t>> lists(experts);
  const std::uint64_t D = x.bits();
  std::vector<std::int64_t> gate(experts);
  for (std::uint64_t n = 0; n < tokens; ++n) {
    std::fill(gate.begin(), gate.end(), 0);
    for (std::uint64_t t = 0; t < T; ++t)  // a spike adds its column of the router once per time point: the integer rate
      for_each_bit(x.row(t * tokens + n), x.words(), [&](std::uint64_t d) {
        for (std::uint64_t e = 0; e < experts; ++e) gate[e] += router[e * D + d];
      });
    for (const std::uint32_t e : largest(gate, top_k)) lists[e].push_back(static_cast<std::uint32_t>(n));
  }
  return lists;
}

}  // namespace snnvp::stack3d
