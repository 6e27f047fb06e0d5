// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <snnvp/models/pi2/calendar_queue.h>
#include <snnvp/models/pi2/layer.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp::pi2;

namespace {

/// Random event times in order; the threshold that makes K events count is at least `bound`.
struct Case {
  std::vector<double> times;
  std::uint32_t k = 1;
  double k_mean = 0, bound = 0;
};

Case draw(SplitMix& random) {
  Case c;
  c.times.resize(20 + random.next() % 300);
  for (double& t : c.times) t = 3 * random.uniform();
  std::sort(c.times.begin(), c.times.end());
  c.k = static_cast<std::uint32_t>(1 + random.next() % 20);
  for (std::uint32_t i = 0; i < c.k; ++i) c.k_mean += c.times[i];
  c.bound = c.k * c.times[c.k - 1] - c.k_mean;
  c.k_mean /= c.k;
  return c;
}

/// TEMP by bisection: T with sum of [T - t_j]_+ = gamma. Shares nothing with the counter.
double water_filling(const std::vector<double>& times, double gamma) {
  double low = times.front(), high = times.back() + gamma + 1;
  for (int i = 0; i < 200; ++i) {
    const double mid = (low + high) / 2;
    double sum = 0;
    for (const double t : times) sum += std::max(0.0, mid - t);
    (sum < gamma ? low : high) = mid;
  }
  return (low + high) / 2;
}

/// A bank with one neuron whose Z+ gets exactly `times` (delays 0, all frames plus frames of own inputs).
struct OneNeuron {
  SynapseTable table;
  NeuronBank bank;
  OneNeuron(const std::vector<double>& times, const BankRules& rules)
      : table(WeightCode::one_sided, static_cast<std::uint32_t>(times.size()), 1, std::vector<double>(times.size(), 0.0)),
        bank(table, rules, 0, 1) {
    std::vector<ArrivingFrame> frames;
    for (std::uint32_t i = 0; i < times.size(); ++i) frames.push_back({times[i], i, false});
    bank.start();
    bank.arrive(frames.data(), frames.size());
  }
};

}  // namespace

TEST_CASE("pi2.B1 the event-driven neuron with a valid threshold fires at M/K plus the mean of the K earliest and drops the rest") {
  SplitMix random(1);
  for (int i = 0; i < 2000; ++i) {
    const Case c = draw(random);
    const double threshold = c.bound * (1 + random.uniform());
    CreditNeuron neuron(NeuronModel::pi2_k, c.k, threshold);
    std::uint64_t drops = 0;
    for (const double t : c.times) drops += !neuron.arrive(t);
    REQUIRE(neuron.fires_at() == Approx(threshold / c.k + c.k_mean).margin(1e-12).epsilon(0));
    REQUIRE(drops == c.times.size() - c.k);
  }
}

TEST_CASE("pi2.B1 the bank of neurons equals the neuron one event at a time, in whatever order frames come") {
  SplitMix random(2);
  for (int i = 0; i < 500; ++i) {
    Case c = draw(random);
    BankRules rules;
    rules.k = c.k;
    rules.threshold = c.bound * 2 * random.uniform();  // sometimes too small: fires early
    rules.timeout = never;
    CreditNeuron neuron(NeuronModel::pi2_k, c.k, rules.threshold);
    for (const double t : c.times) neuron.arrive(t);
    for (std::size_t a = c.times.size() - 1; a > 0; --a) std::swap(c.times[a], c.times[random.next() % (a + 1)]);
    OneNeuron one(c.times, rules);
    one.bank.close();
    REQUIRE(one.bank.plus(0).time == Approx(neuron.fires_at()).margin(1e-12).epsilon(0));
    REQUIRE(one.bank.totals().accepted == 2 * neuron.accepted());  // Z+ and Z- are alike without weights
    REQUIRE(one.bank.totals().insertions == 2 * c.times.size());
    REQUIRE(one.bank.totals().dropped == 2 * (c.times.size() - neuron.accepted()));
  }
}

