// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

// How pi^2 carries numbers: a value is a pair of arrival times, a weight is a pair of delays (spec/pi2.md 4.1, 4.2, 4.4, 4.6).
// All times are in algorithm units u.
namespace snnvp::pi2 {

inline double relu(double v) { return v > 0 ? v : 0; }

/// Arrival times of the two frames of a value, or their delays at a synapse.
struct TimePair {
  double plus = 0, minus = 0;
};

/// A value x as two frames around `offset`; |x| <= offset means that nothing clips (4.1).
inline TimePair encode(double x, double offset) { return {relu(offset + x), relu(offset - x)}; }
/// The value that a pair of frames carries: exact as long as nothing clipped.
inline double decode(const TimePair& t) { return (t.plus - t.minus) / 2; }

/// Three functions from a weight to the delays of its synapse. A weight set is valid only for the code it was trained with.
enum class WeightCode { one_sided, offset3, temp_half };

/// One of the two is 0 (notebook of the authors, 784-800-10).
inline TimePair delays_one_sided(double w) { return {relu(w), relu(-w)}; }
/// Shift by +-w around 3 (layer library of the authors).
inline TimePair delays_offset3(double w) { return {relu(3 + w), relu(3 - w)}; }
/// Half of that, around 1.5 (TEMP, the predecessor); its inputs stand around 2.
inline TimePair delays_temp_half(double w) { return {relu(3 + w) / 2, relu(3 - w) / 2}; }

inline TimePair delays_of(WeightCode code, double w) {
  switch (code) {
    case WeightCode::offset3: return delays_offset3(w);
    case WeightCode::temp_half: return delays_temp_half(w);
    default: return delays_one_sided(w);
  }
}

/// What the fabric does behind two neurons of one output: relu, scale, offset (4.4).
struct PairUnit {
  double scale_d = 1;
  double offset_out = 1;
  double latency = 0;  ///< u; a frame cannot leave before both firing times are known
  int sign = 1;        ///< y = sign * (T- - T+)
  bool rectify = true;

  double value(double fire_plus, double fire_minus) const {
    const double y = sign * (fire_minus - fire_plus);
    return rectify ? relu(y) : y;
  }
  /// When the two frames are due, ignoring that they cannot leave before the neurons fired.
  TimePair ideal(double y) const { return {relu(offset_out + scale_d * y), relu(offset_out - scale_d * y)}; }
};

/// Symmetric integer levels of a weight set (4.6).
struct Quantised {
  std::vector<std::int16_t> levels;
  double unit = 1;  ///< value of one level
};

/// levels = 2^(bits-1) - 1 spread over max|w|; half to even. All zero weights give unit 1.
inline Quantised quantise(const std::vector<double>& weights, unsigned bits) {
  Quantised q;
  const double top = static_cast<double>((1u << (bits - 1)) - 1);
  double largest = 0;
  for (const double w : weights) largest = std::max(largest, std::fabs(w));
  const double scale = largest > 0 ? top / largest : 1;
  q.unit = 1 / scale;
  q.levels.reserve(weights.size());
  for (const double w : weights) q.levels.push_back(static_cast<std::int16_t>(std::nearbyint(w * scale)));
  return q;
}

}  // namespace snnvp::pi2
