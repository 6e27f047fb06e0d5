// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <snnvp/models/dram/dram_banks.h>

namespace snnvp {

/// How one pseudo-channel is run.
struct DramPolicy {
  bool closed_page = false;  ///< a bank closes itself after the last request for its row that waits
  bool reorder = true;       ///< FR-FCFS; else strictly one request after the other
  unsigned queue = 32;       ///< requests that wait for their read or write command, 1 to 64
  unsigned hit_cap = 32;     ///< so many row hits may pass the oldest request of their bank
  DramRefresh refresh = DramRefresh::all_bank;
  unsigned ranks = 1;  ///< 1 to 4
};

/// The queue of one pseudo-channel and its scheduler. FR-FCFS: of the commands that can go first, reads and writes before row commands,
/// then the oldest; while the data bus has gaps, activations come before both, since they are what it waits for. Decisions are made clock
/// by clock, but only clocks in which something happens cost time. Pure C++, nothing allocates once warm.
class DramScheduler {
public:
  struct Request {
    std::uint32_t tag = 0;
    std::uint32_t bank = 0;  ///< over all ranks
    std::uint32_t row = 0;
    bool is_write = false;
    Cycles arrival = 0;  ///< never earlier than the last one's
  };
  static constexpr Cycles never = ~Cycles{0} >> 1;

  DramScheduler(const DramTiming& timing, const DramPolicy& policy);

  const DramBanks& banks() const { return banks_; }
  DramBanks& banks() { return banks_; }

  bool has_room() const { return waiting() < policy_.queue; }
  unsigned waiting() const { return active_ + static_cast<unsigned>(inbound_count_); }
  /// Queues a request; who respects has_room() keeps the queue within its size, others fill a place before it.
  void push(const Request& request);
  /// Decides every command before clock `until`: no request that arrives before it may be pushed afterwards. Calls
  /// `done(tag, end of its data)` for each request that gets its read or write command.
  template <typename Done>
  void advance(Cycles until, Done&& done) {
    while (step(until))
      if (finished_ != nobody) done(finished_tag_, finished_end_);
  }
  /// No command goes before that; `never` if nothing waits.
  Cycles next_command();
  /// No data end before that, unless something new arrives; `never` if nothing waits.
  Cycles next_end();

  /// In the order of the calls, without the queue: places all commands of a burst that may start at `at`, returns the end of its data.
  Cycles reserve(unsigned bank, std::uint32_t row, bool is_write, Cycles at);
  /// With closed pages: closes what reserve() left open.
  void close_rows();

  std::uint64_t row_hits() const { return rows_[hit]; }
  std::uint64_t row_misses() const { return rows_[miss]; }
  std::uint64_t row_conflicts() const { return rows_[conflict]; }

private:
  using Index = std::uint8_t;
  static constexpr Index nobody = 0xff;
  enum Precedence : std::uint8_t { urgent_activation, column, activation, precharge };
  enum Service : std::uint8_t { precharges = 2, activates = 3 };
  enum RowOutcome : std::uint8_t { hit, miss, conflict };
  struct Entry {
    std::uint64_t order = 0;
    std::uint32_t tag = 0, row = 0;
    std::uint16_t bank = 0;
    bool is_write = false;
    RowOutcome outcome = hit;
    Index next = nobody, previous = nobody;  // of the bank, by age
  };
  struct BankQueue {
    Index first = nobody, last = nobody;
    std::array<Index, 2> hits{nobody, nobody};  // oldest read and write of the open row
    std::uint16_t passed = 0;                   // hits that went before the oldest
  };
  struct Choice {
    Cycles at = never;
    Index entry = nobody;
    Precedence precedence = column;  // among those of one clock
  };

  bool step(Cycles until);
  void admit();
  std::uint64_t best_of(std::uint64_t banks, std::uint64_t best) const;
  void settle(std::uint64_t best);
  void classify(unsigned bank);
  std::uint64_t key(Cycles at, Precedence precedence, Index index, unsigned bank) const;
  std::uint64_t pending() const { return serves_[0] | serves_[1] | serves_[precharges] | serves_[activates]; }
  void issue(const Choice& choice);
  void issue_column(Index entry, Cycles at);
  void find_hits(unsigned bank);
  void refresh(Cycles at);
  void remove(Index entry);

  DramPolicy policy_;
  DramBanks banks_;
  unsigned window_;  // requests the scheduler looks at
  std::array<Entry, 64> entries_;
  std::array<Index, 64> free_;
  std::vector<BankQueue> queues_;
  std::array<std::uint64_t, 4> serves_{};  // banks by what serves them next: reads, writes, precharge, activation
  unsigned active_ = 0;
  std::vector<Request> inbound_;  // a ring: not arrived yet, or no place
  std::size_t inbound_first_ = 0, inbound_count_ = 0;
  unsigned step_;     // from a command to the clock of the next
  Cycles clock_ = 0;  // every command before it is decided
  std::uint64_t order_ = 0;
  Choice choice_;
  bool has_choice_ = false;
  Index finished_ = nobody;  // by the last step
  std::uint32_t finished_tag_ = 0;
  Cycles finished_end_ = 0;
  std::array<std::uint64_t, 3> rows_{};
};

}  // namespace snnvp
