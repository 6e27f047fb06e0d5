// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace snnvp::stack3d {

/// Spikes as rows of 64-bit words, one row per token and time (row t * tokens + n), features innermost: what a spike buffer holds.
class BitRows {
public:
  BitRows() = default;
  BitRows(std::uint64_t rows, std::uint64_t bits) : bits_(bits), words_((bits + 63) / 64), store_(rows * words_) {}

  std::uint64_t rows() const { return words_ == 0 ? 0 : store_.size() / words_; }
  std::uint64_t bits() const { return bits_; }
  std::uint64_t words() const { return words_; }
  const std::uint64_t* row(std::uint64_t r) const { return store_.data() + r * words_; }
  std::uint64_t* row(std::uint64_t r) { return store_.data() + r * words_; }
  bool at(std::uint64_t r, std::uint64_t bit) const { return (row(r)[bit >> 6] >> (bit & 63) & 1) != 0; }
  void set(std::uint64_t r, std::uint64_t bit) { row(r)[bit >> 6] |= std::uint64_t{1} << (bit & 63); }
  std::uint64_t count() const {
    std::uint64_t ones = 0;
    for (const std::uint64_t word : store_) ones += static_cast<std::uint64_t>(__builtin_popcountll(word));
    return ones;
  }
  std::uint64_t row_count(std::uint64_t r) const {
    std::uint64_t ones = 0;
    for (std::uint64_t w = 0; w < words_; ++w) ones += static_cast<std::uint64_t>(__builtin_popcountll(row(r)[w]));
    return ones;
  }

  /// From and to packed bits in C order of [rows][bits], the format of tensors in memory.
  void load(const std::uint8_t* packed);
  void store(std::uint8_t* packed) const;

private:
  std::uint64_t bits_ = 0, words_ = 0;
  std::vector<std::uint64_t> store_;
};

}  // namespace snnvp::stack3d
