// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/encoding/expected_bits.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/encoding/packets.h>
#include <snnvp/workloads/encoding/window.h>

namespace snnvp {
namespace {

double power(double base, std::uint64_t exponent) {
  double result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}

/// Bits per neuron of one step of a step-wise encoding at rate p.
double step_bits(Encoding encoding, const EncodingSpec& spec, double p) {
  const double size = spec.group, header = spec.header_bits / size, not_empty = 1 - power(1 - p, spec.group);
  switch (encoding) {
    case Encoding::aer: return p * spec.packet_bits;
    case Encoding::baer: return not_empty * header + p * bits_for(spec.group);
    case Encoding::bitmap: return not_empty * (header + 1);
    default: return not_empty * header + expected_rice_bits(p, spec.group, best_rice_k(p, spec.group)) / size;
  }
}

}  // namespace

double expected_rice_bits(double rate, unsigned group, unsigned k) {
  double sum = 0, silent = 1;
  for (unsigned gap = 0; gap < group; ++gap, silent *= 1 - rate)
    sum += rate * silent * (1 + rate * (group - 1 - gap)) * (k + 1 + (gap >> k));
  return sum;
}

double expected_rice_bits_unbounded(double rate) {
  double best = 0;
  for (unsigned k = 0; k <= 11; ++k) {
    const double run = power(1 - rate, std::uint64_t{1} << k);
    const double bits = k + 1 + run / (1 - run);
    if (k == 0 || bits < best) best = bits;
  }
  return best;
}

unsigned best_rice_k(double rate, unsigned group) {
  unsigned best = 0;
  double least = expected_rice_bits(rate, group, 0);
  for (unsigned k = 1; k <= 11; ++k) {
    const double bits = expected_rice_bits(rate, group, k);
    if (bits < least) best = k, least = bits;
  }
  return best;
}

double expected_bits(Encoding encoding, const EncodingSpec& spec, const SpikeStatistics& s) {
  const double p = s.rate, silent_window = power(1 - p, s.steps);
  switch (encoding) {
    case Encoding::act: return static_cast<double>(ceil_div(spec.act_bits, 8) * act_packet_bits);
    case Encoding::ttfs: return (1 - silent_window) * spike_packet_bits;
    case Encoding::rate:
      return (1 - power(silent_window, spec.group)) * (static_cast<double>(spec.header_bits) / spec.group + bits_for(s.steps + 1));
    case Encoding::delta: {
      const double changed = 2 * p * (1 - p) * (1 - s.correlation);
      return step_bits(spec.delta_inner, spec, p) + (s.steps - 1) * step_bits(spec.delta_inner, spec, changed);
    }
    default: return s.steps * step_bits(encoding, spec, p);
  }
}

double entropy_bits(const SpikeStatistics& s) {
  const double p = s.rate, q = 1 - p;
  return p <= 0 || q <= 0 ? 0 : -(p * std::log2(p) + q * std::log2(q)) * s.steps;
}

double break_even(const std::function<double(double)>& a, const std::function<double(double)>& b, double lo, double hi) {
  const auto is_cheaper = [&](double x) { return a(x) < b(x); };
  const bool at_lo = is_cheaper(lo);
  if (at_lo == is_cheaper(hi)) throw InputError("the two costs do not cross in the interval");
  for (int i = 0; i < 100; ++i) {
    const double middle = (lo + hi) / 2;
    (is_cheaper(middle) == at_lo ? lo : hi) = middle;
  }
  return (lo + hi) / 2;
}

}  // namespace snnvp
