// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
    unsigned banks = 1;           ///< port words go round them; each takes one per cycle
    unsigned accesses = 1;        ///< bursts that are served at once, each with one word per cycle
  };

  /// Throws InputError for a size or width of 0, and for banks that the size does not fill.
  explicit SramCore(const Params& params);

  /// Port words that [address, address + length) touches: unaligned accesses touch one more.
  std::uint64_t words(Address address, Bytes length) const {
    if (length == 0) return 0;
    // Widths are mostly powers of two; a division would be the dearest part of a word access.
    if (width_shift_ >= 0) return ((address + length - 1) >> width_shift_) - (address >> width_shift_) + 1;
    return (address + length - 1) / params_.width_bytes - address / params_.width_bytes + 1;
  }
  /// Books and counts an access that may start at `earliest`; returns the cycle its last word is done. A port passes one word per
  /// cycle, in step with others that meet it in no bank; the latency is pipelined.
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
  Cycles busy_cycles() const { return ports_[0].busy() + ports_[1].busy() + banked_busy_; }
  Cycles wait_cycles() const { return ports_[0].waited() + ports_[1].waited() + banked_waited_; }
  /// Bursts that found a bank taken.
  std::uint64_t conflicts() const { return conflicts_; }
  /// `sram_rd.<bytes of a bank>.<bits>` and `sram_wr...` with the suffix `.1r1w` for separate ports (spec/energy.md 6.1).
  EventCounts events() const;
  std::string event_key(bool is_write) const;
  void reset();

private:
  Cycles banked_access(bool is_write, Address address, std::uint64_t beats, Cycles earliest);

  Params params_;
  int width_shift_ = -1;  // log2 of the width, if that is whole
  Tally tallies_[2];      // reads, writes
  Reservation ports_[2];  // [0] serves everything unless reads and writes have a port each
  // With several banks or accesses at once: when each turn and each port is free again; a second half for writes with a port of their own.
  std::vector<Cycles> turn_free_, access_free_;
  Cycles banked_busy_ = 0, banked_waited_ = 0;
  std::uint64_t conflicts_ = 0;
};

}  // namespace snnvp
