// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// What stands in a frame (README.md of this folder). Everything a switch decides, it reads from these bytes.
namespace snnvp::net {

enum class FrameFormat {
  ethernet,  ///< 802.1Q-tagged frame, 64 bytes at least; 8 bytes preamble and 12 bytes gap on the wire
  noc,       ///< one 64-bit word
  aer        ///< one 32-bit word: an address event
};

/// Where a frame goes and how urgent it is.
struct FrameHeader {
  std::uint32_t group = 0;    ///< multicast group: ethernet 16 bits, noc 14 bits; aer has none
  std::uint8_t priority = 0;  ///< 0..7 (PCP); noc 0..3; aer has none
};

/// A spike as a pi^2 frame carries it: body of 8 bytes (spec/pi2.md 2).
struct SpikeBody {
  std::uint8_t layer = 0;
  bool minus = false;
  std::uint16_t window = 0;  ///< flags: number of the inference; noc has 8 bits of it, aer none (nor a layer)
  std::uint32_t neuron = 0;  ///< noc and aer: 31 bits
};

/// Bytes of a frame in memory, without what is on the wire only.
Bytes frame_bytes(FrameFormat format);
/// Bytes around a frame on the wire: preamble and gap.
Bytes wire_overhead(FrameFormat format);
/// Bytes from the start of the frame on the wire until a cut-through switch knows where it goes.
Bytes header_bytes(FrameFormat format);

std::vector<std::uint8_t> make_spike_frame(FrameFormat format, const FrameHeader& header, const SpikeBody& body);
/// An Ethernet frame of `bytes` bytes (64 at least) with nothing in it.
std::vector<std::uint8_t> make_frame(const FrameHeader& header, Bytes bytes);

/// False if the bytes are no frame of that format (too short, not tagged, not a multicast address of ours).
bool parse_header(FrameFormat format, const std::uint8_t* data, Bytes length, FrameHeader& header);
bool parse_spike(FrameFormat format, const std::uint8_t* data, Bytes length, SpikeBody& body);

/// The format of that name (ethernet, noc, aer).
FrameFormat format_of(const std::string& name);

}  // namespace snnvp::net
