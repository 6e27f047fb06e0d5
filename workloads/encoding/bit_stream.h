// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// Bits, most significant of each field first, in packets whose lengths the link's framing carries.
class BitStream {
public:
  /// Appends the low `count` <= 64 bits of `value`.
  void put(std::uint64_t value, unsigned count) {
    while (count > 0) {
      const unsigned used = static_cast<unsigned>(bits_ & 7);
      if (used == 0) bytes_.push_back(0);
      const unsigned take = count < 8 - used ? count : 8 - used;
      const unsigned piece = static_cast<unsigned>(value >> (count - take)) & ((1U << take) - 1);
      bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | piece << (8 - used - take));
      bits_ += take;
      count -= take;
    }
  }
  /// What was put since the last call is one packet.
  void end_packet() {
    packet_bits_.push_back(static_cast<std::uint32_t>(bits_ - packet_start_));
    packet_start_ = bits_;
  }

  Bits bits() const { return bits_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  const std::vector<std::uint32_t>& packet_bits() const { return packet_bits_; }

private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> packet_bits_;
  Bits bits_ = 0, packet_start_ = 0;
};

/// Counts what a BitStream would hold.
class BitCount {
public:
  void put(std::uint64_t, unsigned count) { bits_ += count; }
  void end_packet() { ++packets_; }
  Bits bits() const { return bits_; }
  std::uint64_t packets() const { return packets_; }

private:
  Bits bits_ = 0;
  std::uint64_t packets_ = 0;
};

/// Reads a BitStream's bits; past the end it reads zeros and is not `good`.
class BitReader {
public:
  BitReader(const std::vector<std::uint8_t>& bytes, Bits bits) : bytes_(bytes), end_(bits) {}

  std::uint64_t get(unsigned count) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++at_) {
      const bool is_inside = at_ < end_;
      good_ = good_ && is_inside;
      value = value << 1 | (is_inside && (bytes_[at_ >> 3] >> (7 - (at_ & 7)) & 1U));
    }
    return value;
  }
  Bits at() const { return at_; }
  bool good() const { return good_; }

private:
  const std::vector<std::uint8_t>& bytes_;
  Bits at_ = 0, end_ = 0;
  bool good_ = true;
};

}  // namespace snnvp
