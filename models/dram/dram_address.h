// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/models/dram/dram_timing.h>
#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Where a burst lies.
struct DramPlace {
  std::uint32_t unit = 0;  ///< pseudo-channel, over all channels
  std::uint32_t rank = 0;
  std::uint32_t bank = 0;  ///< of the rank: group * banks per group + bank of the group
  std::uint32_t row = 0;
  std::uint32_t column = 0;  ///< in bursts
};

/// Takes addresses apart. A mapping names the parts from the most to the least significant, each once: `ro` row, `ra` rank, `ba` bank of a
/// group, `bg` bank group, `co` column, `ch` channel and pseudo-channel. Parts need not be powers of two.
class DramAddressMap {
public:
  static constexpr const char* default_mapping = "ro_ra_ba_co_bg_ch";

  /// Throws InputError for a mapping that does not name each part once, or more rows than 2^32.
  DramAddressMap(const std::string& mapping, const DramTiming& timing, unsigned channels, unsigned ranks, Bytes size);

  /// The burst at this address; beyond the size it wraps.
  DramPlace place(Address address) const {
    std::uint64_t rest = burst_shift_ >= 0 ? address >> burst_shift_ : address / burst_bytes_;
    std::uint32_t value[parts];
    for (const Part& part : order_) {
      const std::uint64_t quotient = part.shift >= 0 ? rest >> part.shift : rest / part.radix;
      value[part.index] = static_cast<std::uint32_t>(rest - (part.shift >= 0 ? quotient << part.shift : quotient * part.radix));
      rest = quotient;
    }
    return {value[channel], value[rank], value[group] * banks_per_group_ + value[bank], value[row], value[column]};
  }

  /// The reverse of place().
  Address address(const DramPlace& place) const;

  /// What is wrong with a mapping, in words, or empty.
  static std::string problem(const std::string& mapping);

private:
  enum : std::uint8_t { row, rank, bank, group, column, channel, parts };
  struct Part {
    std::uint64_t radix = 1;
    int shift = 0;  // log2 of the radix, if that is whole, else -1
    std::uint8_t index = 0;
  };
  static std::vector<std::uint8_t> parse(const std::string& mapping, std::string& problem);

  std::array<Part, parts> order_{};  // from the least significant
  Bytes burst_bytes_;
  int burst_shift_;
  std::uint32_t banks_per_group_;
};

}  // namespace snnvp
