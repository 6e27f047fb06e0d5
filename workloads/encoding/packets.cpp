// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/encoding/packets.h>

namespace snnvp {
namespace {

std::uint64_t offset_bits(int offset) { return static_cast<std::uint64_t>(offset) & 0x1ff; }
int offset_of(std::uint64_t bits) { return static_cast<int>(bits & 0xff) - static_cast<int>(bits & 0x100); }

std::uint64_t head(int dx, int dy, unsigned axon, unsigned tick) {
  return offset_bits(dx) << 21 | offset_bits(dy) << 12 | (axon & 0xffU) << 4 | (tick & 0xfU);
}

}  // namespace

std::uint64_t to_bits(const SpikePacket& p) { return head(p.dx, p.dy, p.axon, p.tick); }
std::uint64_t to_bits(const ActPacket& p) { return head(p.dx, p.dy, p.axon, p.tick) << 8 | (p.payload & 0xffU); }

SpikePacket spike_of(std::uint64_t bits) {
  return {offset_of(bits >> 21), offset_of(bits >> 12), static_cast<unsigned>(bits >> 4 & 0xff), static_cast<unsigned>(bits & 0xf)};
}

ActPacket act_of(std::uint64_t bits) {
  const SpikePacket p = spike_of(bits >> 8);
  return {p.dx, p.dy, p.axon, p.tick, static_cast<unsigned>(bits & 0xff)};
}

TypedPacket typed(PacketType type, std::uint64_t bits) {
  TypedPacket packet;
  packet.size = type == PacketType::act ? 5 : 4;
  bits |= static_cast<std::uint64_t>(type) << (8 * packet.size - packet_type_bits);
  for (unsigned i = 0; i < packet.size; ++i) packet.bytes[i] = static_cast<std::uint8_t>(bits >> 8 * (packet.size - 1 - i));
  return packet;
}

PacketType type_of(const TypedPacket& packet) { return static_cast<PacketType>(packet.bytes[0] >> 6); }

std::uint64_t bits_of(const TypedPacket& packet) {
  std::uint64_t bits = packet.bytes[0] & 0x3fU;
  for (unsigned i = 1; i < packet.size; ++i) bits = bits << 8 | packet.bytes[i];
  return bits;
}

}  // namespace snnvp
