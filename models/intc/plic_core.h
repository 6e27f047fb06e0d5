// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Platform-level interrupt controller (RISC-V PLIC 1.0): levels in, one request line per context out. Pure C++.
class PlicCore {
public:
  static constexpr Bytes window = Bytes{6} << 20;

  /// Sources 1 to `sources`, priorities 0 (never) to `priorities`.
  PlicCore(unsigned sources, unsigned contexts, unsigned priorities);

  void set_level(unsigned source, bool level);
  /// Is a source pending and enabled above the threshold of this context?
  bool requests(unsigned context) const { return best(context) != 0; }

  /// Is there a register at this word offset?
  bool exists(Address offset) const;
  std::uint32_t read(Address offset);
  /// A word at the offset used last that reading does not change; null if it is no such word.
  const std::uint32_t* polled(Address offset) const { return offset == last_offset_ ? last_word_ : nullptr; }
  std::uint32_t peek(Address offset) const;
  void write(Address offset, std::uint32_t value);
  void reset();
  std::uint64_t claims() const { return claims_; }

private:
  enum class Part { none, priority, pending, enable, threshold, claim };
  struct Place {
    Part part = Part::none;
    unsigned context = 0, index = 0;
  };
  Place decode(Address offset) const;
  /// As decode; a program mostly asks for the same register again.
  const Place& place_of(Address offset) const {
    if (offset != last_offset_) find(offset);
    return last_place_;
  }
  void find(Address offset) const;
  std::uint32_t value_at(Address offset) const;
  unsigned best(unsigned context) const;
  unsigned words() const { return sources_ / 32 + 1; }

  unsigned sources_, contexts_, priorities_;
  std::vector<std::uint32_t> priority_, pending_, threshold_;
  std::vector<std::vector<std::uint32_t>> enable_;  // by context
  std::vector<bool> level_, in_service_;            // a claimed source waits for its completion
  std::uint64_t claims_ = 0;
  mutable Address last_offset_ = 1;  // 1: none
  mutable Place last_place_;
  mutable const std::uint32_t* last_word_ = nullptr;  // stored there; null: computed, or none
};

}  // namespace snnvp
