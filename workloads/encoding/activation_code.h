// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

// An activation as spikes of a window and back, in integers (spec/chiplet.md 4.4): what a boundary converter computes, and what
// a golden model with the same boundary encoding must compute.
namespace snnvp {

/// The rate code's integrator: v starts at 1/2, each step adds x / x_max, a spike takes 1. The count over T steps is T x / x_max
/// rounded half up, spread evenly.
class RateIntegrator {
public:
  explicit RateIntegrator(std::uint32_t x_max) : unit_(std::uint64_t{2} * x_max), v_(x_max) {}
  /// Is there a spike in this step? x is clipped to x_max.
  bool step(std::uint32_t x) {
    v_ += std::uint64_t{2} * x < unit_ ? std::uint64_t{2} * x : unit_;
    if (v_ < unit_) return false;
    v_ -= unit_;
    return true;
  }

private:
  std::uint64_t unit_, v_;
};

enum class ActivationCode { rate, ttfs, graded };
std::optional<ActivationCode> activation_code_of(const std::string& name);

/// Code, window and range that both converters of a crossing share.
struct ActivationCoding {
  ActivationCode code = ActivationCode::rate;
  std::uint32_t steps = 8;    ///< T, 1..32
  std::uint32_t x_max = 255;  ///< largest value, at least 1; larger ones are clipped
};

/// Spikes of one value: bit t = spike in step t. `graded` sends one packet with this count instead, see graded_count().
std::uint32_t spikes_of(const ActivationCoding& coding, std::uint32_t x);
/// round(T x / x_max): the payload of `graded`, the number of spikes of `rate`.
std::uint32_t graded_count(const ActivationCoding& coding, std::uint32_t x);
/// The value a receiver makes of `count` spikes (rate, graded): x_max count / T, rounded half up. More than T saturate.
std::uint32_t value_of_count(const ActivationCoding& coding, std::uint32_t count);
/// The value of a first spike in step t, or of none (ttfs).
std::uint32_t value_of_time(const ActivationCoding& coding, std::optional<std::uint32_t> t);
/// There and back: what `x` has become on the other side.
std::uint32_t through(const ActivationCoding& coding, std::uint32_t x);

}  // namespace snnvp
