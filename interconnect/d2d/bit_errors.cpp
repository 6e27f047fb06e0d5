// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/bit_errors.h>

#include <algorithm>

namespace snnvp {
namespace {

std::vector<double> powers(double base, unsigned count) {
  std::vector<double> result(count + 1, 1.0);
  for (unsigned i = 1; i <= count; ++i) result[i] = result[i - 1] * base;
  return result;
}

/// 1 - (1 - p)^n. Summed up, because 1 - p keeps few digits of a small p.
double any_of(double p, unsigned n) {
  double any = 0;
  for (unsigned i = 0; i < n; ++i) any += (1 - any) * p;
  return any;
}

}  // namespace

BitErrorSource::BitErrorSource(const BitErrors& errors, unsigned flit_bits, std::uint64_t seed, const char* direction)
    : random_(seed, direction),
      has_errors_(errors.ber > 0 || errors.burst_rate > 0),
      bits_(flit_bits),
      burst_bits_(errors.burst_bits),
      clean_(powers(1 - errors.ber, flit_bits)),
      no_burst_(powers(1 - errors.burst_rate, flit_bits)),
      flit_error_(any_of(errors.ber, flit_bits)) {
  flit_error_ += (1 - flit_error_) * any_of(errors.burst_rate, flit_bits);
}

// The distance to the next event is geometric: the first n whose probability to pass without one falls below the draw.
void BitErrorSource::add_events(const std::vector<double>& clean, unsigned width) {
  for (unsigned at = 0; at < bits_; ++at) {
    const double u = random_.uniform();
    const unsigned left = bits_ - at;
    if (u < clean[left]) return;
    const auto after = std::lower_bound(clean.begin(), clean.begin() + left, u, [](double pass, double value) { return pass > value; });
    at += static_cast<unsigned>(after - clean.begin()) - 1;  // clean[0] = 1 passes every draw
    for (unsigned i = at; i < std::min(at + width, bits_); ++i) flipped_.push_back(i);
  }
}

bool BitErrorSource::draw() {
  flipped_.clear();
  if (clean_.back() < 1) add_events(clean_, 1);
  if (no_burst_.back() < 1) add_events(no_burst_, burst_bits_);
  if (flipped_.empty()) return false;
  // Two events on one bit undo each other.
  std::sort(flipped_.begin(), flipped_.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < flipped_.size();) {
    std::size_t end = i;
    while (end < flipped_.size() && flipped_[end] == flipped_[i]) ++end;
    if ((end - i) % 2 == 1) flipped_[kept++] = flipped_[i];
    i = end;
  }
  flipped_.resize(kept);
  return kept != 0;
}

}  // namespace snnvp
