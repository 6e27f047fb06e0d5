// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp::pe_array {

/// What StSAP makes of the lines of one tile (spec/spikex.md 4.5).
struct PairedLines {
  std::uint64_t lines = 0;     ///< not silent
  std::uint64_t bursting = 0;  ///< active in every column; one slot each
  std::uint64_t pairs = 0;
  std::uint64_t slots() const { return lines - pairs; }
};

/// Co-schedules lines whose active windows do not overlap: each non-bursting line, in order, unless already taken, gets the
/// first later free line without a common column as partner.
class LinePairing {
public:
  static constexpr std::uint32_t unlimited = 0;

  /// `cols` 1 to 64; looks at most `depth` non-bursting lines ahead, or at all.
  LinePairing(std::uint32_t cols, std::uint32_t depth);

  /// Bit c of a tag word: the line is active in column c.
  PairedLines pair(const std::vector<std::uint64_t>& tags);

private:
  std::uint64_t pairs_within_depth();
  std::uint64_t pairs_of_bytes();

  std::uint64_t all_;
  std::uint32_t depth_;
  std::vector<std::uint64_t> mixed_;  // neither silent nor bursting
  std::vector<std::uint8_t> taken_;
  std::vector<std::vector<std::uint32_t>> by_tag_;  // lines of each byte-sized tag, ascending
  std::vector<std::size_t> next_;
};

}  // namespace snnvp::pe_array