TEST_CASE("pi2.B1 a tick makes the firing time late by less than the tick, and the bank equals a calendar queue before a neuron") {
  SplitMix random(3);
  for (int i = 0; i < 200; ++i) {
    const Case c = draw(random);
    const double tick = 0.001 + 0.1 * random.uniform();
    BankRules rules;
    rules.k = c.k;
    rules.threshold = 2 * c.bound + c.k * tick;
    rules.timeout = never;
    rules.tick = tick;
    OneNeuron one(c.times, rules);
    one.bank.close();
    const double late = one.bank.plus(0).time - (rules.threshold / c.k + c.k_mean);
    REQUIRE(late >= -1e-12);
    REQUIRE(late < tick);

    CalendarQueue<double> queue(tick, 4096, CalendarQueue<double>::Overflow::list);
    CreditNeuron neuron(NeuronModel::pi2_k, c.k, rules.threshold);
    for (const double t : c.times) queue.insert(t, t);
    queue.advance(10, [&](double release, double time) {
      REQUIRE(release >= time);
      REQUIRE(release < time + tick + 1e-12);
      neuron.arrive(release);
    });
    REQUIRE(queue.size() == 0);
    REQUIRE(one.bank.plus(0).time == Approx(neuron.fires_at()).margin(1e-12).epsilon(0));
  }
}

TEST_CASE("pi2.B2 without the K cap the neuron solves TEMP's water filling with gamma = M") {
  SplitMix random(4);
  for (int i = 0; i < 1000; ++i) {
    const Case c = draw(random);
    const double gamma = 30 * random.uniform();
    CreditNeuron neuron(NeuronModel::temp, c.k, gamma);
    for (const double t : c.times) neuron.arrive(t);
    REQUIRE(neuron.fires_at() == Approx(water_filling(c.times, gamma)).margin(1e-12).epsilon(0));
    BankRules rules;
    rules.model = NeuronModel::temp;
    rules.threshold = gamma;
    rules.timeout = never;
    OneNeuron one(c.times, rules);
    one.bank.close();
    REQUIRE(one.bank.plus(0).time == Approx(neuron.fires_at()).margin(1e-12).epsilon(0));
    REQUIRE(one.bank.totals().causality_violations == 0);
  }
}

TEST_CASE("pi2.B3 with K = 1 and Mk = 0 the neuron fires at its earliest event") {
  SplitMix random(5);
  for (int i = 0; i < 200; ++i) {
    const Case c = draw(random);
    CreditNeuron neuron(NeuronModel::pi2_k, 1, 0);
    for (const double t : c.times) neuron.arrive(t);
    REQUIRE(neuron.fires_at() == c.times.front());
    OneNeuron one(c.times, BankRules());
    one.bank.close();
    REQUIRE(one.bank.plus(0).time == c.times.front());
  }
}

TEST_CASE("pi2.B7 a threshold below the bound fires early, earlier than the closed form, and counts as a causality violation") {
  SplitMix random(6);
  int early = 0;
  for (int i = 0; i < 500; ++i) {
    const Case c = draw(random);
    if (c.k < 2 || c.bound < 1e-6) continue;
    BankRules rules;
    rules.k = c.k;
    rules.threshold = c.bound * 0.9 * random.uniform();
    rules.timeout = never;
    // The exact instant: the smallest n with (M + S_n)/n <= t_[n+1].
    double expected = 0, sum = 0;
    std::uint32_t n = 0;
    for (n = 1; n <= c.k; ++n) {
      sum += c.times[n - 1];
      expected = (rules.threshold + sum) / n;
      if (n == c.times.size() || expected <= c.times[n]) break;
    }
    OneNeuron one(c.times, rules);
    one.bank.close();
    REQUIRE(n < c.k);
    REQUIRE(one.bank.plus(0).time == Approx(expected).margin(1e-12).epsilon(0));
    REQUIRE(one.bank.plus(0).time < rules.threshold / c.k + c.k_mean);
    REQUIRE(one.bank.totals().causality_violations == 2);
    REQUIRE(one.bank.totals().accepted == 2 * n);
    ++early;
  }
  CHECK(early > 400);
}

