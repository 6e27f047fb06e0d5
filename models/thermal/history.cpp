// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/thermal/history.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/report/price.h>

namespace snnvp::thermal {
namespace {

constexpr double zero_celsius = 273.15;

/// Temperatures are told, and compared with limits, in whole microkelvin: what a compiler does to the last bits decides nothing.
double settled(double value) { return std::round(value * 1e6) / 1e6; }

}  // namespace

History::History(const Stack& stack, Settings settings, std::vector<std::vector<double>> shares, std::vector<double> constant_power,
                 std::vector<double> constant_leakage, bool keep_maps)
    : network_(stack),
      settings_(std::move(settings)),
      shares_(std::move(shares)),
      constant_power_(std::move(constant_power)),
      constant_leakage_(std::move(constant_leakage)),
      keep_maps_(keep_maps),
      leakage_factor_seconds_(shares_.size(), 0) {
  constant_power_.resize(network_.cells(), 0);
  constant_leakage_.resize(network_.cells(), 0);
  settings_.limits.resize(stack.tiers.size());
  for (const Throttle::Limits& limits : settings_.limits) throttles_.emplace_back(limits);
}

History::Input History::input_of(double seconds, const std::vector<Heat>& sources) const {
  Input input{seconds, constant_power_, constant_leakage_};
  for (std::size_t s = 0; s < sources.size(); ++s)
    for (std::size_t c = 0; c < shares_[s].size(); ++c) {
      input.power[c] += sources[s].power * shares_[s][c];
      input.leakage_350[c] += sources[s].leakage_350 * shares_[s][c];
    }
  return input;
}

void History::end_epoch(double seconds, const std::vector<Heat>& sources) {
  Input input = input_of(seconds, sources);
  if (settings_.mode == Settings::Mode::steady) return run_steady(input);
  if (settings_.initial == Settings::Initial::average) {
    waiting_.push_back(std::move(input));
    return;
  }
  run_transient(input);
}

void History::finish() {
  if (waiting_.empty()) return;
  Input average = waiting_.front();
  double seconds = 0;
  for (const Input& input : waiting_) seconds += input.seconds;
  for (std::size_t c = 0; c < average.power.size(); ++c) {
    average.power[c] = average.leakage_350[c] = 0;
    for (const Input& input : waiting_) {
      const double share = seconds > 0 ? input.seconds / seconds : 1 / static_cast<double>(waiting_.size());
      average.power[c] += input.power[c] * share;
      average.leakage_350[c] += input.leakage_350[c] * share;
    }
  }
  start_from(average);
  for (const Input& input : waiting_) run_transient(input);
  waiting_.clear();
}

void History::note(FixedPoint::Outcome outcome) {
  if (outcome == FixedPoint::Outcome::runaway) outcome_ = Outcome::runaway;
  if (outcome == FixedPoint::Outcome::not_converged && outcome_ == Outcome::ok) outcome_ = Outcome::not_converged;
}

void History::run_steady(const Input& input) {
  const FixedPoint point = solve_with_leakage(network_, input.power, input.leakage_350, settings_.leakage);
  note(point.outcome);
  const std::vector<double> cells = network_.cell_rises(point.rises);
  record(input, cells, cells, point.leakage, point.iterations);
}

void History::start_from(const Input& input) {
  const FixedPoint point = solve_with_leakage(network_, input.power, input.leakage_350, settings_.leakage);
  note(point.outcome);
  rises_ = point.rises;
}

void History::run_transient(const Input& input) {
  if (rises_.empty()) {
    if (settings_.initial == Settings::Initial::ambient)
      rises_.assign(network_.nodes(), 0);
    else
      start_from(input);
  }
  const double ambient = stack().ambient;
  std::vector<double> cells = network_.cell_rises(rises_), peaks = cells, total(cells.size()), leakage(cells.size(), 0);
  const auto steps = static_cast<unsigned>(std::max(1.0, std::ceil(input.seconds / settings_.dt - 1e-9)));
  unsigned done = 0;
  for (; done < steps && input.seconds > 0 && outcome_ != Outcome::runaway; ++done) {
    // Leakage follows the temperature at the beginning of a step: both move by far less than a kelvin within one.
    for (std::size_t c = 0; c < cells.size(); ++c) {
      leakage[c] = input.leakage_350[c] == 0 ? 0 : input.leakage_350[c] * settings_.leakage.factor(ambient + cells[c]);
      total[c] = input.power[c] + leakage[c];
    }
    rises_ = network_.step(rises_, total, input.seconds / steps);
    cells = network_.cell_rises(rises_);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      peaks[c] = std::max(peaks[c], cells[c]);
      if (ambient + cells[c] > runaway_kelvin && input.leakage_350[c] > 0) outcome_ = Outcome::runaway;
    }
  }
  record(input, cells, peaks, leakage, done);
}

