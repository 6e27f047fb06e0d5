// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pi2/neuron_bank.h>

#include <algorithm>

#include <snnvp/models/pi2/calendar_queue.h>
#include <snnvp/platform/base/random.h>

namespace snnvp::pi2 {
namespace {

/// Replaces the latest of a heap by an earlier event.
void replace_top(double* heap, std::uint32_t size, double value) {
  std::uint32_t at = 0;
  for (std::uint32_t child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && heap[child + 1] > heap[child]) ++child;
    if (heap[child] <= value) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

}  // namespace

EventTotals& EventTotals::operator+=(const EventTotals& o) {
  frames_in += o.frames_in, insertions += o.insertions, accepted += o.accepted, dropped += o.dropped, frames_out += o.frames_out;
  causality_violations += o.causality_violations, short_windows += o.short_windows, timeouts += o.timeouts, overflow += o.overflow;
  pair_late += o.pair_late, avoided += o.avoided, lost += o.lost, padding += o.padding, pairs += o.pairs, saturated += o.saturated;
  return *this;
}

NeuronBank::NeuronBank(const SynapseTable& table, const BankRules& rules, std::uint32_t first, std::uint32_t count)
    : table_(table),
      rules_(rules),
      first_(first),
      count_(count),
      k_(rules.model == NeuronModel::temp      ? 2 * table.inputs()
         : rules.model == NeuronModel::cbs_std ? 1
                                               : std::min(rules.k, 2 * table.inputs())),
      open_(rules.timeout),
      limits_(2 * count),
      sizes_(2 * count),
      sums_(2 * count),
      events_(std::size_t{2} * count * k_),
      group_(rules.group_eligibility ? 2 * count : 0),
      firings_(2 * count),
      plus_(count),
      minus_(count) {
  start();
}

void NeuronBank::start(std::uint64_t draw) {
  std::fill(limits_.begin(), limits_.end(), open_);
  std::fill(sizes_.begin(), sizes_.end(), 0);
  std::fill(sums_.begin(), sums_.end(), 0.0);
  std::fill(group_.begin(), group_.end(), 0.0);
  std::fill(firings_.begin(), firings_.end(), Firing());
  totals_ = EventTotals();
  draw_ = draw;
}

void NeuronBank::arrive(const ArrivingFrame* frames, std::size_t count) {
  const bool is_plain = rules_.is_plain();
  const std::uint32_t no_input = ~std::uint32_t{0};
  std::uint32_t loaded = no_input;
  for (std::size_t f = 0; f < count; ++f) {
    const ArrivingFrame& frame = frames[f];
    if (frame.input != loaded) table_.row(loaded = frame.input, first_, count_, plus_.data(), minus_.data());
    // Z+ = {t+ + d+} U {t- + d-}, Z- = {t+ + d-} U {t- + d+}
    const double* to_plus = frame.minus ? minus_.data() : plus_.data();
    const double* to_minus = frame.minus ? plus_.data() : minus_.data();
    totals_.insertions += 2 * count_;
    if (is_plain) {
      insert<true>(frame.time, to_plus, 0);
      insert<true>(frame.time, to_minus, count_);
    } else {
      insert<false>(frame.time, to_plus, 0);
      insert<false>(frame.time, to_minus, count_);
    }
  }
}

template <bool is_plain>
void NeuronBank::insert(double arrival, const double* delays, std::uint32_t first_queue) {
  const double* limits = limits_.data() + first_queue;
  const bool is_monotone = rules_.jitter_std == 0 && !rules_.group_eligibility && rules_.synapse == SynapseModel::ats_delay;
  const double safe_horizon = rules_.horizon - rules_.tick;
  for (std::uint32_t j = 0; j < count_; ++j) {
    if constexpr (is_plain) {
      const double time = arrival + delays[j];
      if (time < limits[j]) accept(first_queue + j, time);
    } else {
      const std::uint32_t queue = first_queue + j;
      // "Known": K events are already out of the queue when this frame comes, or the neuron has fired.
      const bool is_known = limits[j] <= arrival && (sizes_[queue] == k_ || firings_[queue].has_fired);
      if (rules_.drop_at == DropAt::after_k && is_known) {
        ++totals_.avoided;
        continue;
      }
      // Rounding only makes it later: most late events need none.
      const double exact = arrival + delays[j];
      if (is_monotone && exact >= limits[j] && exact <= safe_horizon) continue;
      const double time = release_time(arrival, delays[j], queue);
      if (time > rules_.horizon && rules_.overflow == Overflow::drop)
        ++totals_.overflow;
      else if (time < limits[j])
        accept(queue, time);
    }
  }
}

double NeuronBank::release_time(double arrival, double delay, std::uint32_t queue) {
  double time = arrival;
  // A bucket that holds one frame lets the first through at once; a synapse sees one frame per window and polarity.
  if (rules_.synapse == SynapseModel::ats_delay) time += delay;
  if (rules_.jitter_std > 0) {
    time = std::max(arrival, time + rules_.jitter_std * hashed_normal(mix64(rules_.jitter_seed ^ mix64(draw_++))));
  }
  if (rules_.group_eligibility) time = group_[queue] = std::max(group_[queue], time);
  if (rules_.tick > 0) time = static_cast<double>(tick_of(time, rules_.tick)) * rules_.tick;
  return time;
}

void NeuronBank::accept(std::uint32_t queue, double time) {
  double* events = events_.data() + std::size_t{queue} * k_;
  std::uint32_t& size = sizes_[queue];
  if (size < k_) {
    events[size++] = time;
    sums_[queue] += time;
    if (size < k_) return;
    std::make_heap(events, events + k_);
  } else {
    sums_[queue] += time - events[0];
    replace_top(events, k_, time);
  }
  limits_[queue] = std::min(open_, events[0]);
}

double NeuronBank::latest(std::uint32_t queue) const {
  const double* events = events_.data() + std::size_t{queue} * k_;
  return *std::max_element(events, events + sizes_[queue]);
}

double NeuronBank::mean(std::uint32_t queue) const {
  const double* events = events_.data() + std::size_t{queue} * k_;
  double sum = 0;
  for (std::uint32_t i = 0; i < sizes_[queue]; ++i) sum += events[i];
  return sum / sizes_[queue];
}

double NeuronBank::fire_time(std::uint32_t queue, std::uint32_t& accepted, bool& is_early) const {
  const std::uint32_t n = sizes_[queue];
  accepted = n;
  is_early = false;
  if (n == 0 || rules_.threshold > rules_.hi_credit) return never;
  const double* events = events_.data() + std::size_t{queue} * k_;
  double sum = 0;
  for (std::uint32_t i = 0; i < n; ++i) sum += events[i];
  const double last = n == k_ && rules_.model != NeuronModel::temp ? events[0] : *std::max_element(events, events + n);
  // M >= sum of (t_[n] - t_j): it waits for all it holds.
  if (rules_.threshold >= n * last - sum) return (rules_.threshold + sum) / n;
  sorted_.assign(events, events + n);
  std::sort(sorted_.begin(), sorted_.end());
  CreditNeuron neuron(rules_.model, k_, rules_.threshold);
  for (const double t : sorted_)
    if (!neuron.arrive(t)) break;
  accepted = static_cast<std::uint32_t>(neuron.accepted());
  is_early = accepted < n && rules_.model == NeuronModel::pi2_k;
  return neuron.fires_at();
}

void NeuronBank::fire(std::uint32_t queue, double time, std::uint32_t accepted, bool is_early) {
  firings_[queue] = {time, true};
  limits_[queue] = -never;
  totals_.accepted += accepted;
  totals_.causality_violations += is_early;
  totals_.short_windows += !is_early && accepted < k_ && rules_.model == NeuronModel::pi2_k;
}

double NeuronBank::next_fire() const {
  double next = never;
  if (rules_.threshold > rules_.hi_credit) return next;
  for (std::uint32_t q = 0; q < queues(); ++q) {
    if (firings_[q].has_fired || sizes_[q] == 0) continue;
    double time = (rules_.threshold + sums_[q]) / sizes_[q];
    if (time < limits_[q] || sizes_[q] < k_) {  // perhaps earlier than its latest event
      std::uint32_t accepted = 0;
      bool is_early = false;
      time = fire_time(q, accepted, is_early);
    }
    next = std::min(next, time);
  }
  return next < rules_.timeout ? next : never;
}

std::uint32_t NeuronBank::settle(double until) {
  std::uint32_t fired = 0;
  for (std::uint32_t q = 0; q < queues(); ++q) {
    if (firings_[q].has_fired || sizes_[q] == 0) continue;
    // A full queue that waits for its K-th event and is not due yet, beyond any rounding of its running sum.
    if (sizes_[q] == k_) {
      const double about = (rules_.threshold + sums_[q]) / k_;
      if (about >= limits_[q] && about > until + 1e-6) continue;
    }
    std::uint32_t accepted = 0;
    bool is_early = false;
    const double time = fire_time(q, accepted, is_early);
    if (time > until || time >= rules_.timeout) continue;
    fire(q, time, accepted, is_early);
    ++fired;
  }
  return fired;
}

void NeuronBank::close() {
  settle(never);
  for (std::uint32_t q = 0; q < queues(); ++q) {
    if (firings_[q].has_fired) continue;
    ++totals_.timeouts;
    totals_.accepted += sizes_[q];  // they have counted, though in vain
    limits_[q] = -never;
    firings_[q] = {rules_.timeout, rules_.emit_on_timeout};
    if (!rules_.emit_on_timeout) firings_[q].time = never;
  }
}

EventTotals NeuronBank::totals() const {
  EventTotals t = totals_;
  t.insertions -= t.avoided;
  t.dropped = t.insertions - t.accepted;
  return t;
}

}  // namespace snnvp::pi2
