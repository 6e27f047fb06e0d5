// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// One pseudo-channel of a DRAM device: organisation, and every timing in its own clocks. Where a pair of bank groups matters,
/// `_s` is between different groups, `_l` within one; devices without groups have both equal. Sources: dram_timing.cpp, per line.
struct DramTiming {
  const char* preset;
  Picoseconds clock_ps;      ///< tCK
  unsigned pseudo_channels;  ///< of one channel, each with its own banks, data bus and queue
  unsigned bank_groups, banks_per_group;
  Bytes burst_bytes;  ///< of one read or write command
  Bytes row_bytes;    ///< of one bank
  bool split_bus;     ///< row and column commands have a bus each

  std::uint32_t burst;                ///< data bus taken by one burst
  std::uint32_t cl, cwl;              ///< command to first data: reads, writes
  std::uint32_t rcd_rd, rcd_wr;       ///< activation to read, to write
  std::uint32_t rp, rp_all;           ///< precharge of one bank, of all
  std::uint32_t ras, rc;              ///< activation to precharge, to the next activation of the bank
  std::uint32_t rrd_s, rrd_l;         ///< activation to activation of another bank
  std::uint32_t faw;                  ///< window of at most four activations
  std::uint32_t ccd_s, ccd_l;         ///< column command to column command
  std::uint32_t rtp;                  ///< read to precharge
  std::uint32_t wr;                   ///< end of written data to precharge
  std::uint32_t wtr_s, wtr_l;         ///< end of written data to read
  std::uint32_t rtw;                  ///< read to write
  std::uint32_t rank_switch;          ///< gap of the data bus between ranks
  std::uint32_t refi, rfc;            ///< refresh of all banks: interval, duration
  std::uint32_t refi_bank, rfc_bank;  ///< refresh of one bank; 0: the device has none
  std::uint32_t refresh_banks;        ///< banks that one per-bank refresh takes, `rrefd` apart from activations
  std::uint32_t rrefd;

  unsigned banks() const { return bank_groups * banks_per_group; }
  /// Bytes per second of one pseudo-channel's data bus.
  double peak() const { return static_cast<double>(burst_bytes) * 1e12 / (static_cast<double>(burst) * static_cast<double>(clock_ps)); }
  /// Read of a closed bank, command to last data.
  std::uint32_t closed_read() const { return rcd_rd + cl + burst; }
  /// Written data end `write_end` after the command.
  std::uint32_t write_end() const { return cwl + burst; }
};

/// All presets that have bank timing.
const std::vector<DramTiming>& dram_timings();
/// That of a preset or its alias; nullptr for `ideal`, `custom` and unknown names.
const DramTiming* find_dram_timing(const std::string& preset);
/// Their names, for messages.
std::vector<std::string> dram_timing_names();

}  // namespace snnvp
