// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <snnvp/interconnect/d2d/d2d_params.h>
#include <snnvp/platform/base/random.h>

namespace snnvp {

/// Draws which bits of each flit flip. One draw per undamaged flit; none if the wires are perfect. No libm: equal on all hosts.
class BitErrorSource {
public:
  /// `flit_bits` >= 1; the stream is named by `direction`.
  BitErrorSource(const BitErrors& errors, unsigned flit_bits, std::uint64_t seed, const char* direction);

  /// Draws the next flit: true if any bit flips; flipped() then holds which.
  bool next() { return has_errors_ && draw(); }
  /// The same in one draw, without telling which bits.
  bool next_is_bad() { return has_errors_ && random_.uniform() < flit_error_; }
  /// Flipped bits of the last flit, ascending, each once.
  const std::vector<unsigned>& flipped() const { return flipped_; }
  /// 1 - (1 - ber)^n, bursts included.
  double flit_error_probability() const { return flit_error_; }

private:
  bool draw();
  void add_events(const std::vector<double>& clean, unsigned width);

  RandomStream random_;
  bool has_errors_;
  unsigned bits_, burst_bits_;
  std::vector<double> clean_, no_burst_;  // [n]: probability that n bits pass without an event
  double flit_error_;
  std::vector<unsigned> flipped_;
};

}  // namespace snnvp
