// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_banks.h>

namespace snnvp {

Cycles CommandBus::take(Cycles at) {
  if (at + span < front_) at = front_ - span;  // longer ago than is known
  for (;; ++at) {
    if (at >= front_ + span) {  // everything known has passed
      taken_.fill(0);
      front_ = at - at % 64;
    }
    while (at >= front_) {
      taken_[front_ / 64 % words] = 0;
      front_ += 64;
    }
    std::uint64_t& word = taken_[at / 64 % words];
    const std::uint64_t bit = std::uint64_t{1} << (at % 64);
    if ((word & bit) != 0) continue;
    word |= bit;
    return at;
  }
}

DramBanks::DramBanks(const DramTiming& timing, unsigned ranks, DramRefresh refresh)
    : timing_(timing), refresh_(refresh), banks_per_rank_(timing.banks()), banks_(std::size_t{ranks} * timing.banks()), ranks_(ranks) {
  for (std::size_t i = 0; i < banks_.size(); ++i) {
    banks_[i].rank = static_cast<std::uint16_t>(i / banks_per_rank_);
    banks_[i].group = static_cast<std::uint16_t>(i % banks_per_rank_ / timing.banks_per_group);
  }
  if (refresh == DramRefresh::none) return;
  refresh_interval_ = refresh == DramRefresh::all_bank ? timing.refi : timing.refi_bank;
  if (refresh == DramRefresh::per_bank) rounds_ = banks_per_rank_ / timing.refresh_banks;
  refresh_due_ = refresh_interval_;
}

/// Four activations fill the window; a refresh of single banks counts as one.
void DramBanks::open_window(Rank& rank, Cycles at) {
  rank.window[rank.oldest] = at + timing_.faw;
  rank.oldest = (rank.oldest + 1) % 4;
}

Cycles DramBanks::activate(unsigned bank, std::uint32_t row, Cycles at) {
  at = bus_.take(at);
  Bank& b = banks_[bank];
  b.row = row;
  b.activate = at + timing_.rc;
  b.precharge = at + timing_.ras;
  b.column = {at + timing_.rcd_rd, at + timing_.rcd_wr};
  Rank& rank = ranks_[b.rank];
  rank.activate = std::max(rank.activate, at + timing_.rrd_s);
  rank.groups[b.group].activate = std::max(rank.groups[b.group].activate, at + timing_.rrd_l);
  rank.refresh_bank = at + timing_.rrefd;
  open_window(rank, at);
  ++activations_;
  log(DramCommand::activate, bank, row, at);
  return at;
}

Cycles DramBanks::precharge(unsigned bank, Cycles at) {
  at = bus_.take(at);
  Bank& b = banks_[bank];
  log(DramCommand::precharge, bank, b.row, at);
  b.row = closed;
  b.activate = std::max(b.activate, at + timing_.rp);
  return at;
}

Cycles DramBanks::column(unsigned bank, bool is_write, bool close, Cycles at) {
  at = (timing_.split_bus ? column_bus_ : bus_).take(at);
  recent_[oldest_recent_] = at;
  oldest_recent_ = (oldest_recent_ + 1) % 4;
  const DramTiming& t = timing_;
  Bank& b = banks_[bank];
  Rank& rank = ranks_[b.rank];
  Group& group = rank.groups[b.group];
  const auto later = [](Cycles& value, Cycles bound) { value = std::max(value, bound); };
  later(group.column[is_write], at + t.ccd_l);
  later(rank.column[is_write], at + t.ccd_s);
  if (is_write) {
    later(group.column[0], at + t.write_end() + t.wtr_l);
    later(rank.column[0], at + t.write_end() + t.wtr_s);
    later(b.precharge, at + t.write_end() + t.wr);
    ++writes_;
  } else {
    later(rank.column[1], at + t.rtw);
    later(b.precharge, at + t.rtp);
    ++reads_;
  }
  // Other ranks share the data bus alone, with a gap.
  if (ranks_.size() > 1) {
    const std::int64_t start[2] = {t.cl, t.cwl};
    for (Rank& other : ranks_) {
      if (&other == &rank) continue;
      for (const bool next : {false, true}) {
        const std::int64_t distance = start[is_write] + t.burst + t.rank_switch - start[next];
        later(other.column[next], at + static_cast<Cycles>(std::max<std::int64_t>(distance, 1)));
      }
    }
  }
  log(is_write ? (close ? DramCommand::write_precharge : DramCommand::write) : (close ? DramCommand::read_precharge : DramCommand::read),
      bank, b.row, at);
  if (close) {
    later(b.activate, b.precharge + t.rp);
    b.row = closed;
  }
  return at;
}

void DramBanks::refresh_once(Cycles at) {
  // Long idle times are crossed in one step; with a log every command is wanted.
  const Cycles behind = (at - refresh_due_) / refresh_interval_;
  if (behind > 4 * rounds_ && !log_) {
    const Cycles skipped = (behind / rounds_ - 2) * rounds_;  // whole rounds: the turn of the banks stays
    refresh_commands_ += skipped * ranks_.size();
    refresh_due_ += skipped * refresh_interval_;
  }
  for (unsigned rank = 0; rank < ranks_.size(); ++rank)
    refresh_ == DramRefresh::all_bank ? refresh_rank(rank, refresh_due_) : refresh_banks(rank, refresh_due_);
  refresh_commands_ += ranks_.size();
  refresh_due_ += refresh_interval_;
}

void DramBanks::refresh_rank(unsigned rank, Cycles due) {
  const unsigned first = rank * banks_per_rank_, end = first + banks_per_rank_;
  Cycles close = due;
  bool is_open = false;
  for (unsigned b = first; b < end; ++b)
    if (banks_[b].row != closed) is_open = true, close = std::max(close, banks_[b].precharge);
  if (is_open) {
    close = bus_.take(close);
    log(DramCommand::precharge_all, first, closed, close);
    for (unsigned b = first; b < end; ++b) {
      banks_[b].row = closed;
      banks_[b].activate = std::max(banks_[b].activate, close + timing_.rp_all);
    }
  }
  Cycles at = due;
  for (unsigned b = first; b < end; ++b) at = std::max(at, banks_[b].activate);
  at = bus_.take(at);
  log(DramCommand::refresh, first, closed, at);
  for (unsigned b = first; b < end; ++b) banks_[b].activate = at + timing_.rfc;
}

void DramBanks::refresh_banks(unsigned rank, Cycles due) {
  Rank& r = ranks_[rank];
  // A pair is the same bank of the lower and the upper half.
  const unsigned rounds = banks_per_rank_ / timing_.refresh_banks, first = rank * banks_per_rank_ + r.next_refresh;
  r.next_refresh = (r.next_refresh + 1) % rounds;
  Cycles at = std::max({due, r.refresh_bank, r.window[r.oldest]});
  for (unsigned b = first; b < first + timing_.refresh_banks * rounds; b += rounds) {
    if (banks_[b].row != closed) precharge(b, std::max(due, banks_[b].precharge));
    at = std::max(at, banks_[b].activate);
  }
  at = bus_.take(at);
  open_window(r, at);
  r.activate = std::max(r.activate, at + timing_.rrefd);
  r.refresh_bank = at + timing_.rfc_bank;
  for (unsigned b = first; b < first + timing_.refresh_banks * rounds; b += rounds) {
    banks_[b].activate = at + timing_.rfc_bank;
    log(DramCommand::refresh_bank, b, closed, at);
  }
}

std::uint64_t DramBanks::refreshes(Cycles at) const {
  std::uint64_t commands = refresh_commands_;
  if (refresh_due_ <= at) commands += ((at - refresh_due_) / refresh_interval_ + 1) * ranks_.size();
  return commands / rounds_;
}

}  // namespace snnvp
