// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/base/types.h>

namespace snnvp::traffic {

/// Number of failures before a success of probability p, one draw each. Only products of doubles are used, so that every host
/// draws the same numbers.
class Geometric {
public:
  explicit Geometric(double p);
  /// At most 2^40 - 1.
  std::uint64_t draw(RandomStream& random) const;

private:
  static constexpr unsigned bits = 40;
  std::array<double, bits> survival_;  // (1 - p)^(2^j)
};

/// When a source makes packets.
enum class Process {
  bernoulli,  ///< in each cycle with the same probability
  poisson,    ///< exponential times between packets, on a grid of 1/1024 cycle; several may fall into one cycle
  bursty,     ///< on and off phases of geometric length; while on, Bernoulli
};

struct InjectionSpec {
  Process process = Process::bernoulli;
  double rate = 0;             ///< packets per cycle and source, 0 < rate <= 1
  double burst_rate = 1;       ///< bursty: the same while on; not below `rate`
  double burst_cycles = 16;    ///< bursty: mean length of an on phase
};

/// The packet times of one kind of source; each source has its own state.
class Injection {
public:
  struct State {
    Cycles time = 0;      // of the last packet; in 1/1024 cycles for poisson
    Cycles on_until = 0;  // bursty: first cycle of the off phase
  };

  /// Throws InputError for rates out of range.
  explicit Injection(const InjectionSpec& spec);
  /// Before the first packet, which may be in cycle 0.
  State start(RandomStream& random) const;
  /// Cycle of the next packet.
  Cycles next(State& state, RandomStream& random) const;

private:
  static constexpr std::uint64_t parts = 1024;  // of a cycle

  InjectionSpec spec_;
  Geometric gap_, on_, off_;
};

}  // namespace snnvp::traffic
