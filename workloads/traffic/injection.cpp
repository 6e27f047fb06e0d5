// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/traffic/injection.h>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::traffic {
namespace {

const InjectionSpec& checked(const InjectionSpec& spec) {
  if (!(spec.rate > 0 && spec.rate <= 1)) throw InputError(fmt::format("a source makes more than 0 and at most 1 packet a cycle, not {}", spec.rate));
  if (spec.process == Process::bursty) {
    if (!(spec.burst_rate >= spec.rate && spec.burst_rate <= 1))
      throw InputError(fmt::format("burst.rate must lie between the rate and 1 packet a cycle ({} .. 1), not {}", spec.rate, spec.burst_rate));
    if (!(spec.burst_cycles >= 1)) throw InputError(fmt::format("burst.cycles must be at least 1, not {}", spec.burst_cycles));
  }
  return spec;
}

/// Success probability of a geometric length with a mean of `cycles` >= 0 failures.
double stop_probability(double cycles) { return 1 / (1 + cycles); }

/// Mean length of an off phase that gives the wanted mean rate.
double off_cycles(const InjectionSpec& spec) { return spec.burst_cycles * (spec.burst_rate - spec.rate) / spec.rate; }

double gap_probability(const InjectionSpec& spec, double parts) {
  if (spec.process == Process::poisson) return spec.rate / parts;
  return spec.process == Process::bursty ? spec.burst_rate : spec.rate;
}

}  // namespace

Geometric::Geometric(double p) {
  double power = 1 - p;
  for (double& survival : survival_) {
    survival = power;
    power *= power;
  }
}

// P(G >= n) = (1 - p)^n: the largest n whose survival still exceeds the draw, found bit by bit.
std::uint64_t Geometric::draw(RandomStream& random) const {
  const double u = random.uniform();
  if (u >= survival_[0]) return 0;
  double survival = 1;
  std::uint64_t n = 0;
  unsigned j = 0;
  while (j < bits && u < survival_[j]) ++j;
  while (j-- != 0) {
    const double longer = survival * survival_[j];
    if (u < longer) {
      survival = longer;
      n += std::uint64_t{1} << j;
    }
  }
  return n;
}

Injection::Injection(const InjectionSpec& spec)
    : spec_(checked(spec)),
      gap_(gap_probability(spec_, static_cast<double>(parts))),
      on_(stop_probability(spec_.burst_cycles - 1)),
      off_(stop_probability(off_cycles(spec_))) {}

Injection::State Injection::start(RandomStream& random) const {
  State state;
  if (spec_.process == Process::bursty) {
    // Either phase with its share of the time; what is left of a geometric phase is geometric again.
    const bool is_on = random.uniform() * spec_.burst_rate < spec_.rate;
    state.time = is_on ? 0 : off_.draw(random);
    state.on_until = state.time + 1 + on_.draw(random);
  }
  --state.time;  // wraps: `next` adds at least one
  return state;
}

Cycles Injection::next(State& state, RandomStream& random) const {
  state.time += 1 + gap_.draw(random);
  if (spec_.process == Process::poisson) return state.time / parts;
  if (spec_.process == Process::bursty)
    while (state.time >= state.on_until) {
      // Gaps have no memory: a new phase starts the wait anew.
      const Cycles on = state.on_until + off_.draw(random);
      state.on_until = on + 1 + on_.draw(random);
      state.time = on + gap_.draw(random);
    }
  return state.time;
}

}  // namespace snnvp::traffic
