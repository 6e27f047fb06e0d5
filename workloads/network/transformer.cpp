// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/network/transformer.h>

#include <algorithm>

namespace snnvp {
namespace {

std::int64_t limited(std::int64_t value, unsigned bits) {
  const std::int64_t most = (std::int64_t{1} << (bits - 1)) - 1;
  return std::min(std::max(value, -most - 1), most);
}

/// Indices of the largest scores, ascending; of equal ones the lower index.
template <typename Score>
std::vector<std::uint32_t> best(const std::vector<Score>& scores, std::uint64_t count) {
  std::vector<std::uint32_t> chosen;
  std::vector<bool> taken(scores.size());
  while (chosen.size() < count) {
    std::size_t next = scores.size();
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (!taken[i] && (next == scores.size() || scores[i] > scores[next])) next = i;
    taken[next] = true;
    chosen.push_back(static_cast<std::uint32_t>(next));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// Features [first, first + count) of rows of `width` features.
SpikeBytes columns(const SpikeBytes& x, std::uint64_t width, std::uint64_t first, std::uint64_t count) {
  SpikeBytes out;
  for (std::uint64_t row = 0; row < x.size() / width; ++row)
    out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(row * width + first),
               x.begin() + static_cast<std::ptrdiff_t>(row * width + first + count));
  return out;
}

/// The rows of one token over all times.
SpikeBytes token_rows(const SpikeBytes& x, std::uint64_t T, std::uint64_t tokens, std::uint64_t D, std::uint64_t token) {
  SpikeBytes out;
  for (std::uint64_t t = 0; t < T; ++t) {
    const auto from = x.begin() + static_cast<std::ptrdiff_t>((t * tokens + token) * D);
    out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(D));
  }
  return out;
}

std::vector<std::int64_t> product(const SpikeBytes& x, std::uint64_t positions, std::uint64_t inputs, std::uint64_t outputs,
                                  const std::int8_t* weights) {
  std::vector<std::int64_t> sums(positions * outputs);
  std::vector<std::uint64_t> on;
  for (std::uint64_t p = 0; p < positions; ++p) {
    on.clear();
    for (std::uint64_t i = 0; i < inputs; ++i)
      if (x[p * inputs + i] != 0) on.push_back(i);
    for (std::uint64_t o = 0; o < outputs; ++o) {
      std::int32_t sum = 0;
      for (const std::uint64_t i : on) sum += weights[o * inputs + i];
      sums[p * outputs + o] = sum;
    }
  }
  return sums;
}

}  // namespace

SpikeBytes golden_fire(const NeuronRecord& n, std::uint64_t T, std::uint64_t tokens, std::uint64_t features,
                       const std::vector<std::int32_t>& sums) {
  SpikeBytes out(sums.size());
  const std::uint64_t neurons = tokens * features;
  for (std::uint64_t i = 0; i < neurons; ++i) {
    std::int64_t v = 0;
    for (std::uint64_t t = 0; t < T; ++t) {
      if (n.leak == NeuronRecord::Leak::multiply) v = v * n.leak_value / 65536;
      if (n.leak == NeuronRecord::Leak::subtract) v -= n.leak_value;
      v = limited(v + sums[t * neurons + i], n.width_bits);
      if (v <= n.threshold) continue;
      out[t * neurons + i] = 1;
      v = n.reset == NeuronRecord::Reset::zero ? 0 : limited(v - n.threshold, n.width_bits);
    }
  }
  return out;
}

std::vector<std::int32_t> golden_projection(const SpikeBytes& x, std::uint64_t positions, std::uint64_t inputs, std::uint64_t outputs,
                                            const std::int8_t* weights, unsigned psum_bits) {
  std::vector<std::int32_t> sums;
  for (const std::int64_t sum : product(x, positions, inputs, outputs, weights))
    sums.push_back(static_cast<std::int32_t>(limited(sum, psum_bits)));
  return sums;
}

std::vector<std::int32_t> golden_attention(const SpikeBytes& q, const SpikeBytes& k, const SpikeBytes& v, std::uint64_t T,
                                           std::uint64_t tokens, std::uint64_t d) {
  std::vector<std::int32_t> y(T * tokens * d), a(tokens * tokens);
  for (std::uint64_t t = 0; t < T; ++t) {
    const std::uint64_t base = t * tokens * d;
    for (std::uint64_t i = 0; i < tokens; ++i)
      for (std::uint64_t j = 0; j < tokens; ++j) {
        std::int32_t sum = 0;
        for (std::uint64_t f = 0; f < d; ++f) sum += q[base + i * d + f] * k[base + j * d + f];
        a[i * tokens + j] = sum;
      }
    for (std::uint64_t i = 0; i < tokens; ++i)
      for (std::uint64_t j = 0; j < tokens; ++j)
        for (std::uint64_t f = 0; f < d; ++f) y[base + i * d + f] += a[i * tokens + j] * v[base + j * d + f];
  }
  return y;
}

GoldenMha golden_mha(const TransformerGeometry& g, const TransformerArithmetic& a, const SpikeBytes& x, const std::int8_t* wq,
                     const std::int8_t* wk, const std::int8_t* wv) {
  const std::uint64_t positions = g.T * g.tokens, d = g.D / g.heads;
  GoldenMha result;
  const auto project = [&](const std::int8_t* weights) {
    return golden_fire(a.neuron, g.T, g.tokens, g.D, golden_projection(x, positions, g.D, g.D, weights, a.psum_bits));
  };
  const SpikeBytes q = project(wq), k = project(wk), v = project(wv);
  for (std::uint64_t h = 0; h < g.heads; ++h) {
    std::uint64_t score = 0;
    for (const std::uint8_t spike : columns(q, g.D, h * d, d)) score += spike;
    result.scores.push_back(score);
  }
  result.kept = best(result.scores, g.kept);
  result.out.assign(positions * g.D, 0);
  for (const std::uint32_t h : result.kept) {
    std::vector<std::int32_t> z =
        golden_attention(columns(q, g.D, h * d, d), columns(k, g.D, h * d, d), columns(v, g.D, h * d, d), g.T, g.tokens, d);
    for (std::int32_t& value : z) value >>= g.scale_shift;
    const SpikeBytes o = golden_fire(a.neuron, g.T, g.tokens, d, z);
    for (std::uint64_t p = 0; p < positions; ++p)
      for (std::uint64_t f = 0; f < d; ++f) result.out[p * g.D + h * d + f] = o[p * d + f];
  }
  return result;
}

GoldenMoe golden_moe(const TransformerGeometry& g, const TransformerArithmetic& a, const SpikeBytes& x, const std::int8_t* router,
                     const std::int8_t* w1, const std::int8_t* w2) {
  using Merge = TransformerGeometry::Merge;
  const bool merges_sums = g.merge == Merge::place || g.merge == Merge::psum_sum;
  GoldenMoe result;
  result.tokens_of.resize(g.experts);
  result.out.assign(g.T * g.tokens * g.D, 0);
  if (merges_sums) result.sums.assign(g.T * g.tokens * g.D, 0);
  for (std::uint64_t n = 0; n < g.tokens; ++n) {
    const SpikeBytes rows = token_rows(x, g.T, g.tokens, g.D, n);
    std::vector<std::int64_t> gate(g.experts);
    for (std::uint64_t d = 0; d < g.D; ++d) {
      std::int64_t rate = 0;
      for (std::uint64_t t = 0; t < g.T; ++t) rate += rows[t * g.D + d];
      for (std::uint64_t e = 0; e < g.experts; ++e) gate[e] += router[e * g.D + d] * rate;
    }
    std::vector<std::int64_t> sums(g.T * g.D);
    for (const std::uint32_t e : best(gate, g.top_k)) {
      result.tokens_of[e].push_back(static_cast<std::uint32_t>(n));
      const SpikeBytes hidden =
          golden_fire(a.neuron, g.T, 1, g.hidden, golden_projection(rows, g.T, g.D, g.hidden, w1 + e * g.hidden * g.D, a.psum_bits));
      const std::vector<std::int64_t> second = product(hidden, g.T, g.hidden, g.D, w2 + e * g.D * g.hidden);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += second[i];
      if (merges_sums) continue;
      std::vector<std::int32_t> own;
      for (const std::int64_t sum : second) own.push_back(static_cast<std::int32_t>(limited(sum, a.psum_bits)));
      const SpikeBytes fired = golden_fire(a.neuron, g.T, 1, g.D, own);
      for (std::uint64_t t = 0; t < g.T; ++t)
        for (std::uint64_t d = 0; d < g.D; ++d) {
          std::uint8_t& out = result.out[(t * g.tokens + n) * g.D + d];
          out = static_cast<std::uint8_t>(g.merge == Merge::spike_sum ? out + fired[t * g.D + d] : out | fired[t * g.D + d]);
        }
    }
    if (!merges_sums) continue;
    std::vector<std::int32_t> merged;
    for (const std::int64_t sum : sums) merged.push_back(static_cast<std::int32_t>(limited(sum, a.psum_bits)));
    const SpikeBytes fired = golden_fire(a.neuron, g.T, 1, g.D, merged);
    for (std::uint64_t t = 0; t < g.T; ++t)
      for (std::uint64_t d = 0; d < g.D; ++d) {
        const std::uint64_t at = (t * g.tokens + n) * g.D + d;
        result.sums[at] = merged[t * g.D + d];
        result.out[at] = fired[t * g.D + d];
      }
  }
  return result;
}

}  // namespace snnvp
