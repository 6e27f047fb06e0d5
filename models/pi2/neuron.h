// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

// The pi^2 neuron one event at a time: a credit counter whose slope is the number of events it has accepted
// (a Credit-Based Shaper, minimally modified; spec/pi2.md 4.3). Times are in u from the start of the window.
namespace snnvp::pi2 {

/// How the counter stops.
enum class NeuronModel {
  pi2_k,   ///< at most K events count
  temp,    ///< all events that come before it fires count: TEMP with gamma = M
  cbs_std  ///< unmodified shaper: a constant slope of 1 while a frame waits, so it fires M after the first event
};

inline constexpr double never = std::numeric_limits<double>::infinity();

/// State n, S: credit c(t) = n t - S, firing at c = M, that is at T = (M + S)/n. O(1) per event.
///
/// Events come in order of time. The caller asks `fires_at` for the time with the events so far; an event at exactly that time
/// is too late (fire first, then drop).
class CreditNeuron {
public:
  /// `k` is ignored unless the model is pi2_k; `hi_credit` clamps the credit, so that a threshold above it is never met.
  CreditNeuron(NeuronModel model, std::uint64_t k, double threshold, double hi_credit = never)
      : model_(model),
        k_(model == NeuronModel::pi2_k     ? k
           : model == NeuronModel::cbs_std ? 1
                                           : ~std::uint64_t{0}),
        threshold_(threshold),
        reachable_(threshold <= hi_credit) {}

  /// False: dropped, because the neuron has fired before `time` or has K events.
  bool arrive(double time) {
    if (n_ >= k_ || time >= fires_at()) return false;
    ++n_;
    sum_ += time;
    return true;
  }
  /// When it fires if no further event comes; `never` without events.
  double fires_at() const { return n_ == 0 || !reachable_ ? never : (threshold_ + sum_) / static_cast<double>(n_); }
  std::uint64_t accepted() const { return n_; }
  /// It will wait for K events only if it has not fired before the K-th.
  bool is_full() const { return n_ >= k_; }
  void reset() { n_ = 0, sum_ = 0; }

private:
  NeuronModel model_;
  std::uint64_t k_;
  double threshold_;
  bool reachable_;
  std::uint64_t n_ = 0;
  double sum_ = 0;
};

}  // namespace snnvp::pi2