void History::record(const Input& input, const std::vector<double>& cell_rises, const std::vector<double>& peaks,
                     const std::vector<double>& leakage, unsigned iterations) {
  const std::size_t per_tier = stack().cells();
  const double ambient = stack().ambient;
  seconds_ += input.seconds;
  Epoch epoch;
  epoch.end_s = seconds_;
  epoch.iterations = iterations;
  for (const double rise : cell_rises) epoch.cells_c.push_back(settled(ambient + rise - zero_celsius));
  double hottest = -1e9;
  for (std::size_t t = 0; t < throttles_.size(); ++t) {
    TierState tier;
    double now = -1e9, sum = 0;
    tier.max_c = -1e9;
    for (std::size_t c = t * per_tier; c < (t + 1) * per_tier; ++c) {
      tier.power_w += input.power[c];
      tier.leakage_w += leakage[c];
      now = std::max(now, epoch.cells_c[c]);
      tier.max_c = std::max(tier.max_c, settled(ambient + peaks[c] - zero_celsius));
      sum += epoch.cells_c[c];
    }
    tier.mean_c = settled(sum / static_cast<double>(per_tier));
    tier.divider = throttles_[t].divider();
    tier.refresh_factor = throttles_[t].refresh_factor();
    if (settings_.throttle) throttles_[t].end_epoch(now);
    hottest = std::max(hottest, tier.max_c);
    epoch.tiers.push_back(tier);
  }
  // An epoch without length (a platform that takes no time) still leaks somewhere.
  const double weight = input.seconds > 0 ? input.seconds : 1e-30;
  for (std::size_t s = 0; s < shares_.size(); ++s) {
    double factor = 0;
    for (std::size_t c = 0; c < shares_[s].size(); ++c)
      if (shares_[s][c] > 0) factor += shares_[s][c] * settings_.leakage.factor(std::min(ambient + cell_rises[c], runaway_kelvin));
    leakage_factor_seconds_[s] += factor * weight;
  }
  const bool is_hottest = epochs_.empty() || hottest > hottest_c_;
  if (is_hottest) {
    if (!epochs_.empty() && !keep_maps_) epochs_[hottest_].cells_c = {};
    hottest_ = epochs_.size();
    hottest_c_ = hottest;
    hottest_power_ = input.power;
    for (std::size_t c = 0; c < leakage.size(); ++c) hottest_power_[c] += leakage[c];
  } else if (!keep_maps_) {
    epoch.cells_c = {};
  }
  epochs_.push_back(std::move(epoch));
}

std::vector<double> History::leakage_temperature() const {
  const double seconds = seconds_ > 0 ? seconds_ : 1e-30 * static_cast<double>(epochs_.size());
  std::vector<double> kelvin;
  for (const double integral : leakage_factor_seconds_)
    kelvin.push_back(integral > 0 ? LeakageLaw::reference + settings_.leakage.doubling * log_ratio(integral / seconds, 2)
                                  : stack().ambient);
  return kelvin;
}

}  // namespace snnvp::thermal
