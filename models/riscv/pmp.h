// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace snnvp::riscv {

enum class Access : std::uint8_t { read, write, execute };

/// Physical memory protection: 16 entries (or none), 4-byte grain, OFF, TOR, NA4 and NAPOT, lock bits.
class Pmp {
public:
  explicit Pmp(unsigned entries) : entries_(entries) {}

  /// Does the range pass? The lowest entry that matches any byte decides, and must cover all bytes. Without a match machine mode
  /// passes and user mode fails (user mode passes too if no entry exists).
  bool allows(std::uint32_t address, std::uint32_t bytes, Access access, bool machine) const;
  /// Is the answer of `allows` the same for every access inside the range? Then `allows` of the whole range is that answer.
  bool is_uniform(std::uint32_t address, std::uint32_t bytes) const;

  std::uint32_t config(unsigned word) const;
  std::uint32_t address(unsigned entry) const { return entry < entries_ ? address_[entry] : 0; }
  /// Locked entries keep their values; R=0 W=1 keeps the old entry. Returns whether anything changed.
  bool set_config(unsigned word, std::uint32_t value);
  bool set_address(unsigned entry, std::uint32_t value);
  void reset();

private:
  struct Range {
    std::uint64_t first = 0, end = 0;  // [first, end)
  };
  bool is_locked(unsigned entry) const { return config_[entry] >> 7 & 1; }
  void refresh();

  unsigned entries_;
  std::array<std::uint8_t, 16> config_{};
  std::array<std::uint32_t, 16> address_{};
  std::array<Range, 16> ranges_{};  // empty: off
  unsigned active_ = 0;
};

}  // namespace snnvp::riscv
