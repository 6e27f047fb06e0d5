// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/dram/dram_banks.h>

namespace snnvp::test {

/// Judges a list of DRAM commands by the rules between pairs of them, from the history alone: it keeps when each bank last saw each kind of
/// command and knows nothing of how the model computes times.
class CommandChecker {
public:
  CommandChecker(const DramTiming& timing, unsigned ranks) : t_(timing), ranks_(ranks) {
    for (RankHistory& r : ranks_) r.banks.resize(timing.banks());
  }

  /// The first violations in words.
  std::vector<std::string> violations;

  void check(std::vector<DramCommandRecord> commands) {
    std::stable_sort(commands.begin(), commands.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const DramCommandRecord& c : commands) one(c);
  }

private:
  using Time = std::int64_t;
  static constexpr Time long_ago = -(Time{1} << 40);
  struct BankHistory {
    bool is_open = false;
    std::uint32_t row = 0;
    Time act = long_ago, read = long_ago, write = long_ago, closed = long_ago, refreshed = long_ago;
    bool closed_by_all = false;
  };
  struct RankHistory {
    std::vector<BankHistory> banks;
    std::vector<Time> acts;  // activations and per-bank refreshes, all of them
    Time refresh = long_ago, refresh_bank = long_ago;
  };

  static const char* name(DramCommand c) {
    static const char* const names[] = {"ACT", "RD", "WR", "RDA", "WRA", "PRE", "PREA", "REF", "REFpb"};
    return names[static_cast<int>(c)];
  }

  void need(bool ok, const DramCommandRecord& c, const char* rule) {
    if (!ok && violations.size() < 20)
      violations.push_back(std::string(t_.preset) + ": " + rule + " by " + name(c.command) + " rank " + std::to_string(c.rank) + " bank " +
                           std::to_string(c.bank) + " at " + std::to_string(c.at));
  }
  bool apart(Time now, Time before, std::uint32_t least) const { return now - before >= static_cast<Time>(least); }

  void one(const DramCommandRecord& c) {
    const auto now = static_cast<Time>(c.at);
    // A pair of banks that one command refreshes appears as two records of one clock.
    const bool second_of_pair = c.command == DramCommand::refresh_bank && last_command_ == DramCommand::refresh_bank && now == last_[0];
    const bool is_column = c.command >= DramCommand::read && c.command <= DramCommand::write_precharge;
    Time& last = last_[t_.split_bus && is_column];
    need(now > last || second_of_pair, c, "one command per clock and bus");
    last = now;
    last_command_ = c.command;
    RankHistory& rank = ranks_.at(c.rank);
    BankHistory& bank = rank.banks.at(c.bank);
    switch (c.command) {
      case DramCommand::activate: activate(c, rank, bank, now); break;
      case DramCommand::read:
      case DramCommand::read_precharge: column(c, rank, bank, now, false); break;
      case DramCommand::write:
      case DramCommand::write_precharge: column(c, rank, bank, now, true); break;
      case DramCommand::precharge: precharge(c, bank, now, false); break;
      case DramCommand::precharge_all:
        for (BankHistory& b : rank.banks)
          if (b.is_open) precharge(c, b, now, true);
        break;
      case DramCommand::refresh:
        for (const BankHistory& b : rank.banks) idle(c, b, now);
        need(apart(now, rank.refresh, t_.rfc), c, "tRFC");
        rank.refresh = now;
        break;
      case DramCommand::refresh_bank:
        idle(c, bank, now);
        if (!second_of_pair) {
          need(apart(now, rank.refresh_bank, t_.rfc_bank), c, "tRFCpb between two");
          for (const BankHistory& b : rank.banks) need(apart(now, b.act, t_.rrefd), c, "tRREFD after ACT");
          window(c, rank, now);
        }
        bank.refreshed = rank.refresh_bank = now;
        break;
    }
  }

