// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>
#include <string>

#include <snnvp/platform/conform/port_model.h>

namespace snnvp::conform {

/// Draws the transactions of one tester (spec/tlm.md 12.2). The n-th one depends on the model, the seed and n only through the
/// draws before it, never on how many are asked for, so that a shorter run is the beginning of a longer one.
class StimulusGenerator {
public:
  StimulusGenerator(const PortModel& model, std::uint64_t seed, unsigned stream);

  Stimulus next();
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : random_() % n; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_() >> 56); }
  /// One of the windows the tester may use.
  const Window& own_window();
  /// An offset into a window, at the ends of a large one.
  Bytes offset_in(const Window& window);
  static constexpr unsigned most_bytes = 96;

private:
  Address draw_address(Bytes span);
  Address draw_register(Bytes span);
  unsigned draw_length();
  void make_malformed(Stimulus& stimulus);

  const PortModel& model_;
  std::vector<const Window*> own_;
  std::mt19937_64 random_;
};

}  // namespace snnvp::conform
