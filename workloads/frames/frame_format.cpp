// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/frames/frame_format.h>

#include <algorithm>
#include <stdexcept>

namespace snnvp::net {
namespace {

constexpr Bytes ethernet_smallest = 64;                             // with the check sequence
constexpr Bytes ethernet_head = 18;                                 // two addresses, tag, type
constexpr std::uint8_t address_head[4] = {0x03, 0x53, 0x4E, 0x00};  // locally administered multicast; the group follows
constexpr std::uint8_t type_high = 0x88, type_low = 0xB5;           // IEEE local experimental ethertype

void put32(std::uint8_t* at, std::uint32_t v) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(v >> 8 * i);
}
std::uint32_t get32(const std::uint8_t* at) {
  return at[0] | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[3]} << 24;
}

}  // namespace

Bytes frame_bytes(FrameFormat format) { return format == FrameFormat::ethernet ? ethernet_smallest : format == FrameFormat::noc ? 8 : 4; }
Bytes wire_overhead(FrameFormat format) { return format == FrameFormat::ethernet ? 20 : 0; }
Bytes header_bytes(FrameFormat format) { return format == FrameFormat::ethernet ? 8 + ethernet_head : frame_bytes(format); }

std::vector<std::uint8_t> make_frame(const FrameHeader& header, Bytes bytes) {
  std::vector<std::uint8_t> f(std::max(bytes, ethernet_smallest));
  std::copy(address_head, address_head + 4, f.begin());
  f[4] = static_cast<std::uint8_t>(header.group >> 8);
  f[5] = static_cast<std::uint8_t>(header.group);
  f[6] = 0x02;  // a locally administered source
  f[12] = 0x81;
  f[14] = static_cast<std::uint8_t>((header.priority & 7) << 5);
  f[16] = type_high;
  f[17] = type_low;
  return f;
}

std::vector<std::uint8_t> make_spike_frame(FrameFormat format, const FrameHeader& header, const SpikeBody& body) {
  const std::uint32_t event = body.neuron << 1 | (body.minus ? 1 : 0);
  if (format == FrameFormat::ethernet) {
    std::vector<std::uint8_t> f = make_frame(header, ethernet_smallest);
    std::uint8_t* b = f.data() + ethernet_head;
    b[0] = body.layer;
    b[1] = body.minus ? 1 : 0;
    b[2] = static_cast<std::uint8_t>(body.window);
    b[3] = static_cast<std::uint8_t>(body.window >> 8);
    put32(b + 4, body.neuron);
    return f;
  }
  std::vector<std::uint8_t> f(frame_bytes(format));
  put32(f.data(), event);
  if (format == FrameFormat::noc)
    put32(f.data() + 4,
          body.layer | std::uint32_t{body.window & 0xFFu} << 8 | (header.group & 0x3FFF) << 16 | std::uint32_t{header.priority & 3u} << 30);
  return f;
}

bool parse_header(FrameFormat format, const std::uint8_t* data, Bytes length, FrameHeader& header) {
  if (length < frame_bytes(format)) return false;
  header = FrameHeader();
  if (format == FrameFormat::ethernet) {
    if (!std::equal(address_head, address_head + 4, data) || data[12] != 0x81 || data[13] != 0) return false;
    header.group = std::uint32_t{data[4]} << 8 | data[5];
    header.priority = data[14] >> 5;
  } else if (format == FrameFormat::noc) {
    const std::uint32_t high = get32(data + 4);
    header.group = high >> 16 & 0x3FFF;
    header.priority = static_cast<std::uint8_t>(high >> 30);
  }
  return true;
}

bool parse_spike(FrameFormat format, const std::uint8_t* data, Bytes length, SpikeBody& body) {
  FrameHeader header;
  if (!parse_header(format, data, length, header)) return false;
  body = SpikeBody();
  if (format == FrameFormat::ethernet) {
    if (data[16] != type_high || data[17] != type_low) return false;
    const std::uint8_t* b = data + ethernet_head;
    if (b[1] > 1) return false;
    body.layer = b[0];
    body.minus = b[1] != 0;
    body.window = static_cast<std::uint16_t>(b[2] | b[3] << 8);
    body.neuron = get32(b + 4);
    return true;
  }
  const std::uint32_t event = get32(data);
  body.neuron = event >> 1;
  body.minus = (event & 1) != 0;
  if (format == FrameFormat::noc) {
    body.layer = data[4];
    body.window = data[5];
  }
  return true;
}

FrameFormat format_of(const std::string& name) {
  if (name == "ethernet") return FrameFormat::ethernet;
  if (name == "noc") return FrameFormat::noc;
  if (name == "aer") return FrameFormat::aer;
  throw std::logic_error("no frame format " + name);
}

}  // namespace snnvp::net
