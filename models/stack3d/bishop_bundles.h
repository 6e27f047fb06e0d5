// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/stack3d/bishop_config.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp::bishop {

/// Spikes as rows of whole words, one row per time step and token, so that rows can be combined word by word.
class SpikeRows {
public:
  /// Features [first, first + count) of packed spikes [T][N][D].
  SpikeRows(const SpikeView& spikes, const Shape& shape, std::uint64_t first, std::uint64_t count);
  SpikeRows(const SpikeView& spikes, const Shape& shape) : SpikeRows(spikes, shape, 0, shape.D) {}

  /// D is the number of features held.
  const Shape& shape() const { return shape_; }
  std::size_t words() const { return words_; }
  const std::uint64_t* row(std::uint64_t t, std::uint64_t n) const { return bits_.data() + (t * shape_.N + n) * words_; }
  bool at(std::uint64_t t, std::uint64_t n, std::uint64_t d) const { return (row(t, n)[d >> 6] >> (d & 63)) & 1U; }
  std::uint64_t ones() const;

private:
  Shape shape_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

/// Token-time bundles (section 4.7): bundle (bt, bn, d) covers time steps bt * bs_t.. and tokens bn * bs_n.. of feature d; its tag is
/// one if it holds a spike. Bundles at the ends are padded with silence.
class BundleTags {
public:
  BundleTags(const SpikeRows& spikes, unsigned bs_t, unsigned bs_n);

  std::uint64_t rows_t() const { return rows_t_; }
  std::uint64_t rows_n() const { return rows_n_; }
  /// Bundles per feature: B.
  std::uint64_t bundles() const { return rows_t_ * rows_n_; }
  std::uint64_t features() const { return active_.size(); }
  /// Tags of one bundle row, a bit per feature.
  const std::uint64_t* row(std::uint64_t bt, std::uint64_t bn) const { return tags_.data() + (bt * rows_n_ + bn) * words_; }
  bool at(std::uint64_t bt, std::uint64_t bn, std::uint64_t d) const { return (row(bt, bn)[d >> 6] >> (d & 63)) & 1U; }
  /// Active bundles of a bundle row over all features: n_ab.
  std::uint64_t active_in_row(std::uint64_t bt, std::uint64_t bn) const;
  /// Active bundles of each feature.
  const std::vector<std::uint32_t>& active() const { return active_; }
  std::uint64_t active_total() const { return active_total_; }

private:
  std::uint64_t rows_t_, rows_n_;
  std::size_t words_;
  std::vector<std::uint64_t> tags_;
  std::vector<std::uint32_t> active_;
  std::uint64_t active_total_ = 0;
};

/// Calls visit(bit) for each one of `words` words, in rising order.
template <class Visit>
void for_each_one(const std::uint64_t* bits, std::size_t words, Visit visit) {
  for (std::size_t w = 0; w < words; ++w)
    for (std::uint64_t left = bits[w]; left != 0; left &= left - 1) visit(w * 64 + static_cast<std::uint64_t>(__builtin_ctzll(left)));
}

}  // namespace snnvp::bishop
