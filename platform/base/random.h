// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace snnvp {

/// FNV-1a over the bytes of `text` (spec/energy.md 4.7).
constexpr std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// The SplitMix64 step as a pure function (spec/energy.md 4.7).
constexpr std::uint64_t mix64(std::uint64_t x) {
  std::uint64_t z = x + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// A word as a real in [0, 1) with 53 random bits; exact, so equal on every host.
constexpr double unit_real(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

/// Draw `i` of the quantity at `path`: a pure function, so that everything which asks for it sees the same
/// value (spec/energy.md 4.7).
constexpr double draw_uniform(std::string_view path, std::uint64_t seed, std::uint64_t i) {
  return unit_real(mix64(fnv1a64(path) ^ mix64(seed * 0x100000001b3u + i)));
}

/// Nearly standard normal: the sum of twelve uniforms less 6. Within six standard deviations, and without libm, so equal on every
/// host. `uniform()` draws a real in [0, 1).
template <typename Uniform>
double sum_normal(Uniform&& uniform) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum;
}

/// The same as a pure function of a word.
inline double hashed_normal(std::uint64_t word) {
  std::uint64_t i = 0;
  return sum_normal([&] { return unit_real(mix64(word + i++)); });
}

/// A random stream that depends on nothing but its seed and its name ("weights/conv2d_0").
///
/// xoshiro256** on integers only: all hosts draw the same numbers, and no stream disturbs another.
class RandomStream {
public:
  RandomStream(std::uint64_t seed, std::string_view name);

  std::uint64_t next_u64() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// A real in [0, 1).
  double uniform() { return unit_real(next_u64()); }

  /// An integer in [0, n), each equally likely; 0 if n is 0.
  std::uint64_t below(std::uint64_t n) {
    if (n == 0) return 0;
    // Words under 2^64 mod n would make the small results one draw too frequent.
    const std::uint64_t reject = (std::uint64_t{0} - n) % n;
    std::uint64_t word = next_u64();
    while (word < reject) word = next_u64();
    return word % n;
  }

  /// An integer in -128..127, each equally likely.
  std::int8_t next_int8() { return static_cast<std::int8_t>(static_cast<std::int64_t>(next_u64() >> 56) - 128); }

  /// True with probability p; never for p <= 0, always for p >= 1.
  bool bernoulli(double p) { return uniform() < p; }

private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) { return x << k | x >> (64 - k); }

  std::array<std::uint64_t, 4> state_;
};

}  // namespace snnvp