  void idle(const DramCommandRecord& c, const BankHistory& b, Time now) {
    need(!b.is_open, c, "bank must be closed");
    need(apart(now, b.closed, b.closed_by_all ? t_.rp_all : t_.rp), c, "tRP");
    need(apart(now, b.act, t_.rc), c, "tRC");
    need(apart(now, b.refreshed, t_.rfc_bank), c, "tRFCpb");
  }

  void window(const DramCommandRecord& c, RankHistory& rank, Time now) {
    if (rank.acts.size() >= 4) need(apart(now, rank.acts[rank.acts.size() - 4], t_.faw), c, "tFAW");
    rank.acts.push_back(now);
  }

  void activate(const DramCommandRecord& c, RankHistory& rank, BankHistory& bank, Time now) {
    idle(c, bank, now);
    need(apart(now, rank.refresh, t_.rfc), c, "tRFC");
    need(apart(now, rank.refresh_bank, t_.refi_bank ? t_.rrefd : 0), c, "tRREFD");
    for (unsigned b = 0; b < rank.banks.size(); ++b)
      need(apart(now, rank.banks[b].act, b / t_.banks_per_group == c.bank / t_.banks_per_group ? t_.rrd_l : t_.rrd_s), c, "tRRD");
    window(c, rank, now);
    bank.is_open = true;
    bank.row = c.row;
    bank.act = now;
  }

  void column(const DramCommandRecord& c, RankHistory& rank, BankHistory& bank, Time now, bool is_write) {
    need(bank.is_open && bank.row == c.row, c, "row must be open");
    need(apart(now, bank.act, is_write ? t_.rcd_wr : t_.rcd_rd), c, "tRCD");
    for (unsigned b = 0; b < rank.banks.size(); ++b) {
      const BankHistory& other = rank.banks[b];
      const bool same = b / t_.banks_per_group == c.bank / t_.banks_per_group;
      need(apart(now, is_write ? other.write : other.read, same ? t_.ccd_l : t_.ccd_s), c, "tCCD");
      if (is_write)
        need(apart(now, other.read, t_.rtw), c, "read to write");
      else
        need(apart(now, other.write, t_.cwl + t_.burst + (same ? t_.wtr_l : t_.wtr_s)), c, "tWTR");
    }
    // The data bus of the channel, with its gap between ranks and between directions.
    const Time start = now + (is_write ? t_.cwl : t_.cl);
    const bool turns = data_rank_ && (*data_rank_ != c.rank || data_is_write_ != is_write);
    const bool same_rank_to_read = data_rank_ && *data_rank_ == c.rank && !is_write;  // tWTR says more
    need(start >= data_end_ + (turns && !same_rank_to_read ? static_cast<Time>(t_.rank_switch) : 0), c, "data bus");
    data_end_ = start + t_.burst;
    data_rank_ = c.rank;
    data_is_write_ = is_write;
    (is_write ? bank.write : bank.read) = now;
    if (c.command == DramCommand::read_precharge || c.command == DramCommand::write_precharge) {
      // The device closes the bank itself, as soon as a precharge would be allowed.
      bank.closed = std::max({bank.act + t_.ras, bank.read + t_.rtp, bank.write + t_.cwl + t_.burst + t_.wr});
      bank.closed_by_all = bank.is_open = false;
    }
  }

  void precharge(const DramCommandRecord& c, BankHistory& bank, Time now, bool all) {
    need(apart(now, bank.act, t_.ras), c, "tRAS");
    need(apart(now, bank.read, t_.rtp), c, "tRTP");
    need(apart(now, bank.write, t_.cwl + t_.burst + t_.wr), c, "tWR");
    bank.is_open = false;
    bank.closed = now;
    bank.closed_by_all = all;
  }

  const DramTiming& t_;
  std::vector<RankHistory> ranks_;
  std::array<Time, 2> last_{-1, -1};  // of the bus; with two: rows, columns
  Time data_end_ = long_ago;
  DramCommand last_command_ = DramCommand::activate;
  std::optional<std::uint32_t> data_rank_;
  bool data_is_write_ = false;
};

}  // namespace snnvp::test
