// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace snnvp::riscv {

/// Shape of a cache; `size` 0 = none. All powers of two, line of at least 4 bytes.
struct CacheParams {
  std::uint32_t size = 0, line = 32, ways = 1;
  unsigned penalty = 20;  ///< cycles of a miss
};

/// Tags of a set-associative cache with LRU replacement; data always comes from memory. Writes allocate and write back for free.
class CacheModel {
public:
  explicit CacheModel(const CacheParams& params);

  bool is_on() const { return ways_ != 0; }
  unsigned penalty() const { return penalty_; }
  std::uint32_t line_mask() const { return line_mask_; }
  unsigned line_shift() const { return line_shift_; }
  std::uint32_t sets() const { return set_mask_ + 1; }
  /// Looks the line of an address up and returns the cycles that costs: 0 on a hit.
  unsigned access(std::uint32_t address) {
    const std::uint32_t line = address >> line_shift_;
    std::uint32_t* set = &tags_[(line & set_mask_) * ways_];
    if (set[0] == line) return ++hits_, 0;
    if (ways_ != 1) return search(set, line);
    set[0] = line;
    return ++misses_, penalty_;
  }
  /// Is the line of an address the one its set used last? Then another access to it changes nothing.
  bool is_first(std::uint32_t address) const {
    const std::uint32_t line = address >> line_shift_;
    return tags_[(line & set_mask_) * ways_] == line;
  }
  /// Changes whenever some set has another line first.
  std::uint64_t version() const { return misses_ + reorders_; }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }
  void reset();

private:
  unsigned search(std::uint32_t* set, std::uint32_t line);

  unsigned ways_ = 0, penalty_ = 0, line_shift_ = 0;
  std::uint32_t set_mask_ = 0, line_mask_ = 0;
  std::vector<std::uint32_t> tags_;  // by set, most recent first; all ones: empty
  std::uint64_t hits_ = 0, misses_ = 0;
  std::uint64_t reorders_ = 1;  // hits that brought another line to the front
};

}  // namespace snnvp::riscv
