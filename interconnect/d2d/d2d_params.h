// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// What a die-to-die link is (spec/chiplet.md 3, 4.6, 4.7, 5.3; decision 38). Plain data, no SystemC.
namespace snnvp {

enum class LinkKind { emio_serial, parallel, ucie };
enum class FlitFormat { raw64, f68, f256 };
enum class ReplayScheme { go_back_n, selective };
enum class CrcCheck { real, ideal };

/// Bytes of a flit: header, payload, CRC.
struct FlitLayout {
  unsigned payload = 64, header = 0, crc = 0;
  unsigned bytes() const { return payload + header + crc; }
  unsigned bits() const { return 8 * bytes(); }
  /// It carries sequence numbers and a CRC, so that it can be replayed.
  bool is_protected() const { return crc != 0; }
};
FlitLayout layout_of(FlitFormat format);

/// Errors on one direction of the wires.
struct BitErrors {
  double ber = 0;            ///< each bit flips on its own
  double burst_rate = 0;     ///< a burst begins at any bit with this probability
  unsigned burst_bits = 16;  ///< and inverts so many bits, at most to the end of the flit
};

/// The UCIe-style part of a link. Cycles are those of the link's clock.
struct UcieParams {
  FlitFormat flit = FlitFormat::raw64;
  ReplayScheme replay = ReplayScheme::go_back_n;
  CrcCheck crc = CrcCheck::real;
  double serdes_ratio = 4;                  ///< cycles that 64 bytes occupy the wires
  BitErrors errors[2];                      ///< of a -> b and b -> a
  unsigned retry_depth = 64;                ///< flits that may wait for their acknowledgement, 1..128
  unsigned tx_fifo = 16;                    ///< closed flits that wait for the wires
  unsigned rx_fifo = 16;                    ///< flits that a receiver may leave lying
  Cycles ack_cycles = 32;                   ///< an acknowledgement waits so long for a flit to ride on
  unsigned ack_every = 16;                  ///< flits after which it waits no longer; at most half the retry depth is used
  std::optional<Cycles> timeout_cycles;     ///< reply time-out; default: twice the longest unhurried answer
  std::vector<std::uint64_t> bad_flits[2];  ///< wire positions that are damaged whatever the rates, for tests; ascending
};

struct D2dParams {
  LinkKind kind = LinkKind::emio_serial;
  unsigned lanes = 1;         ///< L of emio_serial
  Cycles mux_cycles = 1;      ///< t_mux
  Cycles channel_cycles = 4;  ///< t_ch, flight time of emio_serial and parallel
  bool fixed_slot = true;     ///< emio: a packet of up to 5 bytes takes 38 bits, whatever it is
  Cycles flush_cycles = 8;    ///< a partly filled flit waits so long for more
  unsigned inputs[2] = {1, 1};
  std::uint64_t seed = 1;
  UcieParams ucie;
};

/// What cannot be built; empty if it can.
std::string d2d_problem(const D2dParams& params);

/// Bits of a packet on an EMIO wire: the 38-bit slot, or 30 (4 bytes: SPIKE, EOW), 38 (5 bytes: ACT), else all its bits.
inline unsigned emio_bits(const D2dParams& params, unsigned bytes) {
  if (bytes > 5) return 8 * bytes;
  return params.fixed_slot || bytes == 5 ? 38 : bytes == 4 ? 30 : 8 * bytes;
}

/// CRC-16, polynomial 0x8005, initial value 0, no reflection, no final XOR (spec/chiplet.md 4.7).
std::uint16_t crc16(const std::uint8_t* bytes, std::size_t count, std::uint16_t crc = 0);

}  // namespace snnvp
