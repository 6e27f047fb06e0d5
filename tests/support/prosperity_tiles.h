// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/prosperity/prefix_search.h>

namespace snnvp::test {

/// A tile as plain bits, and conversions to and from the row words.
struct BitTile {
  std::uint32_t rows = 0, cols = 0;
  std::vector<std::uint8_t> bits;  ///< row by row, 0 or 1

  BitTile(std::uint32_t row_count, std::uint32_t columns) : rows(row_count), cols(columns), bits(std::size_t{row_count} * columns) {}
  std::uint8_t& at(std::uint32_t i, std::uint32_t k) { return bits[std::size_t{i} * cols + k]; }
  std::uint8_t at(std::uint32_t i, std::uint32_t k) const { return bits[std::size_t{i} * cols + k]; }
};

inline void set_bit(std::uint16_t& word, std::uint32_t k) { word = static_cast<std::uint16_t>(word | 1U << k); }
inline void set_bit(std::uint64_t& word, std::uint32_t k) { word |= std::uint64_t{1} << k; }
inline void set_bit(prosperity::Row128& word, std::uint32_t k) { set_bit(k < 64 ? word.lo : word.hi, k % 64); }
inline bool get_bit(std::uint64_t word, std::uint32_t k) { return (word >> k) & 1U; }
inline bool get_bit(const prosperity::Row128& word, std::uint32_t k) { return get_bit(k < 64 ? word.lo : word.hi, k % 64); }

template <class Word>
std::vector<Word> words_of(const BitTile& tile) {
  std::vector<Word> words(tile.rows);
  for (std::uint32_t i = 0; i < tile.rows; ++i) {
    for (std::uint32_t k = 0; k < tile.cols; ++k) {
      if (tile.at(i, k)) set_bit(words[i], k);
    }
  }
  return words;
}

template <class Word>
BitTile tile_of(const Word* words, std::uint32_t rows, std::uint32_t cols) {
  BitTile tile(rows, cols);
  for (std::uint32_t i = 0; i < rows; ++i) {
    for (std::uint32_t k = 0; k < cols; ++k) tile.at(i, k) = get_bit(words[i], k);
  }
  return tile;
}

}  // namespace snnvp::test
