// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <snnvp/models/pi2/coding.h>
#include <snnvp/models/pi2/neuron.h>

// All synapses and neurons of a layer that see the same frames (fully connected, or one output pixel of a convolution).
namespace snnvp::pi2 {

/// Delays of every synapse: levels with a table of delays, or weights as real numbers.
class SynapseTable {
public:
  SynapseTable() = default;
  /// Integer levels, `levels[i * outputs + j]`, each `unit` u.
  SynapseTable(WeightCode code, std::uint32_t inputs, std::uint32_t outputs, std::vector<std::int16_t> levels, double unit);
  /// Weights in u, `weights[i * outputs + j]`.
  SynapseTable(WeightCode code, std::uint32_t inputs, std::uint32_t outputs, std::vector<double> weights);

  std::uint32_t inputs() const { return inputs_; }
  std::uint32_t outputs() const { return outputs_; }
  double weight(std::uint32_t input, std::uint32_t output) const;
  TimePair delays(std::uint32_t input, std::uint32_t output) const { return delays_of(code_, weight(input, output)); }
  double largest_delay() const { return largest_; }
  /// Delays of one input towards outputs [first, first + count).
  void row(std::uint32_t input, std::uint32_t first, std::uint32_t count, double* plus, double* minus) const;

private:
  WeightCode code_ = WeightCode::one_sided;
  std::uint32_t inputs_ = 0, outputs_ = 0;
  std::vector<std::int16_t> levels_;
  std::vector<double> weights_;
  std::vector<TimePair> table_;  // by level + lowest
  int lowest_ = 0;
  double unit_ = 1, largest_ = 0;
};

enum class SynapseModel {
  ats_delay,  ///< release = arrival + delay: the asynchronous shaper with its bucket emptied at every arrival
  ats_std     ///< the standard shaper, burst of one frame: the first frame of a window is never delayed
};
enum class DropAt { arrival, after_k, timeout };
enum class Overflow { drop, list };

/// What synapses and neurons of a layer obey. Times in u.
struct BankRules {
  NeuronModel model = NeuronModel::pi2_k;
  std::uint32_t k = 1;
  double threshold = 0;  ///< M = K * Mk; gamma of TEMP
  double hi_credit = never;
  double timeout = 8;  ///< a window takes no event at or after it
  bool emit_on_timeout = true;
  SynapseModel synapse = SynapseModel::ats_delay;
  double tick = 0;  ///< 0: exact times
  double horizon = never;
  Overflow overflow = Overflow::drop;
  bool group_eligibility = false;  ///< one running maximum of release times per neuron, as in the standard; wrong for pi^2
  DropAt drop_at = DropAt::arrival;
  double jitter_std = 0;  ///< of every event
  std::uint64_t jitter_seed = 1;

  /// Neither ring nor noise: release = arrival + delay, and only the K earliest matter.
  bool is_plain() const {
    return synapse == SynapseModel::ats_delay && tick == 0 && !group_eligibility && jitter_std == 0 && drop_at != DropAt::after_k;
  }
};

/// What happened to events; sums over layers and windows (spec/pi2.md 6.1).
struct EventTotals {
  std::uint64_t frames_in = 0, insertions = 0, accepted = 0, dropped = 0, frames_out = 0;
  std::uint64_t causality_violations = 0;  ///< neurons that fired before their K-th event although more came
  std::uint64_t short_windows = 0;         ///< neurons that fired with fewer than K events
  std::uint64_t timeouts = 0;              ///< neurons that had not fired at the time-out
  std::uint64_t overflow = 0;              ///< events beyond the horizon; part of dropped
  std::uint64_t pair_late = 0;             ///< frames that left later than their value says
  std::uint64_t avoided = 0;               ///< insertions spared by drop_at: after_K
  std::uint64_t lost = 0;                  ///< frames that the impairment took
  std::uint64_t padding = 0;               ///< frames of zero padding, made in place
  std::uint64_t pairs = 0;                 ///< pair operations
  std::uint64_t saturated = 0;             ///< values whose frames clip at time 0

  EventTotals& operator+=(const EventTotals& other);
};

/// A frame on its way into a bank.
struct ArrivingFrame {
  double time = 0;
  std::uint32_t input = 0;
  bool minus = false;
};

/// When a neuron fired.
struct Firing {
  double time = never;
  bool has_fired = false;
};

/// Two queues of synapse events (Z+ and Z-) with a credit counter behind each, for neurons [first, first + count) of a table.
///
/// Each queue holds the K earliest events that have been inserted so far: any later one can only be dropped. An event costs one
/// comparison, an accepted one a step in a heap.
class NeuronBank {
public:
  NeuronBank(const SynapseTable& table, const BankRules& rules, std::uint32_t first, std::uint32_t count);

  /// A new window: all state is cleared. `draw` numbers the random draws of the window.
  void start(std::uint64_t draw = 0);
  /// Frames are broadcast to all neurons. In order of time.
  void arrive(const ArrivingFrame* frames, std::size_t count);
  /// The earliest time at which a neuron will fire if no more frames come; `never` if none will.
  double next_fire() const;
  /// All neurons that fire up to and including `until` do so; every frame up to then has arrived. Returns how many did.
  std::uint32_t settle(double until);
  /// No more frames will come: fires all that can, the others time out.
  void close();

  const Firing& plus(std::uint32_t neuron) const { return firings_[neuron]; }
  const Firing& minus(std::uint32_t neuron) const { return firings_[count_ + neuron]; }
  /// The K-th event time of a queue that has K events, and their mean (calibration; before settle).
  bool is_full(std::uint32_t queue) const { return sizes_[queue] == k_; }
  double latest(std::uint32_t queue) const;
  double mean(std::uint32_t queue) const;
  std::uint32_t queues() const { return 2 * count_; }
  std::uint32_t neurons() const { return count_; }
  /// Counts since the last start().
  EventTotals totals() const;

private:
  template <bool is_plain>
  void insert(double arrival, const double* delays, std::uint32_t first_queue);
  void accept(std::uint32_t queue, double time);
  double release_time(double arrival, double delay, std::uint32_t queue);
  /// The neuron's rule over the events it holds. `accepted` is how many counted.
  double fire_time(std::uint32_t queue, std::uint32_t& accepted, bool& is_early) const;
  void fire(std::uint32_t queue, double time, std::uint32_t accepted, bool is_early);

  const SynapseTable& table_;
  BankRules rules_;
  std::uint32_t first_, count_, k_;
  double open_;                 // limit of a queue that still takes events
  std::vector<double> limits_;  // an event must be earlier than this; -never once a neuron has fired
  std::vector<std::uint32_t> sizes_;
  std::vector<double> sums_;
  std::vector<double> events_;  // [queue][k]: unordered until full, then a heap with the latest first
  std::vector<double> group_;   // running maximum per queue, if group eligibility is on
  std::vector<Firing> firings_;
  std::vector<double> plus_, minus_;  // scratch: delays of one input
  mutable std::vector<double> sorted_;
  std::uint64_t draw_ = 0;
  EventTotals totals_;
};

}  // namespace snnvp::pi2