TEST_CASE("pi2.B7 the bound is sharp: a threshold at it, or above it, never violates causality") {
  SplitMix random(7);
  for (int i = 0; i < 500; ++i) {
    const Case c = draw(random);
    BankRules rules;
    rules.k = c.k;
    rules.threshold = c.bound + 1e-9;
    rules.timeout = never;
    OneNeuron one(c.times, rules);
    one.bank.close();
    REQUIRE(one.bank.totals().causality_violations == 0);
    REQUIRE(one.bank.totals().accepted == 2 * c.k);
  }
}

TEST_CASE("pi2 an event at exactly the firing time is too late, and a fired neuron drops everything") {
  CreditNeuron neuron(NeuronModel::pi2_k, 10, 1.0);
  CHECK(neuron.arrive(0.5));
  CHECK(neuron.fires_at() == 1.5);
  CHECK_FALSE(neuron.arrive(1.5));
  CHECK_FALSE(neuron.arrive(2.0));
  CHECK(neuron.accepted() == 1);
}

TEST_CASE("pi2 the unmodified shaper has a constant slope: it fires M after its first event whatever follows") {
  SplitMix random(8);
  for (int i = 0; i < 100; ++i) {
    const Case c = draw(random);
    CreditNeuron neuron(NeuronModel::cbs_std, c.k, 0.25);
    for (const double t : c.times) neuron.arrive(t);
    REQUIRE(neuron.fires_at() == c.times.front() + 0.25);
    BankRules rules;
    rules.model = NeuronModel::cbs_std;
    rules.k = c.k;
    rules.threshold = 0.25;
    OneNeuron one(c.times, rules);
    one.bank.close();
    REQUIRE(one.bank.plus(0).time == c.times.front() + 0.25);
  }
}

TEST_CASE("pi2 a clamp of the credit below the threshold is never met, one above it changes nothing") {
  BankRules rules;
  rules.k = 2;
  rules.threshold = 1;
  rules.hi_credit = 0.5;
  OneNeuron low({0.1, 0.2, 0.3}, rules);
  low.bank.close();
  CHECK(low.bank.totals().timeouts == 2);
  CHECK(low.bank.plus(0).time == rules.timeout);
  rules.hi_credit = 1;
  OneNeuron high({0.1, 0.2, 0.3}, rules);
  high.bank.close();
  CHECK(high.bank.totals().timeouts == 0);
  CHECK(high.bank.plus(0).time == Approx(0.65).margin(1e-12));
}

TEST_CASE("pi2 a window that gives fewer than K events fires with what it has, or times out") {
  BankRules rules;
  rules.k = 5;
  rules.threshold = 1.5;
  OneNeuron few({0.1, 0.2, 0.3}, rules);
  few.bank.close();
  CHECK(few.bank.plus(0).time == Approx((1.5 + 0.6) / 3).margin(1e-12));
  CHECK(few.bank.totals().short_windows == 2);
  CHECK(few.bank.totals().causality_violations == 0);

  rules.threshold = 100;
  OneNeuron late({0.1, 0.2, 0.3}, rules);
  late.bank.close();
  CHECK(late.bank.plus(0).time == rules.timeout);
  CHECK(late.bank.totals().timeouts == 2);
  rules.emit_on_timeout = false;
  OneNeuron silent({0.1, 0.2, 0.3}, rules);
  silent.bank.close();
  CHECK_FALSE(silent.bank.plus(0).has_fired);
}

TEST_CASE("pi2 a calendar queue drops or lists what lies beyond its horizon and releases in order of time") {
  using Queue = CalendarQueue<int>;
  Queue drops(0.5, 4, Queue::Overflow::drop);
  CHECK(drops.insert(1.4, 1));
  CHECK_FALSE(drops.insert(2.1, 2));
  CHECK(drops.dropped() == 1);
  Queue lists(0.5, 4, Queue::Overflow::list);
  CHECK(lists.insert(7.2, 3));
  CHECK(lists.insert(0.1, 1));
  CHECK(lists.insert(3.0, 2));
  std::vector<std::pair<double, int>> out;
  lists.advance(2.9, [&](double t, int v) { out.push_back({t, v}); });
  CHECK(out == std::vector<std::pair<double, int>>{{0.5, 1}});
  lists.advance(100, [&](double t, int v) { out.push_back({t, v}); });
  CHECK(out == std::vector<std::pair<double, int>>{{0.5, 1}, {3.0, 2}, {7.5, 3}});
}
