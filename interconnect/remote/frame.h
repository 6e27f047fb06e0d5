// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// The protocol between two simulators, version 1 (README.md of this folder). Everything is little-endian.
namespace snnvp::remote {

enum class FrameType : std::uint16_t { hello = 1, request, response, debug_request, debug_response, irq, sync, bye, count_ };

constexpr std::uint32_t magic = 0x50564E53;  // "SNVP"
constexpr std::uint16_t version = 1;
constexpr Bytes header_bytes = 32;
constexpr Bytes max_payload = Bytes{64} << 20;
/// Data of one transaction; a frame also holds byte enables and a head.
constexpr Bytes max_data = Bytes{16} << 20;

struct Frame {
  FrameType type = FrameType::sync;
  std::uint64_t id = 0;
  Picoseconds time = 0;
  std::vector<std::uint8_t> payload;
};

/// The bytes of a frame's header.
std::array<std::uint8_t, header_bytes> encode_header(const Frame& frame);
/// Reads a header; `length` is that of the payload to follow. What is wrong with it in words, or empty.
std::string decode_header(const std::array<std::uint8_t, header_bytes>& bytes, Frame& frame, Bytes& length);

struct Hello {
  Picoseconds quantum = 0;
  std::string name;
};
/// An access as it crosses; data of a write, or room for a read.
struct Access {
  enum Command : std::uint8_t { read = 0, write = 1 };
  std::uint8_t command = read;
  std::uint32_t length = 0, streaming_width = 0;
  Address address = 0;
  std::vector<std::uint8_t> data, byte_enables;
};
struct Answer {
  std::int32_t status = 0;  ///< tlm_response_status; of a debug access the number of bytes
  std::vector<std::uint8_t> data;
};

std::vector<std::uint8_t> encode(const Hello& hello);
std::vector<std::uint8_t> encode(const Access& access);
std::vector<std::uint8_t> encode(const Answer& answer);
/// False: the payload is not what its type says.
bool decode(const std::vector<std::uint8_t>& payload, Hello& hello);
bool decode(const std::vector<std::uint8_t>& payload, Access& access);
bool decode(const std::vector<std::uint8_t>& payload, Answer& answer);

}  // namespace snnvp::remote
