// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace snnvp {

/// A block whose parts lie on several dies of a stack. Its own tier t lies on tier `floorplan.tier` + t of the platform's thermal model;
/// 0 is the farthest from the heat sink. Found by dynamic_cast. Header-only, for plug-ins.
class TieredBlock {
public:
  /// A tier_of() that is none: the part is not on the stack and does not heat it.
  static constexpr unsigned outside = ~0U;

  virtual ~TieredBlock() = default;
  /// At least 1: all on one die.
  virtual unsigned tiers() const = 0;
  /// Events since reset of the parts on a tier, by declared key. Over all tiers they add up to the block's events.
  virtual std::map<std::string, std::uint64_t> tier_events(unsigned tier) const = 0;
  /// Tier of a declared memory or unit with a power of its own. nullopt: spread like the events' energy (clock tree, control).
  virtual std::optional<unsigned> tier_of(const std::string& part) const = 0;
};

}  // namespace snnvp
