// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/d2d_params.h>

#include <array>

#include <fmt/format.h>

namespace snnvp {
namespace {

constexpr std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? crc << 1 ^ 0x8005 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr std::array<std::uint16_t, 256> table = crc_table();

}  // namespace

std::uint16_t crc16(const std::uint8_t* bytes, std::size_t count, std::uint16_t crc) {
  for (std::size_t i = 0; i < count; ++i) crc = static_cast<std::uint16_t>(crc << 8 ^ table[(crc >> 8 ^ bytes[i]) & 0xff]);
  return crc;
}

FlitLayout layout_of(FlitFormat format) {
  switch (format) {
    case FlitFormat::f68: return {64, 2, 2};
    case FlitFormat::f256: return {250, 2, 4};
    default: return {};
  }
}

std::string d2d_problem(const D2dParams& p) {
  if (p.lanes < 1 || p.lanes > 4096) return fmt::format("{} lanes are not in 1..4096", p.lanes);
  if (p.inputs[0] < 1 || p.inputs[1] < 1) return "each die needs an input";
  const UcieParams& u = p.ucie;
  if (!(u.serdes_ratio >= 1.0 / 64 && u.serdes_ratio <= 1024))
    return fmt::format("64 bytes cannot take {} cycles (1/64..1024)", u.serdes_ratio);
  if (u.retry_depth < 1 || u.retry_depth > 128) return "retry_depth must be 1..128: sequence numbers have 8 bits";
  if (u.tx_fifo < 1 || u.rx_fifo < 1) return "FIFOs hold at least one flit";
  for (const BitErrors& e : u.errors) {
    if (!(e.ber >= 0 && e.ber <= 0.5)) return "a bit error rate lies in 0..0.5";
    if (!(e.burst_rate >= 0 && e.burst_rate <= 0.5)) return "a burst rate lies in 0..0.5";
    if (e.burst_rate > 0 && e.burst_bits < 1) return "a burst has at least one bit";
  }
  return {};
}

}  // namespace snnvp
