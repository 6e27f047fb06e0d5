// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <snnvp/models/dram/dram_timing.h>
#include <snnvp/platform/base/types.h>

namespace snnvp {

enum class DramCommand : std::uint8_t {
  activate,
  read,
  write,
  read_precharge,
  write_precharge,
  precharge,
  precharge_all,
  refresh,
  refresh_bank
};
enum class DramRefresh : std::uint8_t { none, all_bank, per_bank };

/// A command as it went over the bus, for tests and traces. `bank` is that of the rank.
struct DramCommandRecord {
  DramCommand command;
  std::uint32_t rank, bank, row;
  Cycles at;
};

/// One command per clock: which clocks are taken. Commands need not be placed in order of time, but not long before the latest one.
class CommandBus {
public:
  /// The first free clock from `at` on, taken.
  Cycles take(Cycles at);

private:
  static constexpr Cycles span = 16384;
  static constexpr std::size_t words = span / 64;
  std::array<std::uint64_t, words> taken_{};
  Cycles front_ = 0;  // clocks of [front - span, front) are known; a multiple of 64
};

/// The banks of one pseudo-channel: what is open, and when each command may follow, by all timings of DramTiming. It obeys; who asks in
/// which order is the schedulers' business. Refresh happens by itself: whoever places a command calls `refresh_until` first. Pure C++.
class DramBanks {
public:
  static constexpr std::uint32_t closed = 0xffff'ffff;

  DramBanks(const DramTiming& timing, unsigned ranks, DramRefresh refresh);

  const DramTiming& timing() const { return timing_; }
  /// Banks are counted over all ranks.
  unsigned banks() const { return static_cast<unsigned>(banks_.size()); }
  unsigned banks_of_rank() const { return banks_per_rank_; }
  std::uint32_t open_row(unsigned bank) const { return banks_[bank].row; }

  /// The first clock that allows the command by the timings; the bus may add to it.
  Cycles activate_at(unsigned bank) const {
    const Bank& b = banks_[bank];
    const Rank& r = ranks_[b.rank];
    return std::max({b.activate, r.groups[b.group].activate, r.activate, r.window[r.oldest]});
  }
  Cycles column_at(unsigned bank, bool is_write) const {
    const Bank& b = banks_[bank];
    const Rank& r = ranks_[b.rank];
    return std::max({b.column[is_write], r.groups[b.group].column[is_write], r.column[is_write]});
  }
  /// No activation of the rank before that.
  Cycles rank_activate_at(unsigned rank) const { return std::max(ranks_[rank].activate, ranks_[rank].window[ranks_[rank].oldest]); }
  std::uint64_t banks_mask(unsigned rank) const { return ((std::uint64_t{1} << banks_per_rank_) - 1) << (rank * banks_per_rank_); }
  Cycles precharge_at(unsigned bank) const { return banks_[bank].precharge; }

  /// Places the command at the first free clock from `at` on, which the timings must allow, and returns that clock.
  Cycles activate(unsigned bank, std::uint32_t row, Cycles at);
  Cycles precharge(unsigned bank, Cycles at);
  /// With `close` the bank precharges itself as soon as it may.
  Cycles column(unsigned bank, bool is_write, bool close, Cycles at);
  /// Data of a column command end.
  Cycles data_end(bool is_write, Cycles at) const { return at + (is_write ? timing_.write_end() : timing_.cl + timing_.burst); }

  /// The next refresh is due then; far away without refresh.
  Cycles refresh_due() const { return refresh_due_; }
  /// Does what is due up to and at `at`: closes the banks concerned and refreshes them.
  void refresh_until(Cycles at) {
    while (refresh_due_ <= at) refresh_once(at);
  }

  /// The last four bursts, and one at `at`, leave no gap: the data bus is what limits.
  bool is_saturated(Cycles at) const { return at <= recent_[oldest_recent_] + 4 * std::max(timing_.burst, timing_.ccd_s); }

  std::uint64_t activations() const { return activations_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  /// Whole rounds of refresh (tREFI each) by `at`, summed over ranks.
  std::uint64_t refreshes(Cycles at) const;
  /// Grows whenever refresh may have closed banks.
  std::uint64_t refresh_commands() const { return refresh_commands_; }

  /// Every command from now on goes there too; nullptr: none.
  void set_log(std::vector<DramCommandRecord>* log) { log_ = log; }

private:
  static constexpr Cycles never = ~Cycles{0} >> 1;
  struct Bank {
    std::uint32_t row = closed;
    std::uint16_t rank = 0, group = 0;
    Cycles activate = 0, precharge = 0;
    std::array<Cycles, 2> column{};  // reads, writes
  };
  struct Group {
    Cycles activate = 0;
    std::array<Cycles, 2> column{};
  };
  struct Rank {
    Cycles activate = 0;
    Cycles refresh_bank = 0;
    std::array<Cycles, 2> column{};
    std::array<Cycles, 4> window{};  // end of the activation window each of the last four opened
    unsigned oldest = 0;
    std::array<Group, 4> groups{};
    unsigned next_refresh = 0;  // per bank: which
  };

  void refresh_once(Cycles at);
  void refresh_rank(unsigned rank, Cycles due);
  void refresh_banks(unsigned rank, Cycles due);
  void open_window(Rank& rank, Cycles at);
  void log(DramCommand command, unsigned bank, std::uint32_t row, Cycles at) {
    if (log_) log_->push_back({command, banks_[bank].rank, bank % banks_per_rank_, row, at});
  }

  const DramTiming& timing_;
  DramRefresh refresh_;
  unsigned banks_per_rank_;
  std::vector<Bank> banks_;
  std::vector<Rank> ranks_;
  CommandBus bus_;  // of rows, and of columns unless they have their own
  CommandBus column_bus_;
  std::array<Cycles, 4> recent_{};  // column commands
  unsigned oldest_recent_ = 0;
  Cycles refresh_due_ = never;
  Cycles refresh_interval_ = 0;
  unsigned rounds_ = 1;  // refresh commands of a rank in one tREFI
  std::uint64_t refresh_commands_ = 0, activations_ = 0, reads_ = 0, writes_ = 0;
  std::vector<DramCommandRecord>* log_ = nullptr;
};

}  // namespace snnvp
