// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_scheduler.h>

namespace snnvp {

DramScheduler::DramScheduler(const DramTiming& timing, const DramPolicy& policy)
    : policy_(policy),
      banks_(timing, policy.ranks, policy.refresh),
      window_(policy.reorder ? policy.queue : 1),
      queues_(banks_.banks()),
      inbound_(64),
      step_(timing.split_bus ? 0 : 1) {
  for (std::size_t i = 0; i < free_.size(); ++i) free_[i] = static_cast<Index>(i);
}

void DramScheduler::push(const Request& request) {
  if (inbound_count_ == inbound_.size()) {
    std::vector<Request> larger(2 * inbound_.size());
    for (std::size_t i = 0; i < inbound_count_; ++i) larger[i] = inbound_[(inbound_first_ + i) % inbound_.size()];
    inbound_ = std::move(larger);
    inbound_first_ = 0;
  }
  inbound_[(inbound_first_ + inbound_count_) & (inbound_.size() - 1)] = request;
  ++inbound_count_;
}

/// Sorts a bank by what would serve its requests next. To be called after every change of its row or its queue.
void DramScheduler::classify(unsigned bank) {
  const BankQueue& queue = queues_[bank];
  const std::uint64_t bit = std::uint64_t{1} << bank;
  const bool may_pass = queue.passed < policy_.hit_cap;
  for (std::uint64_t& mask : serves_) mask &= ~bit;
  has_choice_ = false;
  if (queue.first == nobody) return;
  bool has_hit = false;
  for (const unsigned is_write : {0u, 1u}) {
    const Index index = queue.hits[is_write];
    if (index == nobody || (!may_pass && index != queue.first)) continue;
    has_hit = true;
    serves_[is_write] |= bit;
  }
  if (!has_hit) serves_[banks_.open_row(bank) == DramBanks::closed ? activates : precharges] |= bit;
}

/// What a command is worth as a number, the smallest first: clock, precedence, age; and which one it is.
inline std::uint64_t DramScheduler::key(Cycles at, Precedence precedence, Index index, unsigned bank) const {
  const std::uint64_t wait = at <= clock_ ? 0 : std::min<Cycles>(at - clock_, (1u << 28) - 1);
  const std::uint64_t age = std::min<std::uint64_t>(order_ - entries_[index].order, (1u << 27) - 1);
  return wait << 36 | std::uint64_t{precedence} << 34 | ((1u << 27) - 1 - age) << 7 | std::uint64_t{entries_[index].is_write} << 6 | bank;
}

/// The smallest key of these banks, if it is smaller than `best`.
inline std::uint64_t DramScheduler::best_of(std::uint64_t banks, std::uint64_t best) const {
  const auto each = [&](std::uint64_t mask, auto&& key_of) {
    for (; mask != 0; mask &= mask - 1) best = std::min(best, key_of(static_cast<unsigned>(__builtin_ctzll(mask))));
  };
  for (const unsigned is_write : {0u, 1u})
    each(serves_[is_write] & banks,
         [&](unsigned bank) { return key(banks_.column_at(bank, is_write != 0), column, queues_[bank].hits[is_write], bank); });
  each(serves_[precharges] & banks, [&](unsigned bank) { return key(banks_.precharge_at(bank), precharge, queues_[bank].first, bank); });
  // Activations of a rank wait for its window together: often there is no need to look.
  for (unsigned rank = 0; rank < policy_.ranks; ++rank) {
    const std::uint64_t mask = serves_[activates] & banks & banks_.banks_mask(rank);
    const Cycles bound = banks_.rank_activate_at(rank);
    if (mask == 0 || (bound > clock_ && bound - clock_ > best >> 36)) continue;
    each(mask, [&](unsigned bank) {
      const Cycles at = std::max(banks_.activate_at(bank), clock_);
      return key(at, banks_.is_saturated(at) ? activation : urgent_activation, queues_[bank].first, bank);
    });
  }
  return best;
}

/// Makes the command of a key the choice.
inline void DramScheduler::settle(std::uint64_t best) {
  const unsigned bank = best & 63;
  const bool is_write = (best >> 6 & 1) != 0;
  choice_.precedence = static_cast<Precedence>(best >> 34 & 3);
  choice_.entry = choice_.precedence == column ? queues_[bank].hits[is_write] : queues_[bank].first;
  choice_.at = std::max(clock_, choice_.precedence == column      ? banks_.column_at(bank, is_write)
                                : choice_.precedence == precharge ? banks_.precharge_at(bank)
                                                                  : banks_.activate_at(bank));
  has_choice_ = true;
}

/// Takes everything that has arrived, as far as there are places.
void DramScheduler::admit() {
  while (active_ < window_ && inbound_count_ != 0 && inbound_[inbound_first_].arrival <= clock_) {
    const Request& request = inbound_[inbound_first_];
    inbound_first_ = (inbound_first_ + 1) & (inbound_.size() - 1);
    --inbound_count_;
    const Index index = free_[active_++];
    BankQueue& queue = queues_[request.bank];
    entries_[index] = {order_++,         request.tag, request.row, static_cast<std::uint16_t>(request.bank),
                       request.is_write, hit,         nobody,      queue.last};
    (queue.last == nobody ? queue.first : entries_[queue.last].next) = index;
    queue.last = index;
    if (banks_.open_row(request.bank) == request.row && queue.hits[request.is_write] == nobody) queue.hits[request.is_write] = index;
    // The other banks' commands are what they were.
    const bool is_settled = has_choice_ && entries_[choice_.entry].bank != request.bank;
    classify(request.bank);
    if (!is_settled) continue;
    settle(std::min(key(choice_.at, choice_.precedence, choice_.entry, entries_[choice_.entry].bank),
                    best_of(std::uint64_t{1} << request.bank, ~std::uint64_t{0})));
  }
}

void DramScheduler::remove(Index index) {
  const Entry& entry = entries_[index];
  BankQueue& queue = queues_[entry.bank];
  (entry.previous == nobody ? queue.first : entries_[entry.previous].next) = entry.next;
  (entry.next == nobody ? queue.last : entries_[entry.next].previous) = entry.previous;
  free_[--active_] = index;
}

void DramScheduler::find_hits(unsigned bank) {
  BankQueue& queue = queues_[bank];
  queue.hits = {nobody, nobody};
  const std::uint32_t row = banks_.open_row(bank);
  for (Index i = row == DramBanks::closed ? nobody : queue.first; i != nobody; i = entries_[i].next)
    if (entries_[i].row == row && queue.hits[entries_[i].is_write] == nobody) queue.hits[entries_[i].is_write] = i;
  classify(bank);
}

void DramScheduler::refresh(Cycles at) {
  banks_.refresh_until(at);
  for (std::uint64_t left = pending(); left != 0; left &= left - 1) {
    const auto bank = static_cast<unsigned>(__builtin_ctzll(left));
    if (banks_.open_row(bank) != DramBanks::closed) continue;
    queues_[bank].hits = {nobody, nobody};
    classify(bank);
  }
  has_choice_ = false;
}

void DramScheduler::issue_column(Index index, Cycles at) {
  Entry& entry = entries_[index];
  BankQueue& queue = queues_[entry.bank];
  const bool is_write = entry.is_write;
  if (index == queue.first)
    queue.passed = 0;
  else
    ++queue.passed;
  // The next hit of its kind is younger.
  Index next = entry.next;
  while (next != nobody && (entries_[next].row != entry.row || entries_[next].is_write != is_write)) next = entries_[next].next;
  queue.hits[is_write] = next;
  remove(index);
  const bool close = policy_.closed_page && queue.hits[0] == nobody && queue.hits[1] == nobody;
  at = banks_.column(entry.bank, is_write, close, at);
  classify(entry.bank);
  ++rows_[entry.outcome];
  clock_ = at + step_;
  finished_ = index;
  finished_tag_ = entry.tag;
  finished_end_ = banks_.data_end(is_write, at);
}

void DramScheduler::issue(const Choice& choice) {
  Entry& entry = entries_[choice.entry];
  const unsigned bank = entry.bank;
  has_choice_ = false;
  if (choice.precedence == column) return issue_column(choice.entry, choice.at);
  if (banks_.open_row(bank) == DramBanks::closed) {
    clock_ = banks_.activate(bank, entry.row, choice.at) + step_;
    if (entry.outcome == hit) entry.outcome = miss;
    queues_[bank].passed = 0;
    find_hits(bank);
  } else {
    clock_ = banks_.precharge(bank, choice.at) + step_;
    entry.outcome = conflict;
    queues_[bank].hits = {nobody, nobody};
    classify(bank);
  }
}

/// One command, or one step closer to it. False: the next command is not before `until`.
bool DramScheduler::step(Cycles until) {
  finished_ = nobody;
  admit();
  if (active_ == 0) {
    if (inbound_count_ == 0 || inbound_[inbound_first_].arrival >= until) return false;
    clock_ = std::max(clock_, inbound_[inbound_first_].arrival);
    return true;
  }
  if (!has_choice_) settle(best_of(pending(), ~std::uint64_t{0}));
  // What arrives by then has a say.
  if (inbound_count_ != 0 && active_ < window_ && inbound_[inbound_first_].arrival <= choice_.at) {
    if (inbound_[inbound_first_].arrival >= until) return false;
    clock_ = inbound_[inbound_first_].arrival;
    return true;
  }
  if (choice_.at >= until) return false;
  if (banks_.refresh_due() <= choice_.at)
    refresh(choice_.at);
  else
    issue(choice_);
  return true;
}

Cycles DramScheduler::next_command() {
  admit();
  Cycles next = never;
  if (inbound_count_ != 0 && active_ < window_) next = inbound_[inbound_first_].arrival;
  if (active_ == 0) return next;
  if (!has_choice_) settle(best_of(pending(), ~std::uint64_t{0}));
  return std::min(next, choice_.at);
}

Cycles DramScheduler::next_end() {
  const DramTiming& t = banks_.timing();
  const auto tail = [&](bool is_write) { return Cycles{is_write ? t.write_end() : t.cl + t.burst}; };
  const auto open = [&](bool is_write) { return Cycles{is_write ? t.rcd_wr : t.rcd_rd}; };
  Cycles next = never;
  for (std::uint64_t left = pending(); left != 0; left &= left - 1) {
    const auto bank = static_cast<unsigned>(__builtin_ctzll(left));
    const BankQueue& queue = queues_[bank];
    for (const bool is_write : {false, true})
      if (queue.hits[is_write] != nobody) next = std::min(next, std::max(clock_, banks_.column_at(bank, is_write)) + tail(is_write));
    if (queue.hits[0] != nobody || queue.hits[1] != nobody) continue;
    const bool is_open = banks_.open_row(bank) != DramBanks::closed;
    const Cycles start = std::max(clock_, is_open ? banks_.precharge_at(bank) + t.rp : banks_.activate_at(bank));
    for (Index i = queue.first; i != nobody; i = entries_[i].next)
      next = std::min(next, start + open(entries_[i].is_write) + tail(entries_[i].is_write));
  }
  // Of those that have not arrived only the first is looked at closely.
  if (inbound_count_ != 0) {
    const Request& first = inbound_[inbound_first_];
    const bool is_alone = inbound_count_ == 1 && active_ == 0;
    const bool is_hit = banks_.open_row(first.bank) == first.row;
    const Cycles arrival = std::max(first.arrival, clock_);
    if (!is_alone)
      next = std::min(next, arrival + std::min(tail(false), tail(true)));
    else if (is_hit)
      next = std::max(arrival, banks_.column_at(first.bank, first.is_write)) + tail(first.is_write);
    else
      next = std::max(arrival, banks_.activate_at(first.bank)) + open(first.is_write) + tail(first.is_write);
  }
  return next;
}

Cycles DramScheduler::reserve(unsigned bank, std::uint32_t row, bool is_write, Cycles at) {
  const DramTiming& t = banks_.timing();
  const auto plan = [&] {
    if (banks_.open_row(bank) == row) return std::max(at, banks_.column_at(bank, is_write));
    Cycles start = std::max(at, banks_.activate_at(bank));
    if (banks_.open_row(bank) != DramBanks::closed) start = std::max(start, std::max(at, banks_.precharge_at(bank)) + t.rp);
    return std::max(start + (is_write ? t.rcd_wr : t.rcd_rd), banks_.column_at(bank, is_write));
  };
  for (Cycles planned = plan(); banks_.refresh_due() <= planned; planned = plan()) refresh(planned);
  RowOutcome outcome = hit;
  if (banks_.open_row(bank) != row) {
    outcome = miss;
    if (banks_.open_row(bank) != DramBanks::closed) {
      outcome = conflict;
      banks_.precharge(bank, std::max(at, banks_.precharge_at(bank)));
    }
    banks_.activate(bank, row, std::max(at, banks_.activate_at(bank)));
    find_hits(bank);
    has_choice_ = false;
  }
  ++rows_[outcome];
  has_choice_ = false;
  return banks_.data_end(is_write, banks_.column(bank, is_write, false, std::max(at, banks_.column_at(bank, is_write))));
}

void DramScheduler::close_rows() {
  for (unsigned bank = 0; bank < banks_.banks(); ++bank) {
    if (banks_.open_row(bank) == DramBanks::closed) continue;
    banks_.precharge(bank, banks_.precharge_at(bank));
    find_hits(bank);
  }
  has_choice_ = false;
}

}  // namespace snnvp
