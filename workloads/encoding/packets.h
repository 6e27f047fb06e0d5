// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

// Packets of a network of chiplets, bit-exact (spec/chiplet.md 4.2). Offsets are in tiles from the current tile, so that one
// address space spans all dies.
namespace snnvp {

enum class PacketType : std::uint8_t { spike = 0, act = 1, end_of_window = 2, group = 3 };

constexpr unsigned spike_packet_bits = 30, act_packet_bits = 38, group_header_bits = 26, packet_type_bits = 2;
/// Largest offset of a packet, in tiles: 9-bit two's complement.
constexpr int max_packet_offset = 255;

/// SPIKE: dx[29:21] dy[20:12] axon[11:4] tick[3:0]. An end of window (EOW) has the same fields, `axon` = source core modulo 256.
struct SpikePacket {
  int dx = 0, dy = 0;           ///< -256..255
  unsigned axon = 0, tick = 0;  ///< 8 and 4 bits
};
/// ACT: the fields of SPIKE, then payload[7:0].
struct ActPacket {
  int dx = 0, dy = 0;
  unsigned axon = 0, tick = 0, payload = 0;
};

std::uint64_t to_bits(const SpikePacket& packet);
std::uint64_t to_bits(const ActPacket& packet);
SpikePacket spike_of(std::uint64_t bits);
ActPacket act_of(std::uint64_t bits);

/// On links that mix kinds without framing a 2-bit type stands first: 4 bytes for SPIKE and EOW, 5 for ACT, big endian.
struct TypedPacket {
  std::array<std::uint8_t, 5> bytes{};
  unsigned size = 0;
};
TypedPacket typed(PacketType type, std::uint64_t bits);
PacketType type_of(const TypedPacket& packet);
/// The packet without its type.
std::uint64_t bits_of(const TypedPacket& packet);

}  // namespace snnvp
