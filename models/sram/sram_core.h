// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/reservation.h>

namespace snnvp {

/// An on-chip memory macro: how long an access takes and what it counts. Pure C++.
class SramCore {
public:
  struct Params {
    Bytes size = 64 * 1024;       ///< capacity
    Bytes width_bytes = 8;        ///< one port word per cycle
    Cycles latency_cycles = 1;    ///< from the start of an access to its first word
    bool separate_ports = false;  ///< 1r1w: reads and writes do not contend
  };

  /// Throws InputError for a size or width of 0.
  explicit SramCore(const Params& params);

  /// Port words that [address, address + length) touches: unaligned accesses touch one more.
  std::uint64_t words(Address address, Bytes length) const {
    if (length == 0) return 0;
    // Widths are mostly powers of two; a division would be the dearest part of a word access.
    if (width_shift_ >= 0) return ((address + length - 1) >> width_shift_) - (address >> width_shift_) + 1;
    return (address + length - 1) / params_.width_bytes - address / params_.width_bytes + 1;
  }
  /// Books and counts an access that may start at `earliest`; returns the cycle its last word is done. The port
  /// takes one word per cycle; the latency is pipelined.
  Cycles access(bool is_write, Address address, Bytes length, Cycles earliest);
  /// Counts an access that neither waits nor makes others wait.
  void count(bool is_write, Address address, Bytes length) {
    Tally& tally = tallies_[is_write];
    ++tally.accesses;
    tally.bytes += length;
    tally.words += words(address, length);
  }

  /// Counts accesses of one port word each.
  void count_words(bool is_write, std::uint64_t accesses, Bytes bytes) {
    Tally& tally = tallies_[is_write];
    tally.accesses += accesses;
    tally.bytes += bytes;
    tally.words += accesses;
  }

  /// What was read or written. Plain sums: the hot path of a memory has no room for a check, and 2^64 bytes do
  /// not fit into simulated time.
  struct Tally {
    std::uint64_t accesses = 0;
    Bytes bytes = 0;
    std::uint64_t words = 0;  ///< port words touched
  };

  const Params& params() const { return params_; }
  const Tally& reads() const { return tallies_[0]; }
  const Tally& writes() const { return tallies_[1]; }
  Cycles busy_cycles() const { return ports_[0].busy() + ports_[1].busy(); }
  Cycles wait_cycles() const { return ports_[0].waited() + ports_[1].waited(); }
  /// `sram_rd.<bytes>.<bits>` and `sram_wr...` with the suffix `.1r1w` for separate ports (spec/energy.md 6.1).
  EventCounts events() const;
  std::string event_key(bool is_write) const;
  void reset();

private:
  Params params_;
  int width_shift_ = -1;  // log2 of the width, if that is whole
  Tally tallies_[2];      // reads, writes
  Reservation ports_[2];  // [0] serves everything unless reads and writes have a port each
};

}  // namespace snnvp
